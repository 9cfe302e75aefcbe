"""How often is too often, as the team decides it in the desk."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.core.policy_document import policy_from
from server.flows.decide import decide, decisions
from server.services import Services
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import Site
from server.web.desk.policy_form import draft_from, typed_from
from server.web.desk.policy_said import said_by
from tests.parts import Clock

OWN = {"Sec-Fetch-Site": "same-origin"}
SLUGS = {1: "nps", 7: "csat"}


class Filled(HTMLParser):
    """The policy's form, as a browser without scripts would send it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = ""
        self.feed(page[page.index('id="policy"') : page.index("</form>", page.index('id="policy"'))])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._select = said["name"]
        elif tag == "option" and "selected" in said:
            self.fields[self._select] = said["value"]
        elif tag == "input" and (said.get("type") not in ("checkbox", "radio") or "checked" in said):
            self.fields[said["name"]] = said.get("value", "on")


def form(desk: FlaskClient) -> dict[str, str]:
    return Filled(desk.get("/desk/policy").text).fields


def send(desk: FlaskClient, path: str = "/desk/policy", **typed: str) -> TestResponse:
    """The form of the page with some fields changed; `__` stands for a full stop."""
    changed = {name.replace("__", "."): value for name, value in typed.items()}
    return desk.post(path, data={**form(desk), **changed}, headers=OWN)


def in_force(services: Services, site: Site) -> list[dict[str, Any]]:
    return [version.document for version in decisions(services, site.id)]


def a_survey(services: Services, site: Site) -> tuple[int, str]:
    with services.db.reading() as db:
        return next(iter(surveys.names(SiteScope(db, site.id)).items()))


def test_what_is_saved_is_in_force_and_only_what_differs_is_stored(
    desk: FlaskClient, services: Services, site: Site
) -> None:
    saved = send(desk, rest_days="14", load__touches="2", rest_after_external_hours__off="on")
    assert (saved.status_code, saved.location) == (303, f"/desk/policy?site={site.key}&saved=1")
    stored = {"rest_days": 14, "load": {"touches": 2, "days": 7}, "rest_after_external_hours": "none"}
    assert in_force(services, site) == [stored]
    assert decisions(services, site.id)[0].made_by == "desk"
    page = desk.get(saved.location).text
    assert "Version 1 is in force from now on" in page
    assert "Nobody is asked more than once in 14 days." in page


def test_a_survey_and_its_group_come_back_as_they_were_saved(desk: FlaskClient, services: Services, site: Site) -> None:
    id, slug = a_survey(services, site)
    at = f"survey__{id}__"
    said = {
        at + "rest_days": "7", at + "rest_after_answer_days__off": "on", at + "repeat": "every", at + "every": "45.5",
        at + "group": "relationship", "group__0__name": "relationship", "group__0__rest_days": "60",
    }  # fmt: skip
    assert send(desk, **said).status_code == 303
    rules = {"rest_days": 7, "rest_after_answer_days": "none", "repeat": {"days": 45.5}, "group": "relationship"}
    assert in_force(services, site) == [{"groups": {"relationship": {"rest_days": 60}}, "surveys": {slug: rules}}]
    assert {name.replace("__", "."): value for name, value in said.items()}.items() <= form(desk).items()


def test_saving_what_is_in_force_makes_no_version(desk: FlaskClient, services: Services, site: Site) -> None:
    document = {
        "rest_days": 10,
        "groups": {"g": {"rest_days": "none"}},
        "surveys": {a_survey(services, site)[1]: {"group": "g"}},
    }
    decide(services, site.id, document, "cli")
    assert send(desk).location == f"/desk/policy?site={site.key}&saved=same"
    assert in_force(services, site) == [document]


