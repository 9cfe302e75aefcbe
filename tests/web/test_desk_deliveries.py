"""What the team sees of its sending: how many messages went where, and why each of the others did not arrive."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from channels.email.sendgrid_fake import SendGridFake
from server.app import create_app
from server.core.delivery import MOVES
from server.core.links import new_id
from server.core.people import claims_of
from server.flows.settle import OVER
from server.gate.words import RULES
from server.services import Services
from server.store import identities, notices, surveys
from server.store.scope import SiteScope
from server.store.tables import Invitation, Site
from server.web.desk.delivery_said import STATES, told
from tests.parts import Clock
from tests.web.parts import signed_in


def sent(services: Services, site: Site, state: str, reason: str = "", **said: Any) -> Invitation:
    """A mail to Ann that ended so."""
    with services.db.writing() as db:
        scope, now = SiteScope(db, site.id), services.now()
        survey = surveys.named(scope, None)
        assert survey
        ann = identities.find_or_make(scope, claims_of(email="ann@example.org"), "Ann", now)
        about: dict[str, Any] = {"channel": "email", "address": "ann@example.org", "provider": "smtp", **said}
        return scope.add(
            Invitation(
                id=new_id(), survey_id=survey.id, version_id=survey.version_id, person_id=ann.id, state=state,
                reason=reason or None, properties={}, created_at=now, state_at=now, **about,
            )
        )  # fmt: skip


def words(page: TestResponse) -> str:
    """What is read on a page."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", page.text)).split())


@pytest.mark.both_databases
def test_messages_are_counted_by_channel_provider_and_survey(desk: FlaskClient, services: Services, site: Site) -> None:
    for state in ("delivered", "delivered", "accepted", "bounced", "failed", "planned"):
        sent(services, site, state, outcome="answered" if state == "delivered" else None)
    sent(services, site, "unconfirmed", channel="sms", provider="twilio_sms", address="+14155552671")
    seen = words(desk.get("/desk/deliveries"))
    assert "Emails 4 sent, 1 waiting, 2 answered" in seen
    assert "Delivered 2 Handed over 1 Came back 1 Failed 1" in seen
    assert "Text messages 1 sent" in seen
    assert "Emails by Mail relay (SMTP) 4 75 % 2 50 %" in seen
    assert "Text messages by Twilio 1 0 % 1 0 %" in seen
    assert "nps 5 60 % 3 40 %" in seen


def test_a_period_ends_where_it_says(desk: FlaskClient, services: Services, site: Site, clock: Clock) -> None:
    sent(services, site, "failed", "address: 550 no such user")
    clock.forward(days=2)
    assert "Nothing was sent in the last 24 hours" in words(desk.get("/desk/deliveries?days=1"))
    assert "550 no such user" in words(desk.get("/desk/deliveries?days=7"))
    clock.forward(days=6)
    for nonsense in ("", "?days=0", "?days=x", "?days=99999999999"):
        assert "Nothing was sent in the last 7 days" in words(desk.get(f"/desk/deliveries{nonsense}"))


@pytest.mark.parametrize(
    ("state", "reason", "why", "do"),
    [
        ("failed", "address: 550 5.1.1 unknown", "The provider refused the address: 550 5.1.1 unknown.", "left alone"),
        ("failed", "account: 401", "The provider refused us, and with us every message: 401.", "Providers"),
        ("failed", "content: spam", "The provider refused this very message: spam.", "send a test"),
        ("failed", "optout: 21610", "She has told the provider to stop: 21610.", "her no"),
        ("failed", "nobody knows an address for sms", "Nobody knows an address for sms.", "Tell an address"),
        ("failed", "given up after 8 tries", "Given up after 8 tries.", "Providers"),
        ("failed", "", "The provider gave no reason.", "Ask again later"),
        ("bounced", "550 disabled", "It was taken, and came back: 550 disabled.", "person’s page"),
        ("unconfirmed", "time-out", "It may have left, and nobody can tell: time-out.", "Wait"),
        ("held", "rest", "Rest between two asks of any survey, on any channel.", "Policy"),
        ("held", "running", "The survey is not running.", "Resume the survey"),
        ("held", "number", "It is not the number of a person.", "Tell another of hers"),
        ("suppressed", "unsubscribed from email", "Unsubscribed from email.", "new yes"),
        ("expired", "its time had passed", "Its time had passed.", "wait longer"),
        ("cancelled", "", "It was called off before it left.", "somebody wanted it so"),
        ("cancelled", OVER, "She has answered or closed it.", "no need to ask any more"),
    ],
)  # fmt: skip
def test_each_message_that_did_not_arrive_says_why_and_what_to_do(
    desk: FlaskClient, services: Services, site: Site, state: str, reason: str, why: str, do: str
) -> None:
    row = sent(services, site, state, reason)
    page = desk.get("/desk/deliveries")
    assert why in words(page)
    assert do in words(page)
    assert f'href="/desk/people/{row.person_id}?site=' in page.text
    assert STATES[state][1] in words(page)


@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [
        ("bounced", "there is no such number (404)", "Not put through: there is no such number (404)."),
        ("failed", "nobody picked up", "Nobody picked up."),
        ("delivered", "", "Picked up 1"),
    ],
)
def test_a_call_is_no_message(
    desk: FlaskClient, services: Services, site: Site, state: str, reason: str, says: str
) -> None:
    row = sent(services, site, state, reason, channel="phone", provider="twilio_voice", address="+14155552671")
    page = words(desk.get("/desk/deliveries"))

    assert says in page
    assert "It was taken" not in page
    assert {"bounced": "Could not be put through", "failed": "Not reached", "delivered": "Picked up"}[state] in words(
        desk.get(f"/desk/people/{row.person_id}")
    )


