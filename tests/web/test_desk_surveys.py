"""Surveys as the team makes them in the desk: without scripts, and without losing what was typed."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from server.core.surveys import TEMPLATES, template
from server.flows.make_link import make_link
from server.flows.make_survey import make, publish, save
from server.services import Services
from server.store import links, survey_versions
from server.store.scope import SiteScope
from server.store.tables import LinkRow, Site, SurveyChange
from tests.web.parts import everything, path, rows

OWN = {"Sec-Fetch-Site": "same-origin"}


class Filled(HTMLParser):
    """A survey's form, as a browser without scripts would send it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: MultiDict[str, str] = MultiDict()
        self.invalid: list[str] = []
        self._select = self._area = ""
        self._written = ""
        start = page.index('id="editor"')
        self.feed(page[page.rindex("<form", 0, start) : page.index("</form>", start)])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "aria-invalid" in said:
            self.invalid.append(said["name"])
        if tag == "select":
            self._select = said["name"]
            self.fields[self._select] = ""
        elif tag == "option" and "selected" in said:
            self.fields[self._select] = said["value"]
        elif tag == "textarea":
            self._area, self._written = said["name"], ""
        elif tag == "input" and (said.get("type") not in ("checkbox", "radio") or "checked" in said):
            self.fields.add(said["name"], said.get("value", "on"))

    def handle_data(self, data: str) -> None:
        self._written += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.fields[self._area] = self._written.removeprefix("\n")


def form(page: TestResponse) -> MultiDict[str, str]:
    return Filled(page.text).fields


def press(desk: FlaskClient, page: TestResponse, do: str, typed: dict[str, str] | None = None) -> TestResponse:
    """The page's form with some fields changed, sent by one of its buttons."""
    fields = form(page)
    for name, value in (typed or {}).items():
        fields[name] = value
    fields["do"] = do
    return desk.post(page.request.path, data=fields, headers=OWN)


def begun(desk: FlaskClient, name: str = "nps") -> TestResponse:
    """The editor of a new survey from a template."""
    made = desk.post("/desk/surveys/new", data={"template": name}, headers=OWN)
    assert made.status_code == 303, made.text
    return desk.get(made.location)


def imported(desk: FlaskClient, definition: Any) -> TestResponse:
    made = desk.post("/desk/surveys/new", data={"document": json.dumps(definition)}, headers=OWN)
    assert made.status_code == 303, made.text
    return desk.get(made.location)


def newest(services: Services, site: Site, page: TestResponse) -> dict[str, Any]:
    id = int(page.request.path.split("/")[3])
    with services.db.reading() as db:
        found = survey_versions.newest(SiteScope(db, site.id), id)
    assert found
    return found.definition


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_saved_as_it_is_without_a_new_version(
    desk: FlaskClient, services: Services, site: Site, name: str
) -> None:
    page = begun(desk, name)
    assert page.status_code == 200
    assert press(desk, page, "save").status_code == 303
    assert newest(services, site, page) == template(name, site.name)
    assert desk.get(page.request.path + "/versions").text.count('id="version-') == 1


