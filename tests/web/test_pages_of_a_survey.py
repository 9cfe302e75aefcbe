"""What a page says in whose language, what it pipes, how long it takes, how it looks, and how it ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.core.links import new_id
from server.flows.keep_time import tick
from server.flows.kiosk import set_pin
from server.flows.make_link import make_link
from server.services import Services
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import Invitation, Response, Site, SurveyRow
from server.web.assets import theme_url
from tests.gallery.states import QUESTIONS
from tests.parts import NOON, Clock
from tests.web.parts import Asked, Form, basic, rows

Make = Callable[..., str]


@pytest.fixture
def make(services: Services, site: Site) -> Make:
    """Makes a survey of these questions and gives the path of its open link."""

    def made(*questions: Mapping[str, Any], **more: Any) -> str:
        key = new_id()
        definition = {"questions": list(questions), "thanks": "Thank you!", **more}
        with services.db.writing() as db:
            surveys.add_survey(SiteScope(db, site.id), key, key, definition, NOON)
        return f"/l/{key}"

    return made


BOTH = {"en": "How was it?", "de": "Wie war es?", "ar": "كيف كان؟"}
WHY = {"id": "why", "kind": "free_response", "text": {"en": "Why?", "de": "Warum?"}}
SMILEYS = {"id": "score", "kind": "smileys", "text": BOTH, "scale": [1, 3]}


def test_the_page_is_in_the_language_of_the_address_as_far_as_the_survey_is(client: FlaskClient, make: Make) -> None:
    link = make(SMILEYS)
    for lang, dir, text in (("de", "ltr", "Wie war es?"), ("ar", "rtl", "كيف كان؟"), ("fr", "ltr", "How was it?")):
        page = client.get(f"{link}?lang={lang}").text
        assert f'<html lang="{"en" if lang == "fr" else lang}" dir="{dir}">' in page
        assert text in page
    german = Form(client.get(f"{link}?lang=de").text)
    assert "Vielen Dank" in german.send(client, button=0).text, "it stays so to the end"


def test_the_language_of_an_invitation_comes_first(client: FlaskClient, services: Services, ann: Asked) -> None:
    with services.db.writing() as db:
        db.get_one(Invitation, ann.invitation).properties = {"locale": "de_AT"}
    assert '<html lang="de-AT" dir="ltr">' in client.get(ann.survey).text
    assert "Wie wahrscheinlich ist es" in client.get(ann.survey + "?lang=en").text
    wrong = client.post(ann.survey, data={"asked": "score", "a.score": "99"})
    assert "Bitte wählen Sie eine Zahl von 0 bis 10." in wrong.text


def test_three_smileys_are_the_saddest_the_middle_and_the_happiest(client: FlaskClient, make: Make) -> None:
    page = client.get(make(SMILEYS)).text
    assert [name in page for name in ("Very unhappy", "Neutral", "Very happy", '"Unhappy"')] == [
        True,
        True,
        True,
        False,
    ]


def test_names_properties_and_answers_are_piped_and_escaped(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    text = "{person.name|You} on {property.plan|no plan} said {answer.score}"
    definition = {"questions": [{"id": "score", "kind": "nps", "text": "Hi {person.name}"}, {**WHY, "text": text}]}
    with services.db.writing() as db:
        row = db.get_one(Invitation, ann.invitation)
        made = surveys.add_survey(SiteScope(db, row.site_id), new_id(), "piped", definition, NOON)
        row.survey_id, row.version_id, row.properties = made.id, made.version_id, {"plan": "<b>pro</b>"}
    assert ">Hi Ann</h1>" in client.get(ann.survey).text
    page = client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    assert "Ann on &lt;b&gt;pro&lt;/b&gt; said 9" in page.text


def test_properties_decide_what_is_asked(client: FlaskClient, services: Services, ann: Asked) -> None:
    when = [{"property": "plan", "is": ["pro"]}]
    definition = {"questions": [{"id": "score", "kind": "nps", "text": "How?"}, {**WHY, "when": when}]}
    with services.db.writing() as db:
        row = db.get_one(Invitation, ann.invitation)
        made = surveys.add_survey(SiteScope(db, row.site_id), new_id(), "branched", definition, NOON)
        row.survey_id, row.version_id, row.properties = made.id, made.version_id, {"plan": "pro"}
    assert 'name="a.why"' in client.post(ann.survey, data={"asked": "score", "a.score": "9"}).text
    with services.db.writing() as db:
        db.get_one(Invitation, ann.invitation).properties = {"plan": "free"}
    assert 'data-step="thanks"' in client.get(ann.survey).text


def test_questions_on_one_page_are_sent_together_or_complained_about_each(
    client: FlaskClient, services: Services, make: Make
) -> None:
    one = {"id": "one", "kind": "select_one", "text": "Which?", "options": ["A", "B"], "other": "Other"}
    more = {"id": "who", "kind": "contact", "text": "Who?", "with_previous": True, "required": True}
    link = make({**one, "required": True}, more)
    page = client.get(link)
    form = Form(page.text)
    data = {"asked": ["one", "who"], "a.one": "other", "a.who.name": "Ann", "a.who.email": "ann@"}
    wrong = client.post(form.action, data=data)
    assert wrong.status_code == 422
    assert wrong.text.count("data-complaint") == 2
    assert wrong.text.count("autofocus") == 1
    assert 'value="ann@"' in wrong.text
    assert rows(services, Response) == []
    right = client.post(form.action, data={**data, "a.one.other": "C", "a.who.email": "ann@example.org"})
    assert 'data-step="thanks"' in right.text


@pytest.mark.parametrize(
    ("kind", "sent", "at", "marked"),
    [
        ("contact", {"a.contact.name": "Ann", "a.contact.email": "ann@"}, "a.contact.email", ["a.contact.email"]),
        ("select_one", {"a.select_one": "other"}, "a.select_one.other", ["a.select_one.other"]),
        ("ranking", {"a.ranking.glaze": "1", "a.ranking.price": "3"}, "a.ranking.shape",
         ["a.ranking.shape", "a.ranking.parcel"]),
        ("free_response", {"a.free_response": " "}, "a.free_response", ["a.free_response"]),
        ("smileys", {}, "a.smileys", []),
    ],
)  # fmt: skip
def test_the_focus_is_where_it_is_wrong(
    client: FlaskClient, make: Make, kind: str, sent: dict[str, str], at: str, marked: list[str]
) -> None:
    link = make({"id": kind, "kind": kind, "required": True, **QUESTIONS[kind]})
    wrong = client.post(Form(client.get(link).text).action, data={"asked": kind, **sent})
    fields = re.findall(r'<(?:input|textarea|select|button)\b[^>]*name="(a\.[^"]+)"[^>]*>', wrong.text)
    whole = re.findall(r'<(?:input|textarea|select|button)\b[^>]*name="a\.[^>]*>', wrong.text)
    assert [name for name, tag in zip(fields, whole, strict=True) if " autofocus" in tag] == [at]
    assert [name for name, tag in zip(fields, whole, strict=True) if "aria-invalid" in tag] == marked


def test_thanks_are_by_group_with_a_button_that_the_author_chose(client: FlaskClient, make: Make) -> None:
    link = {"url": "https://reviews.example/", "label": "Write a review"}
    groups = {"promoter": {"text": "Great!", "link": link, "close_after": 5}}
    path = make({"id": "score", "kind": "nps", "text": "How?"}, thanks={"text": "Sorry.", "groups": groups})
    happy = Form(client.get(path + "?next=https://evil.example").text).send(client, button=10).text
    assert 'href="https://reviews.example/"' in happy
    assert 'data-close-after="5"' in happy
    assert "evil" not in happy
    assert "Sorry." in Form(client.get(path).text).send(client, button=1).text


def test_what_it_takes_is_corrected_by_what_people_took(
    client: FlaskClient, services: Services, make: Make, clock: Clock
) -> None:
    link = make({"id": "score", "kind": "nps", "text": "How?"}, WHY)
    assert "Takes about 25 seconds" in client.get(link).text
    for n in range(20):
        form = Form(client.get(link).text)
        clock.forward(seconds=30)
        page = Form(form.send(client, button=9).text)
        clock.forward(seconds=11)
        assert 'data-step="thanks"' in page.send(client).text
        if n == 18:
            clock.forward(hours=2)
            tick(services)
            assert "Takes about 25 seconds" in client.get(link).text, "nineteen are not enough"
    assert {r.took for r in rows(services, Response)} == {41}
    clock.forward(hours=2)
    tick(services)
    assert "Takes about 45 seconds" in client.get(link).text
    assert [row.takes for row in rows(services, SurveyRow)] == [None, 41]


def test_who_went_away_or_came_back_later_is_no_measure(
    client: FlaskClient, services: Services, make: Make, clock: Clock
) -> None:
    link = make({"id": "score", "kind": "nps", "text": "How?"}, WHY)
    form = Form(client.get(link).text)
    page = Form(form.send(client, button=9).text)
    clock.forward(minutes=11)
    page.send(client)
    second = Form(client.get(link).text)
    second.send(client, button=9)
    clock.forward(minutes=5)
    Form(client.get(second.action).text).send(client)
    forged = Form(client.get(link).text)
    client.post(forged.action, data={"asked": ["score", "why"], "a.score": "9", "opened": "-5"})
    assert [r.took for r in rows(services, Response)] == [None, None, None]


def test_a_site_has_a_theme_of_its_own(client: FlaskClient, services: Services, site: Site, make: Make) -> None:
    link = make(SMILEYS)
    for theme in ({"base": "warm"}, {"base": "contrast", "radius": 0}, None):
        with services.db.writing() as db:
            db.get_one(Site, site.id).theme = theme
        address = theme_url(site.accent, theme)
        assert f'href="{address}"' in client.get(link).text
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("look", ["e30x", "!!", "eyJiYXNlIjoiZGFyayJ9", "A" * 3000])
def test_an_address_of_no_theme_is_not_there(client: FlaskClient, look: str) -> None:
    name = theme_url("#3b5bdb").rsplit("/", 1)[-1]
    assert client.get(f"/assets/theme/{look}/{name}").status_code == 404


def test_a_kiosk_begins_anew_for_each_person(client: FlaskClient, services: Services, make: Make) -> None:
    link = make(SMILEYS, thanks={"text": "Thank you!", "link": {"url": "https://x.example/", "label": "Away"}})
    page = client.get(link + "?kiosk=5").text
    assert f'data-again="{link}?kiosk=5" data-after="5" data-idle="60"' in page
    done = Form(page).send(client, button=2).text
    assert f'content="5;url={link}?kiosk=5"' in done, "without scripts too"
    assert "https://x.example/" not in done
    again = Form(client.get(link + "?kiosk=5").text)
    assert again.action != Form(page).action
    again.send(client, button=0)
    people = {r.person_id for r in rows(services, Response)}
    assert len(people) == 2


def test_a_kiosk_by_name_begins_anew_as_the_same_link(
    client: FlaskClient, services: Services, site: Site, make: Make
) -> None:
    make(SMILEYS, {**WHY, "kind": "contact"})
    asked = rows(services, SurveyRow)[-1].id
    named = make_link(services, site.id, asked, "till", "Mia", {"shop": "north"})
    page = client.get(f"/l/{named.key}?kiosk=5&lang=de&till=3&shop=forged&score=2").text
    again = f"/l/{named.key}?kiosk=5&lang=de&till=3"
    assert f'data-again="{again.replace("&", "&amp;")}"' in page
    for _ in range(2):
        step = Form(page).send(client, 0, {"a.score": "2"}).text
        assert f'data-again="{again.replace("&", "&amp;")}"' in step
        assert step.count('autocomplete="off"') == 2, "nothing of the one is offered to the next"
        page = client.get(again).text
        assert " checked" not in page
    assert [r.properties for r in rows(services, Response)] == [{"till": "3", "shop": "north"}] * 2
    set_pin(services, site.id, "2468")
    assert f'href="/l/{named.key}/exit"' in client.get(again).text
    assert client.post(f"/l/{named.key}/exit", data={"pin": "2468"}).status_code == 303


def test_somebody_s_own_survey_is_no_kiosk(client: FlaskClient, ann: Asked) -> None:
    assert "data-again" not in client.get(ann.survey + "?kiosk=5").text


def test_the_way_out_of_a_kiosk_wants_the_pin(client: FlaskClient, services: Services, site: Site, make: Make) -> None:
    link = make(SMILEYS)
    assert f"{link}/exit" not in client.get(link + "?kiosk=5").text
    assert client.get(f"{link}/exit").status_code == 404, "without a PIN there is none"
    set_pin(services, site.id, "2468")
    assert f'href="{link}/exit"' in client.get(link + "?kiosk=5").text
    wrong = client.post(f"{link}/exit", data={"pin": "1234"})
    assert (wrong.status_code, "That is not the PIN." in wrong.text) == (422, True)
    right = client.post(f"{link}/exit", data={"pin": "2468"})
    assert (right.status_code, right.location) == (303, "/desk")


def test_a_pin_cannot_be_guessed_for_long(
    make_services: Callable[..., Services], services: Services, site: Site, make: Make
) -> None:
    link = make(SMILEYS)
    set_pin(services, site.id, "2468")
    strict = create_app(make_services(LIMIT_STRANGERS="3 per hour")).test_client()
    told = [strict.post(f"{link}/exit", data={"pin": str(n)}).status_code for n in range(5)]
    assert told == [422, 422, 422, 429, 429]
    assert strict.post(f"{link}/exit", data={"pin": "2468"}).status_code == 303


def test_a_page_of_the_usual_survey_is_light(client: FlaskClient, ann: Asked) -> None:
    from gzip import compress

    assert len(compress(client.get(ann.survey).data, 9)) <= 2048


BAD_TELLINGS: list[tuple[dict[str, Any], str]] = [
    ({"score": 9}, "person"),
    ({"person": "1"}, "score"),
    ({"person": "99", "score": 9}, "person"),
    ({"person": "1", "score": 9, "survey": "nothing"}, "survey"),
    ({"person": "1", "score": 11}, "score"),
    ({"person": "1", "answers": {"nothing": 1}}, "answers"),
    ({"person": "1", "answers": [9]}, "answers"),
    ({"person": "1", "score": 9, "person_properties": "pro"}, "person_properties"),
    ({"person": "1", "score": 9, "created_at": "yesterday"}, "created_at"),
    ({"person": "1", "score": 9, "id": {"a": 1}}, "id"),
]


@pytest.mark.parametrize(("said", "field"), BAD_TELLINGS)
def test_what_cannot_be_told_is_named(
    client: FlaskClient, services: Services, key: str, ann: Asked, said: dict[str, Any], field: str
) -> None:
    told = client.post("/v1/survey_responses.json", json=said, headers=basic(key))
    assert told.status_code == 422
    assert field in (told.json or {})["errors"]
    assert rows(services, Response) == []


def test_a_response_told_again_under_its_id_is_one(
    client: FlaskClient, services: Services, key: str, ann: Asked, clock: Clock
) -> None:
    said = {"person": "1", "score": 9, "comment": "Tea", "id": "crm-7", "created_at": int(NOON.timestamp()) - 3600}
    first = client.post("/v1/survey_responses", json=said, headers=basic(key))
    again = client.post("/v1/survey_responses", data={**said, "score": "3"}, headers=basic(key))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json or {})["id"] == (again.json or {})["id"]
    assert [(r.score, r.comment) for r in rows(services, Response)] == [(3, "Tea")]
    assert (first.json or {})["created_at"] == said["created_at"]


def test_what_was_answered_beside_score_and_comment_is_told_as_delighted_does(
    client: FlaskClient, services: Services, key: str, ann: Asked, site: Site
) -> None:
    options = [{"id": "a", "text": "Ale"}, {"id": "b", "text": "Beer"}]
    beside = [
        {"id": "one", "kind": "select_one", "text": "Which?", "options": options, "other": "Other"},
        {"id": "rank", "kind": "ranking", "text": "Order?", "options": options},
        {"id": "often", "kind": "scale", "text": "How often?"},
        {"id": "who", "kind": "contact", "text": "Who?"},
    ]
    with services.db.writing() as db:
        surveys.add_survey(SiteScope(db, site.id), new_id(), "beside", {"questions": beside}, NOON)
    answers = {
        "one": {"chosen": ["other"], "other": "Cider"}, "rank": ["b", "a"], "often": 3, "who": {"name": "Ann"},
    }  # fmt: skip
    said = {"person": "1", "survey": "beside", "answers": answers}
    told = client.post("/v1/survey_responses", json=said, headers=basic(key)).json or {}
    none = dict.fromkeys(("free_response", "scale", "select_one", "select_many"))
    assert [each["value"] for each in told["additional_answers"]] == [
        {**none, "select_one": {"id": "other", "text": "Cider"}},
        {**none, "select_many": [{"id": "b", "text": "Beer"}, {"id": "a", "text": "Ale"}]},
        {**none, "scale": 3},
        {**none, "free_response": "Ann"},
    ]
    assert told["additional_answers"][0]["question"] == {"id": "one", "type": "select_one", "text": "Which?"}
