"""Calls that come in: who calls, whether she may be asked, and what is told twice, late, or by somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.call_back import ask
from channels.voice.caller import Caller
from server.core.consent import Said
from server.core.people import Claim
from server.flows.answer import answer, visit
from server.flows.call.expect import Announced, Expected, expect
from server.flows.call.spoken import fetch
from server.flows.set_up import create_site
from server.flows.state_consent import state_consent
from server.store import calls, people_lists, recordings
from server.store.scope import SiteScope
from server.store.tables import CallRow, Consent, RecordingRow, Response, TouchRow
from tests.calls.house import House
from tests.parts import Clock
from tests.web.parts import everything, rows

ANN, BOB = "+447700900111", "+447700900222"
ALL = "9#; 1#; speak 5 The glaze is lovely"


def heard(caller: Caller) -> str:
    """All that we said in a call."""
    return " ".join(each.text for each in caller.lines if each.who == "us")


def announced(line: House, **more: str) -> Expected:
    claims = (Claim("email", "ann@example.com"),)
    return expect(line.services, line.site.id, Announced(claims, "Ann", survey="phone", properties={"t": "42"}, **more))


def known_by(line: House, number: str) -> dict[str, str]:
    (row,) = line.asked(number)
    with line.services.db.reading() as db:
        return people_lists.known_by(SiteScope(db, line.site.id), [row.person_id])[row.person_id]


def test_the_start_names_the_company_and_the_length(line: House) -> None:
    caller = line.hand_over(ANN, "hang up")

    assert caller.lines[0].text == "Hello, this is Harbour, with a short survey. Takes about 35 seconds."
    assert "press star" in caller.lines[1].text


def test_a_number_that_was_announced_is_hers_for_ten_minutes(line: House, clock: Clock) -> None:
    announced(line, phone=ANN)
    line.hand_over(ANN, "9#; hang up", query="")

    (row,) = line.asked(ANN)
    assert known_by(line, ANN) == {"email": "ann@example.com", "phone": ANN}
    assert (row.channel, row.state, row.survey_id, row.properties) == ("phone", "shown", line.survey.id, {"t": "42"})

    expect(line.services, line.site.id, Announced((Claim("email", "bob@example.com"),), phone=BOB))
    clock.forward(minutes=11)
    line.hand_over(BOB, "9#; hang up")
    assert known_by(line, BOB) == {"phone": BOB}


def test_whoever_was_announced_and_calls_again_is_not_asked_twice(line: House) -> None:
    announced(line, phone=ANN)
    line.hand_over(ANN, ALL, query="")
    assert "Thank you for your call." in heard(line.hand_over(ANN, ALL))


@pytest.mark.parametrize("way", ["query", "sip"])
def test_a_token_on_the_way_of_a_call_says_who_she_is(line: House, way: str) -> None:
    token = announced(line).token
    query, fields = (f"?token={token}", {}) if way == "query" else ("", {"SipHeader_X-Survey-Token": token})
    line.hand_over("+447700900999", "9#; hang up", query, **fields)

    assert known_by(line, "+447700900999") == {"email": "ann@example.com"}


def test_a_made_up_token_says_nothing(line: House) -> None:
    line.hand_over(ANN, "hang up", "?survey=phone&token=" + "x" * 36)
    assert known_by(line, ANN) == {"phone": ANN}


def test_whoever_is_not_known_otherwise_types_her_pin(line: House) -> None:
    pin = announced(line).pin
    wrong = f"{(int(pin) + 1) % 1_000_000:06d}"
    caller = line.hand_over(BOB, f"{wrong}#; {pin}#; {ALL}", "?pin=1")

    assert "That number is not known here." in heard(caller)
    assert known_by(line, BOB) == {"email": "ann@example.com"}
    assert line.stored(BOB)["score"] == 9


def test_three_wrong_pins_end_the_call(line: House) -> None:
    caller = line.hand_over(BOB, "1#; 2#; silence; 9#", "?pin=1")

    assert line.asked(BOB) == []
    assert caller.lines[-2].text == "Thank you for your call. Goodbye."
    assert rows(line.services, TouchRow) == []


def test_a_pin_is_good_for_one_call(line: House) -> None:
    pin = announced(line).pin
    line.hand_over(ANN, f"{pin}#; {ALL}", "?pin=1")
    line.hand_over(BOB, f"{pin}#; {ALL}", "?pin=1")

    assert line.asked(BOB) == []
    assert len(rows(line.services, Response)) == 1


@pytest.mark.parametrize(
    "fields", [{"From": "anonymous"}, {"From": "+266696687"}, {"StirVerstat": "TN-Validation-Failed-A"}]
)
def test_a_number_that_is_hidden_or_false_names_nobody(line: House, fields: dict[str, str]) -> None:
    line.hand_over(ANN, "8#; hang up", **fields)

    (response,) = rows(line.services, Response)
    with line.services.db.reading() as db:
        known = people_lists.known_by(SiteScope(db, line.site.id), [response.person_id])[response.person_id]
    assert list(known) == ["visitor"]
    assert response.score == 8


def test_who_calls_by_sip_is_known_by_her_number(line: House) -> None:
    line.hand_over(ANN, "8#; hang up", From=f"sip:{ANN}@pbx.example")
    assert known_by(line, ANN) == {"phone": ANN}


def test_whoever_may_not_be_asked_is_thanked_and_let_go(line: House) -> None:
    line.hand_over(ANN, ALL)
    line.work()
    before = line.stored(ANN)
    caller = line.hand_over(ANN, "3#; 1#; speak 9 Not kept")
    line.work()

    assert heard(caller) == "Thank you for your call. Goodbye. [end of the call]"
    assert line.stored(ANN) == before
    assert [row.state for row in line.asked(ANN)] == ["shown", "held"]
    assert len(rows(line.services, RecordingRow)) == 1


def test_whoever_has_said_no_is_not_asked(line: House) -> None:
    state_consent(line.services, line.site.id, [Claim("phone", ANN)], Said("phone", False, "desk"))
    assert "Thank you for your call." in heard(line.hand_over(ANN, ALL))


def test_no_hour_is_too_late_for_a_call_that_is_on(line: House, clock: Clock) -> None:
    clock.forward(hours=10)
    line.hand_over(ANN, "9#; *")
    line.work()

    assert line.stored(ANN) == {"score": 9}
    assert [message["to"] for message in line.twilio.messages] == [ANN]


def test_begun_by_phone_and_finished_on_the_page_it_is_one_response(line: House) -> None:
    line.hand_over(ANN, "9#; *")
    line.work()
    (message,) = line.twilio.messages
    text = str(message["body"])
    assert text.startswith("Harbour: Here is the survey:\n")
    token = text.rpartition("/s/")[2].split()[0]
    assert next_question(line, token) == "about"
    answer(line.services, token, {"about": "parcel", "why": "By page"})
    (response,) = rows(line.services, Response)
    assert line.stored(ANN) == {"score": 9, "about": {"chosen": ["parcel"]}, "why": "By page"}
    assert (response.channel, response.score, response.comment) == ("phone", 9, "By page")


def next_question(line: House, token: str) -> str:
    """What her page asks now."""
    found = visit(line.services, token)
    return found.survey.survey.next_page(found.answered)[0].id


def test_star_and_nine_ends_it_on_every_channel(line: House) -> None:
    line.hand_over(ANN, "*9#")
    (no,) = rows(line.services, Consent)

    assert (no.scope, no.given, no.source) == ("all", False, "phone")
    assert no.evidence.startswith("call CA")


def test_a_recording_is_fetched_and_deleted_at_its_provider(line: House) -> None:
    line.hand_over(ANN, "9#; 1#; speak 4")
    assert len(line.twilio.recordings) == 1
    (body,) = line.twilio.recordings.values()
    line.work()

    (row,) = rows(line.services, RecordingRow)
    assert (row.state, row.body, row.seconds, row.look_at) == ("kept", body, 4, None)
    assert line.twilio.recordings == {}
    assert "why" not in line.stored(ANN)


def test_a_recording_that_cannot_be_had_now_is_fetched_later(line: House, clock: Clock) -> None:
    line.hand_over(ANN, "9#; 1#; speak 4")
    kept, line.twilio.recordings = dict(line.twilio.recordings), {}
    sid = next(iter(kept))
    line.twilio.recordings[sid] = b"x" * (3 * 1024 * 1024)
    line.work()

    (row,) = rows(line.services, RecordingRow)
    assert (row.state, row.body) == ("lost", None)
    assert line.twilio.recordings == {}
    clock.forward(minutes=5)
    fetch(line.services, str(row.id))
    assert rows(line.services, RecordingRow)[0].tries == 1


def test_what_is_told_twice_counts_once(line: House) -> None:
    caller = line.hand_over(ANN, ALL)
    line.work()
    before = everything(line.services)
    for request in caller.requests:
        status, kind, _ = ask(request)
        assert (status, kind.partition(";")[0]) in ((200, "text/xml"), (204, "text/html"))
    line.work()

    assert everything(line.services) == before


def test_an_old_step_with_another_answer_changes_nothing(line: House) -> None:
    caller = line.hand_over(ANN, ALL)
    before = line.stored(ANN)
    url = next(request.url for request in caller.requests if "/calls/turn/" in request.url)
    document = caller.post(url, {"Digits": "2"})

    assert line.stored(ANN) == before
    assert "Goodbye." in document


@pytest.mark.parametrize("change", ["body", "signature", "other call", "no token", "wrong token"])
def test_forged_steps_are_refused(line: House, change: str) -> None:
    caller = line.hand_over(ANN, "9#; hang up")
    before = everything(line.services)
    real = caller.requests[-1]
    stranger = replace(caller, token="wrong", requests=[])
    other = replace(caller, sid="CA" + "0" * 32, requests=[])
    status = {
        "body": lambda: ask(replace(real, body=real.body + b"&Digits=3"))[0],
        "signature": lambda: ask(stranger.signed(real.url, {"Digits": "3"}))[0],
        "other call": lambda: ask(other.signed(real.url, {"Digits": "3"}))[0],
        "no token": lambda: ask(caller.signed(real.url.rpartition("/")[0] + "/x", {"Digits": "3"}))[0],
        "wrong token": lambda: ask(caller.signed(real.url[:-1] + ("A" if real.url[-1] != "A" else "B"), {}))[0],
    }[change]()

    assert status in (403, 404)
    assert everything(line.services) == before


def test_what_was_saved_before_a_crash_is_said_again_and_goes_on(line: House) -> None:
    """The answer is in, and the turn is not: the provider asks again."""
    caller = line.hand_over(ANN, "9#; hang up")
    url = caller.requests[-1].url
    with line.services.db.writing() as db:
        call = db.get_one(CallRow, rows(line.services, CallRow)[0].id)
        last = calls.last_turn(SiteScope(db, line.site.id), call.id)
        assert last
        db.delete(last)
        db.flush()
        first = calls.last_turn(SiteScope(db, line.site.id), call.id)
        assert first
        first.heard_at = first.how = first.heard = None
    document = caller.post(url, {"Digits": "9", "FinishedOnKey": "#"})

    assert "What was it about?" in document
    assert line.stored(ANN) == {"score": 9}


def test_the_call_goes_back_to_the_flow_that_handed_it_over(line: House) -> None:
    flow = "FW" + "b" * 32
    caller = line.caller(ANN, "")
    url = f"{line.url}/calls/{line.site.key}?survey=phone&flow={flow}"
    document = caller.post(url, {})
    for digits in ("9", "1"):
        action = document.partition('action="')[2].partition('"')[0]
        document = caller.post(action, {"Digits": digits})
    document = caller.post(document.partition('action="')[2].partition('"')[0], {})

    account = "AC" + "a" * 32
    assert f"https://webhooks.twilio.com/v1/Accounts/{account}/Flows/{flow}?FlowEvent=return</Redirect>" in document


def test_a_call_speaks_the_language_of_the_survey_and_of_whoever_calls(line: House) -> None:
    expect(line.services, line.site.id, Announced((), phone=ANN, survey="phone", properties={"locale": "de"}))
    caller = line.caller(ANN, "")
    document = caller.post(f"{line.url}/calls/{line.site.key}", {})

    assert 'language="de-DE"' in document
    assert "Guten Tag, hier ist Harbour" in document
    assert "neun" in document


def test_addresses_of_others_are_not_there(line: House) -> None:
    other = create_site(line.services, "Elsewhere")
    caller = line.hand_over(ANN, "9#; hang up")
    assert ask(caller.signed(f"{line.url}/calls/{other.key}", {}))[0] == 404
    assert ask(caller.signed(f"{line.url}/calls/pk_nobody", {}))[0] == 404
    assert ask(caller.signed(f"{line.url}/calls/to/{'x' * 36}", {}))[0] == 404


def test_the_desk_has_every_turn_with_its_time(line: House, clock: Clock) -> None:
    caller = line.hand_over(ANN, "100#; 9#; 1#; silence")
    turns = line.turns(caller.sid)

    assert [(t.kind, t.question_id, t.again, t.how, t.heard) for t in turns] == [
        ("ask", "score", 0, "keys", "100"),
        ("ask", "score", 1, "keys", "9"),
        ("ask", "about", 0, "keys", "1"),
        ("ask", "why", 0, "silence", ""),
        ("end", "", 0, None, None),
    ]
    assert all(turn.at == clock() for turn in turns)
    assert timedelta(0) == turns[0].at - clock()


def test_a_recording_of_nothing_is_only_deleted(line: House) -> None:
    line.hand_over(ANN, "9#; 1#; *")
    line.work()
    with line.services.db.reading() as db:
        (story,) = {row.story for row in line.asked(ANN)}
        assert not recordings.has(SiteScope(db, line.site.id), story)
    assert line.twilio.recordings == {}