XY = [{"id": "x", "text": "X"}, {"id": "y", "text": "Y"}]
EVERYTHING: dict[str, Any] = {
    "name": "Everything",
    "language": "en",
    "ours": {"kept": True},
    "questions": [
        {"id": "s", "kind": "csat", "text": {"en": "How?", "ar": "كيف"}, "scale": [1, 3],
         "labels": ["a", "b", "c"]},
        {"id": "one", "kind": "select_one", "text": "Which?", "options": XY,
         "other": "Else", "when": [{"question": "s", "group": ["unsatisfied", "neutral"]}]},
        {"id": "many", "kind": "select_many", "text": "All?", "most": 2, "with_previous": True,
         "options": [*XY, {"id": "z", "text": {"en": "Z", "de": "Zett"}}],
         "when": [{"question": "one", "is": ["x", "other"]}, {"property": "plan", "not": ["pro"]}]},
        {"id": "r", "kind": "ranking", "text": "Order?", "options": XY,
         "when": [{"any": [{"question": "s", "from": 2}, {"question": "many", "answered": False}]}]},
        {"id": "c", "kind": "contact", "text": "Who?", "fields": ["email"], "required": True,
         "when": [{"question": "s", "from": 1, "to": 2}, {"question": "one", "answered": True}]},
        {"id": "w", "kind": "free_response", "text": "Why {answer.s}?", "hint": {"en": "Hint", "de": "Tipp"}},
    ],
    "thanks": {"text": {"en": "Thanks", "de": "Danke"}, "close_after": 5, "groups": {
        "satisfied": {"text": "Yes!", "link": {"url": "https://review.example", "label": "Review"}}}},
    "mail": {"subject": {"en": "Well?", "de": "Na?"}, "intro": "Hello {person.name|there}"},
    "targeting": {"pages": ["/a", "/b*"], "devices": ["phone"], "visitors": "new", "from": "2026-11-01",
                  "properties": {"plan": ["pro", "team"]}, "start": {"events": ["x"], "dwell": 2.5, "exit": True}},
    "look": {"shape": "bar", "position": "top", "theme": "dark"},
    "delivery": {"channels": ["sms", "email"], "delay_minutes": {"visit": 5, "other": 0}, "expires_after_hours": 12,
                 "fallback_after_hours": 48, "reminders": {"times": 2, "subject": {"en": "Again", "ar": "تذكير"}},
                 "follow_up": {"when": "no_comment", "after_hours": 4}},
}  # fmt: skip
"""Something of each kind."""


@pytest.mark.parametrize("language", ["en", "de", "ar", "fr"])
def test_whatever_a_survey_says_comes_back_from_its_form_as_it_was(
    desk: FlaskClient, services: Services, site: Site, language: str
) -> None:
    page = imported(desk, EVERYTHING)
    page = press(desk, page, f"in:{language}")
    assert press(desk, page, "save").status_code == 303
    assert newest(services, site, page) == EVERYTHING


def test_texts_are_written_in_one_language_after_the_other(desk: FlaskClient, services: Services, site: Site) -> None:
    page = press(desk, begun(desk), "language", {"q.1.text": "And why?", "new_language": "fr"})
    assert 'aria-pressed="true"' in page.text
    assert press(desk, page, "save", {"q.0.text": "Probable ?", "thanks.text": "Merci"}).status_code == 303
    said = newest(services, site, page)
    assert said["questions"][0]["text"]["fr"] == "Probable ?"
    assert said["questions"][0]["text"]["de"].startswith("Wie wahrscheinlich")
    assert said["questions"][1]["text"]["en"] == "And why?"
    assert said["thanks"]["fr"] == "Merci"
    without = press(desk, press(desk, desk.get(page.request.path), "in:fr"), "without:fr")
    assert press(desk, without, "save").status_code == 303
    assert '"fr"' not in json.dumps(newest(services, site, page))


def test_questions_are_added_moved_and_removed_and_keep_their_ids(
    desk: FlaskClient, services: Services, site: Site
) -> None:
    page = press(desk, begun(desk), "add", {"new_kind": "select_many"})
    page = press(desk, page, "option:2", {"q.2.text": "What else?"})
    page = press(desk, page, "option:2", {"q.2.o.0.text": "Speed"})
    page = press(desk, page, "option:2", {"q.2.o.1.text": "Price: high"})
    page = press(desk, page, "raise:2:1")
    page = press(desk, page, "up:2")
    assert press(desk, page, "save").status_code == 303
    asked = newest(services, site, page)["questions"]
    assert [q["id"] for q in asked] == ["score", "q1", "comment"]
    assert asked[1]["options"] == [{"id": "price_high", "text": "Price: high"}, {"id": "speed", "text": "Speed"}]
    page = press(desk, desk.get(page.request.path), "drop:1:0", {"q.1.o.1.text": "Very fast"})
    page = press(desk, press(desk, page, "option:1"), "option:1", {"q.1.o.1.text": "Kind"})
    page = press(desk, page, "remove:2")
    assert press(desk, page, "save").status_code == 303
    asked = newest(services, site, page)["questions"]
    assert [q["id"] for q in asked] == ["score", "q1"]
    assert asked[1]["options"] == [{"id": "speed", "text": "Very fast"}, {"id": "kind", "text": "Kind"}]