def test_an_empty_field_means_the_default(desk: FlaskClient, services: Services, site: Site) -> None:
    decide(services, site.id, {"rest_days": 7, "load": {"touches": 1, "days": 3}}, "cli")
    saved = send(desk, rest_days="", load__touches=" ", load__days="3", rest_after_answer_days="90")
    assert saved.status_code == 303
    assert in_force(services, site)[0] == {"load": {"touches": 4, "days": 3}}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"rest_days": "none", "rest_after_dismissal_days": 0.5, "rest_after_answer_days": 120},
        {"rest_after_external_hours": 48, "load": "none"},
        {"load": {"touches": 4, "days": 14}, "groups": {"a": {"rest_days": 60}, "b": {"rest_days": "none"}}},
        {"surveys": {"nps": {"repeat": "once"}, "csat": {"repeat": "until_answered", "rest_days": "none"}}},
        {
            "groups": {"a": {"rest_days": 1.5}},
            "surveys": {"csat": {"repeat": {"days": 90}, "group": "a", "rest_days": 30}},
        },
        {"zone": "Europe/Berlin", "identity": "trusting", "consent_required": ["sms"]},
        {"send_hours": {"email": {"from": "07:30", "to": "24:00", "weekdays": ["mon", "fri"]}, "sms": "none"}},
        {"send_hours": {"sms": {"from": "08:00", "to": "21:00", "weekdays": ["sat"]}}},
        {"budgets": {"email": {"sends": 50, "per": "day"}, "sms": {"sends": 1000, "per": "month"}}},
        {
            "surveys": {
                "nps": {"sample_percent": 12.5, "pace": {"asks": 20, "per": "hour"}, "quota": {"responses": 500}}
            }
        },
        {"surveys": {"nps": {"from": "2026-11-01", "until": "2026-12-31"}}},
        {"one_click": "strict", "surveys": {"csat": {"one_click": "assisted"}}},
        {"one_click": "instant"},
    ],
)
def test_a_document_becomes_a_form_and_the_same_document_again(document: dict[str, Any]) -> None:
    draft = draft_from(typed_from(document, SLUGS), SLUGS)
    assert (draft.document, draft.complaints) == (document, {})


@pytest.mark.parametrize("path", ["/desk/policy", "/desk/policy/try"])
@pytest.mark.parametrize(
    ("field", "typed", "beside"),
    [
        ("rest_days", "often", "rest_days"),
        ("rest_days", "0", "rest_days"),
        ("rest_days", "-3", "rest_days"),
        ("rest_days", "36501", "rest_days"),
        ("rest_days", "nan", "rest_days"),
        ("rest_after_answer_days", "<b>x", "rest_after_answer_days"),
        ("rest_after_external_hours", "1e3", "rest_after_external_hours"),
        ("load.touches", "1.5", "load"),
        ("load.touches", "101", "load"),
        ("load.days", "week", "load"),
        ("group.0.rest_days", "9", "group.0"),
        ("survey.ID.rest_after_dismissal_days", "x", "survey.ID.rest_after_dismissal_days"),
        ("survey.ID.group", "unheard", "survey.ID.group"),
        ("survey.ID.repeat", "every", "survey.ID.repeat"),
        ("survey.ID.repeat", "sometimes", "survey.ID.repeat"),
        ("zone", "Atlantis", "zone"),
        ("send_hours.email.from", "8", "send_hours.email"),
        ("send_hours.sms.to", "25:00", "send_hours.sms"),
        ("budget.sms", "many", "budget.sms"),
        ("budget.email", "1.5", "budget.email"),
        ("survey.ID.sample_percent", "101", "survey.ID.sample_percent"),
        ("survey.ID.pace", "0", "survey.ID.pace"),
        ("survey.ID.quota", "x", "survey.ID.quota"),
        ("survey.ID.until", "2026-02-30", "survey.ID.from"),
    ],
)
def test_a_complaint_stands_beside_its_sentence_and_nothing_typed_is_lost(
    desk: FlaskClient, services: Services, site: Site, path: str, field: str, typed: str, beside: str
) -> None:
    id = str(a_survey(services, site)[0])
    field, beside = field.replace("ID", id), beside.replace("ID", id)
    sent = {**form(desk), "rest_after_dismissal_days": "11", "group.1.name": "kept", field: typed}
    reply = desk.post(path, data=sent, headers=OWN)
    assert reply.status_code == 422
    assert re.findall(r'id="([^"]+)-complaint"', reply.text) == [beside]
    assert f'aria-describedby="{beside}-complaint" autofocus' in reply.text
    left = Filled(reply.text).fields
    wanted = {name: value for name, value in sent.items() if value and value != "sometimes"}
    assert wanted.items() <= left.items()
    assert decisions(services, site.id) == []


def test_every_complaint_is_made_at_once(desk: FlaskClient, services: Services, site: Site) -> None:
    sent = {"rest_days": "x", "load__days": "y", "group__0__name": "a", "group__1__name": "a"}
    page = send(desk, **sent).text
    assert set(re.findall(r'id="([^"]+)-complaint"', page)) == {"rest_days", "load", "group.1"}
    assert "3 things are not clear yet" in page


