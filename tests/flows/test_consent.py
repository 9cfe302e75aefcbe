"""Yes and no, told on every road: what stands is heeded by every ask, and what cannot arrive is not sent."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from channels.channel import RawRequest, Rejected
from server.core.consent import Said
from server.core.links import seal
from server.core.people import claims_of
from server.flows.consent import consent
from server.flows.deliver import deliver
from server.flows.explain import explain
from server.flows.merge import NoSuchPerson, merge, undo
from server.flows.offer import NotNow, Offered
from server.flows.receipt import receipt
from server.flows.state_consent import state_consent
from server.flows.suppress import NotSuppressed, lift
from server.flows.unsubscribe import unsubscribe
from server.store import consents, identities
from server.store.scope import SiteScope
from server.store.tables import Consent, Merge, Suppression
from tests.flows.conftest import Town
from tests.parts import Scripted

pytestmark = pytest.mark.both_databases

ANN, BO = "ann@example.com", "bo@example.com"


def tell(town: Town, words: str, email: str = ANN, **more: Any) -> int:
    """`"sms no"`, of the person with this address; her id."""
    channel, word = words.split()
    said = Said(channel, word == "yes", "api", **more)
    return state_consent(town.services, town.site.id, claims_of(email=email), said).person.id


def held_by(town: Town, channel: str, email: str = ANN) -> str:
    return explain(town.services, town.site.id, email, None, channel).verdict.held_by


def because(town: Town, rule: str, channel: str = "email", email: str = ANN) -> str:
    findings = explain(town.services, town.site.id, email, None, channel).verdict.findings
    return next(f.because for f in findings if f.rule == rule)


def rows(town: Town, table: Any) -> list[Any]:
    with town.services.db.reading() as db:
        return list(db.scalars(SiteScope(db, town.site.id).select(table).order_by(table.id)))


def report(town: Town, id: str, kind: str, reason: str = "550 no such user") -> None:
    body = json.dumps([{"kind": kind, "id": "", "ref": "r", "reason": reason}]).encode()
    request = RawRequest("http://127.0.0.1/receipts", {"signed": "yes"}, body)
    receipt(town.services, town.post, request, seal(town.services.secret, "receipt", id))


def sent(town: Town, email: str = ANN) -> str:
    deliver(town.services, id := town.invite(email))
    town.clock.forward(days=40)
    return id


def test_stop_to_all_then_start_by_text_allows_texts_alone(town: Town) -> None:
    tell(town, "all no")
    assert [held_by(town, channel) for channel in ("email", "sms", "widget")] == ["consent"] * 3

    town.clock.forward(days=1)
    tell(town, "sms yes", basis="consent", evidence="START")

    assert [held_by(town, channel) for channel in ("email", "sms", "widget")] == ["consent", "", "consent"]


def test_a_no_holds_on_every_road_and_says_since_when_and_how(town: Town) -> None:
    waiting = [town.invite(channel=channel, delay=60) for channel in ("email", "sms")]
    tell(town, "email no")

    assert [town.row(id).state for id in waiting] == ["suppressed", "planned"]
    assert (
        town.row(waiting[0]).reason == because(town, "consent") == "unsubscribed from email on 23 November 2026, by api"
    )
    assert isinstance(town.ask(), Offered)
    town.clock.forward(minutes=3)
    tell(town, "all no")
    assert (town.row(waiting[1]).state, town.ask()) == ("suppressed", NotNow("consent"))


def test_who_unsubscribed_by_link_is_asked_again_after_a_yes(town: Town) -> None:
    id = sent(town)
    unsubscribe(town.services, seal(town.services.secret, "unsubscribe", id), "all", "link")
    assert held_by(town, "email") == "consent"
    assert [(row.source, row.evidence) for row in rows(town, Consent)] == [("link", f"invitation {id}")]

    tell(town, "all yes", basis="consent")

    assert held_by(town, "email") == ""
    deliver(town.services, again := town.invite())
    assert town.row(again).state == "accepted"


def test_a_no_about_something_else_holds_no_survey(town: Town) -> None:
    waiting = town.invite(delay=60)
    tell(town, "all no", purpose="newsletter")

    assert (town.row(waiting).state, held_by(town, "email")) == ("planned", "")


def test_where_a_yes_is_needed_silence_holds(town: Town) -> None:
    ann = tell(town, "email yes", basis="existing_customer")
    with town.services.db.reading() as db:
        scope = SiteScope(db, town.site.id)
        assert consent(scope, ann, "email", needed=True).passed
        assert consent(scope, ann, "sms", needed=False).passed
        held = consent(scope, ann, "sms", needed=True)
        assert (held.passed, held.because) == (False, "nobody has recorded that she agreed to text messages")
        assert not consent(scope, None, "widget", needed=True).passed


def test_a_yes_about_something_else_is_no_yes(town: Town) -> None:
    ann = tell(town, "sms yes", purpose="newsletter", basis="consent")
    with town.services.db.reading() as db:
        assert not consent(SiteScope(db, town.site.id), ann, "sms", needed=True).passed


def test_a_no_of_somebody_unknown_waits_for_her(town: Town) -> None:
    tell(town, "email no", email="cy@example.com")
    deliver(town.services, id := town.invite("cy@example.com"))
    assert (town.row(id).state, town.post.sent) == ("suppressed", [])


def test_nothing_is_told_of_nobody(town: Town) -> None:
    with pytest.raises(NoSuchPerson):
        state_consent(town.services, town.site.id, 99, Said("all", False, "desk"))


def test_it_holds_without_redis(town: Town, make_services: Any) -> None:
    alone = make_services(REDIS_URL="unix:///nowhere/redis.sock")
    state_consent(alone, town.site.id, claims_of(email=ANN), Said("all", False, "api"))
    assert town.ask() == NotNow("consent")


def test_a_complaint_is_a_no_and_the_address_is_left_alone(town: Town) -> None:
    id = sent(town)
    for _ in range(2):
        report(town, id, "complained", "spam report")

    assert town.row(id).state == "delivered"
    [no], [line] = rows(town, Consent), rows(town, Suppression)
    assert (no.scope, no.given, no.source, no.evidence) == ("email", False, "provider", "spam report")
    assert (line.channel, line.address, line.reason, line.source) == ("email", ANN, "complained", "scripted")
    assert held_by(town, "email") == "consent"
    assert held_by(town, "sms") == ""


def test_an_address_that_came_back_is_not_used_again_until_it_is_lifted(town: Town) -> None:
    id = sent(town)
    report(town, id, "bounced")
    assert held_by(town, "email") == "suppressed"
    told = "her address ann@example.com bounced on 02 January 2027, reported by scripted"
    assert because(town, "suppressed") == told

    deliver(town.services, again := town.invite())
    assert (town.row(again).state, town.row(again).reason, len(town.post.sent)) == ("suppressed", told, 1)
    assert isinstance(town.ask(), Offered)
    town.clock.forward(minutes=3)

    lift(town.services, town.site.id, "email", ANN, "desk", noted_by="desk")
    deliver(town.services, then := town.invite())
    assert town.row(then).state == "accepted"
    [audit] = rows(town, Consent)
    assert (audit.purpose, audit.source, audit.noted_by) == ("address", "desk", "desk")
    assert "bounced on 02 January 2027" in audit.evidence
    with pytest.raises(NotSuppressed):
        lift(town.services, town.site.id, "email", ANN, "desk")


def test_lifting_an_address_takes_no_no_back(town: Town) -> None:
    report(town, sent(town), "complained")
    lift(town.services, town.site.id, "email", ANN, "desk")
    assert held_by(town, "email") == "consent"


def test_an_address_that_no_provider_takes_is_tried_once_whoever_has_it(town: Town) -> None:
    town.post.script.append(Rejected("550 no such user", "address"))
    sent(town)
    [line] = rows(town, Suppression)
    assert (line.reason, line.detail) == ("invalid", "550 no such user")

    with town.services.db.writing() as db:  # her account goes to a colleague, with the address
        scope = SiteScope(db, town.site.id)
        identities.find_or_make(scope, claims_of(user="u9", email=ANN), "", town.clock())
    deliver(town.services, id := town.invite())
    assert (town.row(id).state, len(town.post.sent)) == ("suppressed", 1)


@pytest.mark.parametrize("scope", ["content", "account"])
def test_what_is_ours_to_mend_suppresses_nobody(scope: Any, town: Town) -> None:
    town.post.script.append(Rejected("not paid", scope))
    sent(town)
    assert (rows(town, Suppression), rows(town, Consent)) == ([], [])


def test_a_provider_told_to_stop_is_a_no_and_drops_what_waits(town: Town) -> None:
    waiting = town.invite(delay=60)
    town.post.script.append(Rejected("said stop", "optout"))
    sent(town)
    [no] = rows(town, Consent)
    assert (no.scope, no.given, no.evidence, rows(town, Suppression)) == ("email", False, "said stop", [])
    assert town.row(waiting).state == "suppressed"


def test_whoever_has_another_address_is_written_to_there(town: Town) -> None:
    report(town, sent(town), "bounced")
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        identities.find_or_make(scope, claims_of(user="ann", email=ANN), "", town.clock())
        identities.find_or_make(scope, claims_of(user="ann", email="ann@new.example"), "", town.clock())

    assert held_by(town, "email") == ""


def test_a_suppressed_number_holds_no_mail(town: Town) -> None:
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        identities.find_or_make(scope, claims_of(email=ANN, phone="+14155552671"), "", town.clock())
        consents.suppress(scope, "sms", "+14155552671", "invalid", "twilio_sms", "", town.clock())

    assert [held_by(town, channel) for channel in ("email", "sms", "widget")] == ["", "suppressed", ""]


def test_merged_the_no_of_either_holds_and_taken_apart_it_is_hers_again(town: Town) -> None:
    ann, bo = tell(town, "sms yes", basis="consent"), tell(town, "sms no", email=BO)
    assert [held_by(town, "sms", email) for email in (ANN, BO)] == ["", "consent"]

    assert merge(town.services, town.site.id, ann, bo, "desk")
    assert held_by(town, "sms") == "consent"
    town.clock.forward(hours=1)
    tell(town, "sms yes", email=ANN, basis="consent")
    assert held_by(town, "sms") == ""
    assert [row.person_id for row in rows(town, Consent)] == [ann, bo, bo]

    undo(town.services, town.site.id, rows(town, Merge)[0].id)
    assert [held_by(town, "sms", email) for email in (ANN, BO)] == ["", "consent"]


def test_what_is_said_of_an_address_stays_with_its_record(town: Town) -> None:
    ann, bo = tell(town, "email yes", basis="consent"), tell(town, "email yes", email=BO, basis="consent")
    merge(town.services, town.site.id, ann, bo, "desk")
    town.clock.forward(hours=1)
    tell(town, "sms yes", email=BO, basis="consent")

    assert [(row.person_id, row.scope) for row in rows(town, Consent)] == [(ann, "email"), (bo, "email"), (bo, "sms")]


def test_yes_and_no_at_once_end_as_the_last_one_committed(town: Town) -> None:
    ann = tell(town, "email yes", basis="consent")

    def one(turn: int) -> None:
        tell(town, ("email yes", "email no")[turn % 2], basis="" if turn % 2 else "consent")

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(one, range(12)))

    told = rows(town, Consent)
    assert {row.given for row in told} == {True, False}
    assert held_by(town, "email") == ("" if told[-1].given else "consent")
    assert {row.person_id for row in told} == {ann}


def test_a_text_that_is_refused_leaves_mail_alone(town: Town) -> None:
    town.clock.forward(hours=6)  # it is day in California
    texts = town.services.providers["sms"][0]
    assert isinstance(texts, Scripted)
    texts.script.append(Rejected("21211 no such number", "address"))
    deliver(town.services, town.invite(channel="sms"))

    town.clock.forward(days=40)
    assert [held_by(town, channel) for channel in ("sms", "email")] == ["suppressed", ""]