def test_who_is_asked_is_a_sentence(desk: FlaskClient, services: Services, site: Site) -> None:
    page = press(desk, begun(desk), "when:1")
    page = press(desk, page, "update", {"q.1.w.0.test": "group"})
    assert 'value="detractor"' in page.text
    fields = form(page)
    fields.setlist("q.1.w.0.value", ["detractor", "passive"])
    fields["do"] = "when:1"
    page = desk.post(page.request.path, data=fields, headers=OWN)
    typed = {"q.1.w.1.of": "property", "q.1.w.1.property": "plan", "q.1.w.1.values": "pro, team"}
    page = press(desk, page, "when:1", typed)
    assert press(desk, page, "save", {"q.1.w.2.test": "between", "q.1.w.2.values": "2 to 5"}).status_code == 303
    assert newest(services, site, page)["questions"][1]["when"] == [
        {"question": "score", "group": ["detractor", "passive"]},
        {"property": "plan", "is": ["pro", "team"]},
        {"question": "score", "from": 2, "to": 5},
    ]


def test_another_kind_keeps_the_words_and_asks_for_what_it_needs(desk: FlaskClient) -> None:
    page = press(desk, begun(desk, "csat"), "kind:0", {"q.0.kind": "select_one", "q.0.text": "Which one?"})
    fields = form(page)
    assert (fields["q.0.kind"], fields["q.0.text"]) == ("select_one", "Which one?")
    assert "q.0.o.0.text" in fields
    assert "q.0.low" not in fields


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"q.0.text": ""}, "q.0.text", "Say what is asked, in English."),
        ({"q.1.text": "Why {answer.nobody}?"}, "q.1.text", "which is not asked before"),
        ({"slug": "Not A Slug"}, "slug", "small letters"),
        ({"slug": "nps"}, "slug", "belongs to another survey"),
        ({"thanks.url": "javascript:alert(1)", "thanks.label": "Go"}, "thanks.url", "https:"),
        ({"thanks.url": "ftp://x"}, "thanks.url", "https:"),
        ({"thanks.close": "soon"}, "thanks.close", "0 to 60 seconds"),
        ({"thanks.detractor.url": "ftp://x", "thanks.detractor.label": "x"}, "thanks.detractor.url", "https:"),
    ],
)
def test_a_complaint_stands_beside_its_field_and_nothing_typed_is_lost(
    desk: FlaskClient, services: Services, site: Site, typed: dict[str, str], field: str, words: str
) -> None:
    page = begun(desk)
    before = everything(services)
    typed = {"name": "Renamed", "q.1.hint": "A hint", **typed}
    refused = press(desk, page, "save", typed)
    assert refused.status_code == 422
    assert everything(services) == before
    filled = Filled(refused.text)
    assert filled.invalid == [field]
    assert typed.items() <= filled.fields.to_dict().items()
    said = re.search(rf'id="{re.escape(field)}-complaint" class="complaint">([^<]*)', refused.text)
    assert said
    assert words in said[1]


def test_an_option_too_few_and_a_condition_without_values_are_told_beside_them(desk: FlaskClient) -> None:
    page = press(desk, begun(desk), "add", {"new_kind": "select_one"})
    page = press(desk, page, "when:2", {"q.2.text": "Which?", "q.2.o.0.text": "Only"})
    refused = press(desk, page, "save")
    assert refused.status_code == 422
    assert 'id="q.2.options-complaint"' in refused.text
    assert 'id="q.2.when-complaint"' in refused.text