def test_channels_stand_in_the_same_order_everywhere(desk: FlaskClient, services: Services, site: Site) -> None:
    for channel in ("phone", "sms", "email"):
        sent(services, site, "delivered", channel=channel, provider="outbox")
    told = re.findall(r"<h3>(Emails|Text messages|Calls)", desk.get("/desk/deliveries").text)

    assert told == ["Emails", "Text messages", "Calls"] * 2


def test_every_end_of_a_message_and_every_rule_has_its_words(services: Services, site: Site) -> None:
    ends = {state for state in MOVES if not MOVES[state]} | {"bounced", "failed", "held", "suppressed", "expired"}
    assert ends <= {*STATES, "shown"}
    for rule in RULES:
        said = told(Invitation(state="held", reason=rule))
        assert said.why.endswith(".")
        assert said.do


@pytest.mark.both_databases
def test_the_list_is_filtered_and_turned_page_by_page(
    desk: FlaskClient, services: Services, site: Site, clock: Clock
) -> None:
    for n in range(120):
        clock.forward(seconds=1)
        sent(services, site, "failed" if n % 2 else "held", f"content: no. {n}," if n % 2 else "rest")
    seen: list[str] = []
    page = desk.get("/desk/deliveries?state=failed")
    for _ in range(3):
        seen += re.findall(r"no\. (\d+),", page.text)
        older = re.search(r'class="button" href="([^"]+)">Older', page.text)
        if older is None:
            break
        page = desk.get(unescape(older[1]).partition("#")[0])
    assert [int(n) for n in seen] == list(range(119, 0, -2))
    assert "no. 1," not in desk.get("/desk/deliveries?state=failed&channel=sms").text


@pytest.mark.parametrize(
    "query",
    [
        "state=x", "channel=x", "provider=" + "x" * 99, "survey=-1", "survey=99999999999999999999", "before=x",
        "before=1.<script>", "before=99999999999999999.a", "before=999999999999999.a", "days=%00", "state=%F0%9F%8C%8A",
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_none(desk: FlaskClient, services: Services, site: Site, query: str) -> None:
    sent(services, site, "failed", "content: <script>alert(1)</script>")
    page = desk.get(f"/desk/deliveries?{query}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_nothing_of_another_site_is_seen(desk: FlaskClient, services: Services, site: Site, other: Site) -> None:
    sent(services, other, "failed", "content: elsewhere")
    assert "elsewhere" not in desk.get("/desk/deliveries").text
    assert "elsewhere" in desk.get(f"/desk/deliveries?site={other.key}").text


def test_the_mailbox_of_a_trial_works_and_says_that_nothing_leaves(desk: FlaskClient, site: Site) -> None:
    page = desk.get("/desk/providers?check=1")
    assert words(page).count("Works") == 3
    assert "Nothing leaves this machine." in words(page)
    assert "Being tried" in words(desk.get("/desk/providers"))
    assert "Works" in words(desk.get("/desk/providers/email/outbox"))


@pytest.fixture
def sendgrid(make_services: Callable[..., Services], services: Services, site: Site) -> Any:
    """A desk whose mail goes by SendGrid, and SendGrid."""
    with SendGridFake("SG.right") as fake:

        def desk_with(key: str) -> FlaskClient:
            real = make_services(
                EMAIL_PROVIDER="sendgrid",
                SENDGRID_API_KEY=key,
                SENDGRID_URL=fake.url,
                MAIL_FROM="Ask <ask@ask.example>",
            )
            return signed_in(real, create_app(real).test_client())

        yield desk_with


def test_a_provider_that_refuses_says_what_to_mend(sendgrid: Callable[[str], FlaskClient]) -> None:
    works = sendgrid("SG.right")
    assert "Works" in words(works.get("/desk/providers/email/sendgrid"))
    page = works.get("/desk/providers")
    assert "http://127.0.0.1:8000/receipts/sendgrid<" in page.text
    assert "http://127.0.0.1:8000/receipts/sendgrid/inbound<" in page.text
    assert "SG.right" not in page.text
    refused = words(sendgrid("SG.wrong").get("/desk/providers?check=1"))
    assert "SendGrid refuses SENDGRID_API_KEY (401)" in refused
    assert "needs the permission “Mail Send”" in refused


@pytest.mark.parametrize("path", ["email/smtp", "voice/outbox", "email/x", "email/" + "x" * 99, "x/outbox"])
def test_a_provider_that_is_not_in_use_is_not_found(desk: FlaskClient, site: Site, path: str) -> None:
    assert desk.get(f"/desk/providers/{path}").status_code == 404


def test_looking_at_the_pages_sends_and_stores_nothing(desk: FlaskClient, services: Services, site: Site) -> None:
    from tests.web.parts import everything, outbox

    sent(services, site, "failed", "account: 401")
    before = everything(services)
    for path in ("deliveries", "providers?check=1", "providers/sms/outbox", "mail"):
        assert desk.get(f"/desk/{path}").status_code == 200
    assert everything(services) == before
    assert outbox(services).read(1) == []


def test_what_stands_in_the_way_of_sending_is_said_until_it_is_mended(
    desk: FlaskClient, services: Services, site: Site
) -> None:
    with services.db.writing() as db:
        notices.tell(db, "lane/sendgrid", "SendGrid refuses us: <401>", services.now())
    for path in ("deliveries", "providers"):
        assert "SendGrid refuses us: <401>" in words(desk.get(f"/desk/{path}"))
    with services.db.writing() as db:
        notices.end(db, "lane/sendgrid", services.now())
    assert "SendGrid refuses us" not in words(desk.get("/desk/deliveries"))