def test_the_versions_say_who_when_and_what(desk: FlaskClient, services: Services, site: Site, clock: Clock) -> None:
    decide(services, site.id, {"rest_days": 7}, "<command>")
    clock.forward(days=1)
    send(desk, rest_days__off="on")
    page = desk.get("/desk/policy").text
    latest, first = (page[page.index(f'id="version-{n}"') :] for n in (2, 1))
    assert "Version 2 is in force" in page
    assert "No rest between two asks." in latest
    assert "24 Nov 2026" in latest.split("</li>")[0]
    assert "once in 7 days." in first
    assert "&lt;command&gt;" in first
    assert first.count("in force") == 0


@pytest.mark.parametrize("path", ["/desk/policy", "/desk/policy/try"])
@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}])
def test_a_foreign_page_changes_nothing(
    desk: FlaskClient, services: Services, site: Site, path: str, headers: dict[str, str]
) -> None:
    assert desk.post(path, data={"rest_days": "1"}, headers=headers).status_code == 403
    assert decisions(services, site.id) == []


def test_each_site_has_a_policy_of_its_own(desk: FlaskClient, services: Services, site: Site, other: Site) -> None:
    data = {"rest_days": "5", "site": other.key}
    assert desk.post("/desk/policy", data=data, headers=OWN).location == f"/desk/policy?site={other.key}&saved=1"
    assert decisions(services, site.id) == []
    assert in_force(services, other) == [{"rest_days": 5}]


def test_one_day_is_a_day() -> None:
    assert said_by(policy_from({"rest_days": 1}))["rest_days"] == "Nobody is asked more than once in 1 day."


def test_sends_and_identity_come_back_as_they_were_saved_and_say_their_price(
    desk: FlaskClient, services: Services, site: Site
) -> None:
    said = {
        "zone": "Europe/Berlin", "identity": "trusting", "consent.sms": "on", "budget.sms": "1000",
        "budget.sms.per": "month", "send_hours.email.from": "08:00", "send_hours.email.to": "18:00",
    }  # fmt: skip
    before = {name: value for name, value in form(desk).items() if not name.endswith((".sat", ".sun"))}
    whole = {f"send_hours.{channel}.{day}": "on" for channel in ("sms", "phone") for day in ("sat", "sun")}
    typed = {**before, **whole, **said}
    assert desk.post("/desk/policy", data=typed, headers=OWN).status_code == 303
    assert in_force(services, site) == [
        {
            "zone": "Europe/Berlin",
            "identity": "trusting",
            "send_hours": {"email": {"from": "08:00", "to": "18:00", "weekdays": ["mon", "tue", "wed", "thu", "fri"]}},
            "budgets": {"sms": {"sends": 1000, "per": "month"}},
            "consent_required": ["sms"],
        }
    ]
    assert said.items() <= form(desk).items()
    page = desk.get("/desk/policy").text
    assert "Anyone who can open your page may then speak for anyone else" in page
    assert "Emails go out from 08:00 to 18:00 on Monday, Tuesday, Wednesday, Thursday and Friday" in page
    assert "Text messages only to those whose yes is recorded." in page


def test_the_rule_for_clicks_is_explained_warned_of_and_kept(desk: FlaskClient, services: Services, site: Site) -> None:
    page = desk.get("/desk/policy").text
    assert form(desk)["one_click"] == "assisted"
    for sentence in ("she presses Send", "first touch, click or key", "counts at once, whoever opens it"):
        assert page.count(sentence) >= 1
    assert "open every link before a person does" in page
    id, slug = a_survey(services, site)
    own = {f"survey__{id}__one_click": "strict"}
    assert send(desk, one_click="instant", **own).status_code == 303
    assert in_force(services, site)[0] == {"one_click": "instant", "surveys": {slug: {"one_click": "strict"}}}
    assert form(desk)["one_click"] == "instant"
    said = said_by(policy_from(in_force(services, site)[0]))
    assert (
        said["one_click"] == "Clicks in messages, “Opening”: the opening of the link counts at once, whoever opens it."
    )
    assert said[f"survey {slug}"] == f"{slug}: clicks in messages by “Send”."
    wrong = send(desk, one_click="sometimes")
    assert wrong.status_code == 422
    assert "Choose one of the three." in wrong.text


def test_hours_without_a_day_are_complained_of(desk: FlaskClient, services: Services) -> None:
    typed = {name: value for name, value in form(desk).items() if not re.fullmatch(r"send_hours\.sms\.\w{3}", name)}
    reply = desk.post("/desk/policy", data=typed, headers=OWN)
    assert reply.status_code == 422
    assert re.findall(r'id="([^"]+)-complaint"', reply.text) == ["send_hours.sms"]
