"""Calls that we make: planned like every message, kept before they are made, and never made twice."""

from __future__ import annotations

import pytest

from server.core import rates
from server.core.consent import Said
from server.core.people import Claim
from server.core.rates import CALL_MINUTES
from server.flows.invite import Wish, invite
from server.flows.keep_time import tick
from server.flows.make_survey import publish, save
from server.flows.plan import Occasion, hand_over, plan
from server.flows.state_consent import state_consent
from server.store import counters, identities, surveys
from server.store.scope import SiteScope
from server.store.tables import CallRow, Invitation, RecordingRow, Response, TouchRow
from tests.calls.house import OURS, House
from tests.parts import Clock
from tests.web.parts import rows

ANN = "+447700900111"


def called(line: House, number: str = ANN) -> Invitation:
    """Her invitation, and her call is placed."""
    invite(line.services, line.site.id, Wish((Claim("phone", number),), "Ann", "phone", None, True, {}, None))
    line.work()
    return line.asked(number)[-1]


def state(line: House) -> tuple[str, str | None]:
    row = line.asked(ANN)[0]
    return row.state, row.reason


def test_a_call_is_made_and_answered(line: House) -> None:
    assert called(line).state == "accepted"
    (made,) = line.twilio.placed
    assert (made["to"], made["from"]) == (ANN, OURS)
    line.twilio.people[ANN] = "9#; speak 4 Lovely"
    (caller,) = line.twilio.ring()
    line.work()

    assert caller.lines[0].text.startswith("Hello, this is Harbour, with a short survey.")
    (response,) = rows(line.services, Response)
    assert (response.score, response.comment, response.channel) == (9, "Lovely", "phone")
    row = line.asked(ANN)[0]
    assert (row.state, row.outcome, row.provider_ref) == ("delivered", "answered", caller.sid)
    assert set(line.twilio.answers) == {204}


def test_a_machine_is_left_alone(line: House) -> None:
    called(line)
    line.twilio.people[ANN] = "machine"
    (caller,) = line.twilio.ring()

    assert [each.text for each in caller.lines] == ["[end of the call]"]
    assert state(line) == ("failed", "a machine answered")
    assert rows(line.services, CallRow) == []
    assert len(rows(line.services, TouchRow)) == 1


@pytest.mark.parametrize(
    ("happens", "ends"),
    [
        ("busy", ("failed", "busy")),
        ("no-answer", ("failed", "nobody picked up")),
        ("nobody", ("bounced", "there is no such number (404)")),
    ],
)
def test_nobody_answers(line: House, happens: str, ends: tuple[str, str]) -> None:
    called(line)
    line.twilio.people[ANN] = happens
    line.twilio.ring()

    assert state(line) == ends


@pytest.mark.parametrize(
    ("happens", "lasts", "minutes"),
    [("9#; hang up", 42, 1), ("9#; hang up", 301, 6), ("machine", 7, 1), ("busy", 0, 0)],
)
def test_a_call_costs_the_minutes_that_it_took(line: House, happens: str, lasts: int, minutes: int) -> None:
    assert called(line).units == CALL_MINUTES
    line.twilio.people[ANN], line.twilio.lasts = happens, lasts
    line.twilio.ring()

    (row,), cost = line.asked(ANN), rates.cost(line.services.settings.call_rates, "GB", minutes)
    assert (row.units, row.cost) == cost
    assert row.paid_of
    with line.services.db.reading() as db:
        scope, day = SiteScope(db, line.site.id), row.paid_of
        spent = [counters.spent(scope, name("phone"), day) for name in (counters.units, counters.spending)]
    assert tuple(spent) == cost


def test_whoever_said_no_while_it_rang_is_not_asked(line: House) -> None:
    called(line)
    state_consent(line.services, line.site.id, [Claim("phone", ANN)], Said("all", False, "desk"))
    (caller,) = line.twilio.ring()

    assert [each.text for each in caller.lines] == ["Goodbye.", "[end of the call]"]


def test_what_may_have_left_is_never_called_again(line: House, clock: Clock) -> None:
    line.twilio.faults.append("drop-after")
    assert called(line).state == "unconfirmed"
    for _ in range(5):
        clock.forward(minutes=20)
        tick(line.services)
        line.work()
    assert len(line.twilio.placed) == 1

    line.twilio.people[ANN] = "9#; silence"
    line.twilio.ring()
    assert state(line)[0] == "delivered"
    assert line.stored(ANN)["score"] == 9


def test_at_night_nobody_is_called(line: House, clock: Clock) -> None:
    clock.forward(hours=11)
    assert called(line).state in ("planned", "expired")
    assert line.twilio.placed == []


def test_one_call_a_second(line: House, clock: Clock) -> None:
    for n in range(3):
        called(line, f"+4477009001{n:02d}")
    assert len(line.twilio.placed) == 1
    for _ in range(3):
        clock.forward(seconds=1)
        tick(line.services)
        line.work()
    assert len(line.twilio.placed) == 3


def test_a_call_that_nobody_takes_is_followed_by_a_text(line: House) -> None:
    definition = {**dict(line.survey.definition), "delivery": {"channels": ["phone", "sms"]}}
    save(line.services, line.site.id, line.survey.id, definition, "test")
    publish(line.services, line.site.id, line.survey.id, "test")
    row = planned_by_hook(line)
    assert row.channel == "phone"
    line.work()
    line.twilio.people[ANN] = "no-answer"
    line.twilio.ring()
    line.work()

    assert [(each.channel, each.step, each.state) for each in line.asked(ANN)] == [
        ("phone", None, "failed"),
        ("sms", "fallback:sms", "accepted"),
    ]


def planned_by_hook(line: House) -> Invitation:
    with line.services.db.writing() as db:
        scope, claims = SiteScope(db, line.site.id), [Claim("phone", ANN)]
        person = identities.find_or_make(scope, claims, "Ann", line.services.now())
        survey = surveys.named(scope, "phone")
        assert survey
        made = plan(line.services, scope, person, claims, survey, "", Occasion())
    hand_over(line.services, made)
    return made.invitation


def test_recordings_of_calls_of_ours_are_fetched_too(line: House) -> None:
    called(line)
    line.twilio.people[ANN] = "9#; speak 6"
    line.twilio.ring()
    line.work()

    (row,) = rows(line.services, RecordingRow)
    assert (row.state, row.seconds, row.invitation_id) == ("kept", 6, line.asked(ANN)[0].id)