def test_nothing_but_save_writes_anything(desk: FlaskClient, services: Services) -> None:
    page = begun(desk)
    before = everything(services)
    for do in ("update", "add", "up:1", "remove:0", "in:de", "kind:0", "when:1", "nonsense", "drop:9:9", ""):
        assert press(desk, page, do, {"q.0.text": "Changed"}).status_code == 200
    shown = desk.post(page.request.path + "/preview", data=form(page), headers=OWN)
    frame = re.search(r'src="(/desk/preview/[^"]+)"', shown.text)
    assert frame
    address = frame[1].replace("&amp;", "&")
    step = desk.get(address)
    assert "How likely are you to recommend" in step.text
    after = desk.post(address, data={"asked": "score", "a.score": "3"}, headers=OWN)
    assert "main reason" in desk.get(after.location).text
    done = desk.post(after.location, data={"asked": "comment", "a.comment": "Slow"}, headers=OWN)
    assert "Every answer is read" in desk.get(done.location).text
    assert "Slow" not in str(everything(services))
    assert everything(services) == before


def test_a_widget_stands_beside_the_form_as_it_will_on_a_page(desk: FlaskClient) -> None:
    page = begun(desk)

    def seen(**typed: str) -> TestResponse:
        fields = form(page)
        for name, value in typed.items():
            fields[name.replace("_", ".")] = value
        shown = desk.post(page.request.path + "/preview", data=fields, headers=OWN).text
        address = re.search(r'src="(/desk/preview/[^"]+as=widget[^"]*)"', shown)
        assert address
        return desk.get(address[1].replace("&amp;", "&"))

    for typed, stands in (
        ({}, 'data-shape="card" data-edge="bottom" data-side="end" data-label="Feedback"'),
        ({"look_shape": "bar", "look_position": "top"}, 'data-shape="bar" data-edge="top" data-side=""'),
        ({"look_shape": "modal"}, 'data-shape="modal" data-edge="bottom" data-side=""'),
        (
            {"look_shape": "tab", "look_position": "start", "look_label": "Tell us"},
            'data-side="start" data-label="Tell us"',
        ),
        ({"look_shape": "card", "look_position": "left"}, 'data-shape="card" data-edge="bottom" data-side="end"'),
    ):
        step = seen(**typed)
        assert stands in step.text
        assert 'data-mode="widget"' in step.text
    dark = seen(look_theme="dark")
    assert 'data-theme="dark"' in dark.text
    after = desk.post(dark.request.full_path, data={"asked": "score", "a.score": "3"}, headers=OWN)
    assert 'data-shape="card"' in desk.get(after.location).text, "it goes on as a widget"


def test_a_mail_a_text_and_a_voice_say_what_was_typed(desk: FlaskClient) -> None:
    page = begun(desk)
    typed = form(page)
    typed["q.0.text"] = "Würden Sie uns — ehrlich — empfehlen?"
    typed["q.1.text"] = "Why \u2211?"
    typed["delivery.sms"] = "conversation"
    shown = desk.post(page.request.path + "/preview", data=typed, headers=OWN).text
    assert "Harbour: Würden Sie uns - ehrlich - empfehlen? Reply with a number from 0 to 10." in shown
    assert "STOP to end." in shown
    assert "<b>1 message</b>, of 70 letters and not 160, because of <bdi>\u2211</bdi>" in " ".join(shown.split())
    assert "Press a number from 0 to 10" in shown
    address = re.findall(r'src="(/desk/preview/[^"]+as=mail)"', shown)[0].replace("&amp;", "&")
    mail = desk.get(address)
    assert "Würden Sie uns" in mail.text
    assert "sandbox" in mail.headers["Content-Security-Policy"]


def test_a_survey_has_words_of_its_own_in_a_mail(desk: FlaskClient, services: Services, site: Site) -> None:
    page = press(desk, begun(desk), "update", {"mail.subject": "{answer.score} of ten?", "mail.intro": "Ahoy!"})
    page = press(desk, page, "save")
    assert page.status_code == 422
    assert 'id="mail.subject-complaint"' in page.text
    typed = {"mail.subject": "One to ten?", "show.as": "mail", "show.theme": "dark"}
    assert press(desk, page, "save", typed).status_code == 303
    assert newest(services, site, page)["mail"] == {"subject": "One to ten?", "intro": "Ahoy!"}
    address = re.findall(r'src="(/desk/preview/[^"]+as=mail[^"]*)"', desk.get(page.request.path).text)[0]
    mail = desk.get(address.replace("&amp;", "&") + "&theme=dark").text
    assert "Ahoy!" in mail
    assert "<title>One to ten?</title>" in mail
    assert "@media all" in mail


