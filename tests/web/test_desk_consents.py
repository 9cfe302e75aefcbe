"""At the desk: what a person said, per channel; a yes or a no written down; an address used again."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from server.services import Services
from server.store import consents
from server.store.scope import SiteScope
from server.store.tables import Consent, Invitation, Site, Suppression
from tests.parts import NOON, Waiting
from tests.web.parts import Asked, Form, basic, rows

OWN = {"Sec-Fetch-Site": "same-origin"}
PAGE = "/desk/people/1"


def section(page: str) -> str:
    found = page.partition('<section id="said"')[2].partition("</section>")[0]
    assert found
    return found


def channels(page: str) -> dict[str, str]:
    """For each channel the word of its badge."""
    return dict(re.findall(r'<h3>([^<]+)</h3>\s*<p><span class="badge[^"]*">([^<]+)</span>', section(page)))


def write_down(desk: FlaskClient, **typed: str) -> str:
    """The page after a form that was filled in and sent without scripts."""
    form = Form('<form id="record"' + desk.get(PAGE).text.partition('<form id="record"')[2])
    sent = desk.post(
        form.action, data={"scope": "all", "basis": "consent", **typed}, headers=OWN, follow_redirects=True
    )
    assert sent.status_code == 200
    return sent.text


@pytest.fixture
def bounced(services: Services, site: Site, ann: Asked) -> None:
    with services.db.writing() as db:
        consents.suppress(SiteScope(db, site.id), "email", "ann@example.org", "bounced", "smtp", "550 <no>", NOON)


@pytest.mark.both_databases
def test_the_page_says_what_stands_on_each_channel(desk: FlaskClient, ann: Asked) -> None:
    assert set(channels(desk.get(PAGE).text).values()) == {"Nothing said"}

    page = write_down(desk, answer="no")
    assert set(channels(page).values()) == {"Said no"}
    page = write_down(desk, answer="yes", scope="sms", basis="consent", evidence="call of <12 Nov>")

    assert channels(page) == {
        "Widget": "Said no", "App": "Said no", "Link": "Said no", "Email": "Said no", "Text message": "Said yes",
        "Phone": "Said no",
    }  # fmt: skip
    assert "Has said no to every channel" in page
    assert "But yes to text message." in page
    for told in ("She agreed", "call of &lt;12 Nov&gt;", "written down at the desk", "noted by the desk", "2 lines"):
        assert told in section(page), told


def test_a_no_of_the_desk_drops_what_waits(
    desk: FlaskClient, client: FlaskClient, key: str, services: Services, ann: Asked, queue: Waiting
) -> None:
    client.post("/v1/people", json={"email": "ann@example.org", "delay": 9000}, headers=basic(key))
    write_down(desk, answer="no", evidence=" told   Mia on the phone ")

    assert sorted(row.state for row in rows(services, Invitation)) == ["accepted", "suppressed"]
    [row] = rows(services, Consent)
    assert (row.source, row.noted_by, row.basis, row.evidence) == ("desk", "desk", "", "told Mia on the phone")


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({}, "a yes or a no"),
        ({"answer": "perhaps"}, "a yes or a no"),
        ({"answer": "no", "scope": "pigeon"}, "Choose a channel"),
        ({"answer": "yes", "evidence": "x", "basis": ""}, "Choose why"),
        ({"answer": "yes"}, "where the yes can be looked up"),
        ({"answer": "yes", "evidence": " "}, "where the yes can be looked up"),
        ({"answer": "no", "evidence": "x" * 256}, "At most 255"),
    ],
)
def test_what_is_unclear_is_asked_again_with_what_was_typed(
    desk: FlaskClient, services: Services, ann: Asked, typed: dict[str, str], complaint: str
) -> None:
    said = {"scope": "sms", "basis": "contract", **typed}
    again = desk.post(f"{PAGE}/consents", data=said, headers=OWN)
    assert again.status_code == 422
    assert complaint in section(again.text)
    assert '<details class="record" open>' in again.text
    assert rows(services, Consent) == []
    if said["scope"] == "sms":
        assert '<option value="sms" selected>' in again.text


def test_an_address_is_used_again_by_a_button(desk: FlaskClient, services: Services, bounced: None) -> None:
    page = desk.get(PAGE).text
    for told in ("Left alone", "ann@example.org bounced on", "550 &lt;no&gt;"):
        assert told in section(page), told
    form = Form('<form class="lift"' + section(page).partition('<form class="lift"')[2].partition("</form>")[0])
    pressed = desk.post(form.action, data=form.fields, headers=OWN)
    assert pressed.status_code == 303
    assert rows(services, Suppression) == []

    again = desk.get(pressed.location).text
    assert "The address may be used again" in again
    assert "Address may be used again" in section(again)
    assert desk.post(form.action, data=form.fields, headers=OWN).status_code == 303


def test_only_the_desk_itself_may_change_it(
    desk: FlaskClient, services: Services, client: FlaskClient, bounced: None
) -> None:
    said = {"answer": "no", "scope": "all", "basis": "consent", "channel": "email", "address": "ann@example.org"}
    for action in ("consents", "addresses/lift"):
        for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://shop.example"}):
            assert desk.post(f"{PAGE}/{action}", data=said, headers=headers).status_code == 403
        assert client.post(f"{PAGE}/{action}", data=said, headers=OWN).status_code == 401
    assert (len(rows(services, Consent)), len(rows(services, Suppression))) == (0, 1)


def test_nothing_is_changed_through_another_site_or_person(
    desk: FlaskClient, services: Services, other: Site, bounced: None
) -> None:
    said = {"answer": "no", "scope": "all", "basis": "consent"}
    address = {"channel": "email", "address": "ann@example.org"}
    assert desk.post(f"{PAGE}/consents?site={other.key}", data=said, headers=OWN).status_code == 404
    assert desk.post("/desk/people/99/consents", data=said, headers=OWN).status_code == 404
    assert desk.post("/desk/people/99/consents", data={}, headers=OWN).status_code == 404
    assert desk.post(f"{PAGE}/addresses/lift?site={other.key}", data=address, headers=OWN).status_code == 404
    for unknown in ({**address, "address": "bo@example.org"}, {**address, "channel": "sms"}, {}):
        assert desk.post(f"{PAGE}/addresses/lift", data=unknown, headers=OWN).status_code == 404
    assert (len(rows(services, Consent)), len(rows(services, Suppression))) == (0, 1)