def test_a_preview_of_another_site_or_made_up_is_not_there(desk: FlaskClient, other: Site) -> None:
    page = begun(desk)
    address = re.findall(r'src="(/desk/preview/[^?"]+)', page.text)[0]
    assert desk.get(address).status_code == 200
    assert desk.get(f"{address}?site={other.key}").status_code == 404
    assert desk.get(address + "x").status_code == 404


def test_a_survey_that_is_not_finished_says_why_it_is_not_seen(desk: FlaskClient) -> None:
    page = press(desk, begun(desk), "add", {"new_kind": "select_one"})
    assert "Not to be seen yet." in page.text


def test_published_paused_resumed_and_closed(desk: FlaskClient, services: Services) -> None:
    page = begun(desk, "csat")
    assert press(desk, page, "publish").status_code == 303
    for state, badge in (("paused", "Paused"), ("live", "Live"), ("closed", "Closed")):
        done = desk.post(page.request.path + "/state", data={"state": state}, headers=OWN)
        assert done.status_code == 303
        assert f">{badge}</span></h1>" in desk.get(done.location).text
    assert [c.what for c in rows(services, SurveyChange)] == ["published", "paused", "resumed", "closed"]
    assert desk.post(page.request.path + "/state", data={"state": "gone"}, headers=OWN).status_code == 400
    draft = begun(desk, "ces")
    assert desk.post(draft.request.path + "/state", data={"state": "live"}, headers=OWN).status_code == 409


def test_whoever_is_overtaken_keeps_what_was_typed_and_may_save_it_after(
    desk: FlaskClient, services: Services, site: Site
) -> None:
    page = begun(desk)
    id = int(page.request.path.split("/")[3])
    save(services, site.id, id, {**template("nps", "Harbour"), "name": "Hers"}, "Mia")
    refused = press(desk, page, "save", {"name": "Mine"})
    assert refused.status_code == 422
    assert "meanwhile Mia saved version 2" in refused.text
    assert press(desk, refused, "save").status_code == 303
    assert newest(services, site, page)["name"] == "Mine"


def test_an_old_version_is_brought_back(desk: FlaskClient, services: Services, site: Site) -> None:
    page = begun(desk)
    assert press(desk, page, "save", {"q.0.text": "Worse?", "thanks.text": "Bye"}).status_code == 303
    history = desk.get(page.request.path + "/versions").text
    assert "“Worse?”: text changed." in history
    assert "Thanks: changed." in history
    back = desk.post(page.request.path + "/restore", data={"number": "1"}, headers=OWN)
    assert back.status_code == 303
    assert newest(services, site, page) == template("nps", "Harbour")
    assert desk.post(page.request.path + "/restore", data={"number": "99"}, headers=OWN).status_code == 404


def test_what_is_exported_can_be_imported(desk: FlaskClient, services: Services, site: Site) -> None:
    page = imported(desk, EVERYTHING)
    sent = desk.get(page.request.path + "/survey.json")
    assert sent.headers["Content-Disposition"] == 'attachment; filename="everything.json"'
    again = desk.get(desk.post("/desk/surveys/new", data={"document": sent.text}, headers=OWN).location)
    assert newest(services, site, again) == EVERYTHING


@pytest.mark.parametrize(
    ("document", "words"),
    [("", "choose a file"), ("{", "not JSON"), ("[]", "JSON object"), ("{}", "at least one question"), ("NaN", "NaN")],
)
def test_what_is_no_survey_is_told_and_stays_in_its_field(desk: FlaskClient, document: str, words: str) -> None:
    refused = desk.post("/desk/surveys/new", data={"document": document}, headers=OWN)
    assert refused.status_code == 422
    assert words in refused.text
    assert f">{document}</textarea>" in refused.text


def test_the_list_shows_state_answers_and_who_changed_it(desk: FlaskClient, services: Services, site: Site) -> None:
    begun(desk, "stars")
    page = desk.get("/desk/surveys").text
    assert "Five stars" in page
    assert "Draft" in page
    assert "0</b> answers" in page
    assert "by desk" in page


def test_a_survey_of_another_site_is_not_there(desk: FlaskClient, services: Services, other: Site) -> None:
    id = make(services, other.id, template("csat", "Elsewhere"), "Mia").id
    for page in ("", "/versions", "/links", "/survey.json"):
        assert desk.get(f"/desk/surveys/{id}{page}").status_code == 404
    assert desk.post(f"/desk/surveys/{id}", data={"do": "save"}, headers=OWN).status_code == 404
    assert desk.post(f"/desk/surveys/{id}/links", data={"name": "x"}, headers=OWN).status_code == 404


def test_a_long_survey_is_no_too_long_form(desk: FlaskClient, services: Services, site: Site) -> None:
    texts = dict.fromkeys(("en", "de", "fr"), "Wie gefällt Ihnen das? " * 20)
    long = {"questions": [{"kind": "free_response", "text": texts} for _ in range(60)]}
    page = imported(desk, long)
    assert press(desk, page, "save", {"name": "Long"}).status_code == 303
    assert newest(services, site, page)["name"] == "Long"


def test_a_link_is_handed_out_by_name(desk: FlaskClient, client: FlaskClient, services: Services, site: Site) -> None:
    said = {"name": "invoice", "properties": "touchpoint = invoice\r\n\r\nplan=pro", "closes": "2026-12-31"}
    made = desk.post("/desk/surveys/1/links", data=said, headers=OWN)
    assert made.status_code == 303
    [row] = rows(services, LinkRow)
    assert row.properties == {"touchpoint": "invoice", "plan": "pro"}
    assert row.closes_at.isoformat() == "2027-01-01T00:00:00+00:00"
    page = desk.get("/desk/surveys/1/links").text
    assert f"/l/{row.key}" in page
    assert "0 answers" in page
    code = desk.get(f"/desk/surveys/1/links/{row.id}/qr.svg")
    assert code.headers["Content-Type"] == "image/svg+xml"
    assert b"<svg" in code.data
    assert f"/l/{row.key}?kiosk=8" in page
    assert client.get(f"/l/{row.key}").status_code == 200
    assert desk.post(f"/desk/surveys/1/links/{row.id}/end", headers=OWN).status_code == 303
    gone = client.get(f"/l/{row.key}")
    assert gone.status_code == 410
    assert "This survey is closed" in gone.text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "x", "properties": "plan"}, "write it as name = value"),
        ({"name": "x", "closes": "soon"}, "Say a day such as"),
        ({"name": "x", "closes": "2020-01-01"}, "still to come"),
    ],
)
def test_a_link_that_makes_no_sense_is_told_beside_its_field(
    desk: FlaskClient, services: Services, site: Site, said: dict[str, str], words: str
) -> None:
    refused = desk.post("/desk/surveys/1/links", data=said, headers=OWN)
    assert refused.status_code == 422
    assert words in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert rows(services, LinkRow) == []


@pytest.mark.parametrize("client", ["gmail", "outlook", "apple", "zendesk", "intercom", "freshdesk"])
def test_a_row_of_scores_for_every_mail_program(desk: FlaskClient, services: Services, site: Site, client: str) -> None:
    link = make_link(services, site.id, 1, "foot", "Mia")
    page = desk.get(f"/desk/surveys/1/links/{link.id}/signature?client={client}").text
    assert page.count("/l/" + link.key) == 22
    assert ("{{ticket.id}}" in page) == (client in ("zendesk", "freshdesk"))
    seen = desk.get(f"/desk/surveys/1/links/{link.id}/signature.html?style=numbers")
    assert "<img" not in seen.text
    assert "script" not in seen.text
    assert desk.get(f"/desk/surveys/1/links/{link.id}/signature.html?style=thumbs").status_code == 404


def test_a_score_in_a_row_of_scores_counts_when_a_person_sends_it(
    client: FlaskClient, services: Services, site: Site
) -> None:
    link = make_link(services, site.id, 1, "foot", "Mia", {"touchpoint": "support"})
    page = client.get(f"/l/{link.key}?score=9&ticket=42")
    assert "checked" in page.text
    with services.db.reading() as db:
        assert links.answers(SiteScope(db, site.id), 1) == {}


@pytest.mark.parametrize(("kind", "styles"), [("csat", "Smileys"), ("stars", "Stars"), ("pricing", "Thumbs")])
def test_a_short_scale_may_be_stars_smileys_or_thumbs(
    desk: FlaskClient, services: Services, site: Site, kind: str, styles: str
) -> None:
    made = make(services, site.id, template(kind, "Harbour"), "Mia")
    link = make_link(services, site.id, made.id, "foot", "Mia")
    address = f"/desk/surveys/{made.id}/links/{link.id}/signature"
    assert "Publish the survey first" in desk.get(address).text
    publish(services, site.id, made.id, "Mia")
    assert styles in desk.get(address).text
    drawn = desk.get(f"{address}?style={styles.lower()}&made=pictures").text
    points = 2 if styles == "Thumbs" else 5
    found = re.findall(r"&lt;img src=&#34;([^&]+)&#34;", drawn)
    assert len(found) == points
    assert len(set(found)) == (1 if styles == "Stars" else points)
    seen = desk.get(f"{address}.html?style={styles.lower()}&made=pictures")
    assert seen.text.count("<img") == seen.text.count(f"/l/{link.key}?score=") == points
    assert services.settings.public_url in seen.headers["Content-Security-Policy"]
    for each in found:
        assert desk.get(path(services, each)).headers["Content-Type"] == "image/png"


def test_where_when_and_how_it_looks_is_said_in_plain_fields(desk: FlaskClient, services: Services, site: Site) -> None:
    typed = {
        "target.pages": "/pricing\r\n\r\n /help/* ", "target.device.phone": "on", "target.visitors": "returning",
        "target.properties": "plan = pro, team\r\nseats = 5", "target.from": "2026-12-01", "start.dwell": "2,5",
        "start.events": "order_placed", "start.exit": "on", "look.shape": "bar", "look.position": "top",
        "look.theme": "dark",
    }  # fmt: skip
    page = begun(desk)
    assert press(desk, page, "save", typed).status_code == 303
    said = newest(services, site, page)
    assert said["targeting"] == {
        "pages": ["/pricing", "/help/*"],
        "devices": ["phone"],
        "visitors": "returning",
        "properties": {"plan": ["pro", "team"], "seats": ["5"]},
        "from": "2026-12-01",
        "start": {"dwell": 2.5, "events": ["order_placed"], "exit": True},
    }
    assert said["look"] == {"shape": "bar", "position": "top", "theme": "dark"}
    page = desk.get(page.request.path)
    fields = form(page)
    for name in typed:
        fields.poplist(name)
    fields.update({name: "" for name in typed if "device" not in name and "exit" not in name})
    fields.update({"do": "save", "look.shape": "card"})
    assert desk.post(page.request.path, data=fields, headers=OWN).status_code == 303
    assert newest(services, site, page) == template("nps", "Harbour")


def test_a_text_that_leads_to_the_page_is_shown_with_its_link_and_what_it_costs(desk: FlaskClient) -> None:
    page = begun(desk)
    typed = form(page)
    typed["q.0.text"] = "Would you recommend us? " * 8
    shown = desk.post(page.request.path + "/preview", data=typed, headers=OWN).text
    said = " ".join(shown.split())
    assert re.search(r"recommend us\?\s+https?://\S+/s/[\w-]{24}<", said)
    assert "<b>2 messages</b>: one holds 160, each of several 153" in said
    assert "1 question is asked at the page: the text leads there." in said


def test_how_people_are_written_to_is_said_in_plain_fields(desk: FlaskClient, services: Services, site: Site) -> None:
    typed = {
        "delivery.first": "email", "delivery.then": "sms", "delivery.fallback_after_hours": "48",
        "delivery.delay_minutes.call": "10", "delivery.expires_after_hours.call": "2",
        "delivery.expires_after_hours.other": "72", "delivery.reminders.times": "2",
        "delivery.reminders.every_days": "1,5", "delivery.reminders.subject": "Once more",
        "delivery.follow_up.after_hours": "4", "delivery.follow_up.text": "And why?",
        "delivery.sms": "conversation",
    }  # fmt: skip
    page = begun(desk)
    assert press(desk, page, "save", typed).status_code == 303
    assert newest(services, site, page)["delivery"] == {
        "channels": ["email", "sms"],
        "delay_minutes": {"call": 10},
        "expires_after_hours": {"call": 2, "other": 72},
        "fallback_after_hours": 48,
        "reminders": {"times": 2, "every_days": 1.5, "subject": "Once more"},
        "follow_up": {"after_hours": 4, "text": "And why?"},
        "sms": "conversation",
    }
    page = desk.get(page.request.path)
    shown = form(page)
    assert {name: shown[name] for name in typed} == {**typed, "delivery.reminders.every_days": "1.5"}
    fields = {**shown.to_dict(), **dict.fromkeys(typed, ""), "do": "save"}
    assert desk.post(page.request.path, data=fields, headers=OWN).status_code == 303
    assert newest(services, site, page) == template("nps", "Harbour")


def test_what_the_form_cannot_say_of_delivery_stays(desk: FlaskClient, services: Services, site: Site) -> None:
    said = {"delay_minutes": {"visit": 5, "other": 0}, "expires_after_hours": 12, "sms": "link"}
    page = begun(desk)
    made = int(page.request.path.rsplit("/", 1)[1])
    save(services, site.id, made, {**newest(services, site, page), "delivery": said}, "Mia")
    page = desk.get(page.request.path)

    assert press(desk, page, "save", {"delivery.fallback_after_hours": "1"}).status_code == 303

    assert newest(services, site, page)["delivery"] == {**said, "fallback_after_hours": 1}


def test_what_is_wrong_with_delivery_is_said_beside_its_field(desk: FlaskClient) -> None:
    typed = {
        "delivery.delay_minutes.call": "soon", "delivery.expires_after_hours.other": "0",
        "delivery.fallback_after_hours": "-1", "delivery.reminders.times": "9",
        "delivery.reminders.every_days": "99", "delivery.follow_up.after_hours": "a while",
    }  # fmt: skip
    page = press(desk, begun(desk), "save", typed)

    assert page.status_code == 422
    assert set(Filled(page.text).invalid) == set(typed)
    assert "Must be a number from 0 up to 43200." in page.text


def test_a_place_that_another_shape_has_is_left_out(desk: FlaskClient, services: Services, site: Site) -> None:
    page = begun(desk)
    assert press(desk, page, "save", {"look.shape": "modal", "look.position": "top-end"}).status_code == 303
    assert newest(services, site, page)["look"] == {"shape": "modal"}


def test_no_foreign_page_changes_a_survey(desk: FlaskClient, services: Services, site: Site) -> None:
    link = make_link(services, site.id, 1, "foot", "Mia")
    save(services, site.id, 1, {**template("nps", "Harbour"), "name": "Newer"}, "Mia")
    changes = {
        "/desk/surveys/new": {"template": "csat"},
        "/desk/surveys/1": {**form(desk.get("/desk/surveys/1")).to_dict(), "name": "Else", "do": "save"},
        "/desk/surveys/1/state": {"state": "paused"},
        "/desk/surveys/1/restore": {"number": "1"},
        "/desk/surveys/1/links": {"name": "poster"},
        f"/desk/surveys/1/links/{link.id}/end": {},
    }
    for address, said in changes.items():
        before = everything(services)
        assert desk.post(address, data=said, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert everything(services) == before, address
        assert desk.post(address, data=said, headers=OWN).status_code == 303
        assert everything(services) != before, address
