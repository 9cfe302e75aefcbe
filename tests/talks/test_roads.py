"""What may go wrong on the way between her phone and us: none of it counts twice, and none is lost or forged."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from sqlalchemy import delete

from channels.call_back import ask, call
from channels.channel import RawRequest
from channels.twilio.signature import sign
from server.core.consent import ALL
from server.flows.compose import answer_link, text_link
from server.flows.make_survey import put
from server.flows.reply import ANSWERS_WITHIN, SAID_MOST
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import Consent, Identifier, Invitation, Receipt, Response, Turn
from tests.talks.conftest import House
from tests.talks.surveys import LINK, NPS, ODD

ANN, BOB = "+447700900001", "+447700900002"
pytestmark = pytest.mark.both_databases


@pytest.fixture
def asked(house: House) -> House:
    """Ann was asked by text."""
    house.site("Harbour", NPS)
    house.ask("Harbour", ANN)
    return house


def test_told_again_it_counts_once_and_gets_the_same_answer(asked: House) -> None:
    wrote = asked.wrote(ANN, "9")
    first = ask(wrote.request)
    before = asked.told()
    assert [ask(wrote.request) for _ in range(5)] == [first] * 5
    assert wrote.said[0].text in first[2].decode()
    assert asked.told() == before == (1, 1)
    assert asked.says(ANN, "Fast") == ["Wonderful!"]
    assert ask(wrote.request) == first, "what was asked since changes nothing about it"


def test_told_ten_times_at_once_it_counts_once(asked: House) -> None:
    phones = asked.twilio.phones
    request = phones.signed(phones.url, phones.fields(ANN, "9", 0, "SM" + "7" * 32))
    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(ask, [request] * 10))
    assert len(answers) == 1
    assert (asked.told(), len(asked.turns(ANN))) == ((1, 1), 3)


def test_forged_it_counts_nothing(asked: House) -> None:
    phones = asked.twilio.phones
    fine = phones.signed(phones.url, phones.fields(ANN, "9", 0, "SM" + "1" * 32))
    changed = replace(fine, body=fine.body.replace(b"Body=9", b"Body=0"))
    elsewhere = phones.signed("https://ask.example.com/receipts/twilio_sms/inbound", phones.fields(ANN, "9", 0, "SM2"))
    unsigned = replace(fine, headers={"Content-Type": "application/x-www-form-urlencoded"})
    stolen = replace(fine, headers={**fine.headers, "X-Twilio-Signature": sign("guess", phones.url, [])})
    for forged in (changed, unsigned, stolen, replace(elsewhere, url=phones.url)):
        assert call(forged) == 403
    assert asked.told() == (0, 0)
    assert asked.stored(Receipt) == []


def test_a_text_at_the_door_of_callbacks_is_no_answer(asked: House) -> None:
    phones = asked.twilio.phones
    url = asked.url + "/receipts/twilio_sms"
    assert call(phones.signed(url, phones.fields(ANN, "9", 0, "SM" + "1" * 32))) == 204
    assert asked.told() == (0, 0)


def test_the_reason_may_overtake_the_score(asked: House) -> None:
    assert asked.says(ANN, "You were wonderfully fast") == ["Thank you, that is noted. And as a number from 0 to 10?"]
    assert asked.says(ANN, "9") == ["Wonderful!"]
    assert asked.answers(ANN) == {"score": 9, "why": "You were wonderfully fast"}


def test_what_became_of_each_text_is_known_and_moves_only_forward(asked: House) -> None:
    asked.says(ANN, "9")
    asked.twilio.script = ("delivered", "sent", "queued")
    asked.twilio.deliver_callbacks()
    assert [(turn.side, turn.state) for turn in asked.turns(ANN)] == [("us", ""), ("her", ""), ("us", "delivered")]
    [row] = asked.stored(Invitation)
    assert (row.state, row.outcome) == ("delivered", "answered")


def test_what_could_not_be_said_says_nothing_of_the_invitation(asked: House) -> None:
    asked.twilio.deliver_callbacks()
    asked.says(ANN, "9")
    asked.twilio.script = ("failed:30008",)
    asked.twilio.deliver_callbacks()
    assert (asked.turns(ANN)[-1].state, asked.turns(ANN)[-1].reason) == ("failed", "the network gave no reason (30008)")
    assert asked.stored(Invitation)[0].state == "delivered"


def test_an_answer_proves_that_the_text_arrived(asked: House) -> None:
    assert asked.stored(Invitation)[0].state == "accepted"
    asked.says(ANN, "9")
    assert asked.stored(Invitation)[0].state == "delivered"


def test_a_number_that_was_sent_nothing_gets_nothing(asked: House) -> None:
    assert asked.says(BOB, "9") == []
    assert asked.says("12345", "9") == []
    assert (asked.told(), asked.turns(BOB)) == ((0, 0), [])


def test_begun_by_text_and_gone_on_with_at_the_page(house: House) -> None:
    house.site("Harbour", {**NPS, "questions": [*NPS["questions"][:1], *ODD["questions"][1:2], NPS["questions"][1]]})
    house.ask("Harbour", ANN)
    house.says(ANN, "9")
    [row] = house.stored(Invitation)
    link = text_link(house.services, row.id)
    assert len(link.rpartition("/")[2]) == 24
    status, page = house.call(link)
    assert status == 200
    assert "How many stars?" in page
    house.call(link, urlencode({"a.stars": "4"}).encode())
    house.call(link, urlencode({"a.why": "At the page"}).encode())
    assert house.answers(ANN) == {"score": 9, "stars": 4, "why": "At the page"}
    assert house.says(ANN, "5") == ["Wonderful!"]
    assert house.answers(ANN)["stars"] == 5, "her text answers what she was asked by text"
    assert house.told() == (1, 3)


def test_the_same_answers_by_page_mail_and_text_are_the_same_response(house: House) -> None:
    house.site("Harbour", NPS)
    house.ask("Harbour", ANN)
    house.says(ANN, "nine")
    house.says(ANN, "Fast")
    house.site("Quay", LINK)
    body = house.ask("Quay", BOB)
    found = re.search(r"https?://\S+/s/([\w-]+)", body)
    assert found
    house.call(f"/s/{found[1]}", urlencode({"a.score": "9"}).encode())
    house.call(f"/s/{found[1]}", urlencode({"a.why": "Fast"}).encode())
    house.site("Mole", NPS)
    key = house.sites["Mole"][1]
    house.call("/v1/people", {"email": "cy@example.com"}, key)
    house.queue.carry_out(house.services)
    mail = next(row for row in house.stored(Invitation) if row.channel == "email")
    link = answer_link(house.services, mail.id)
    house.call(f"{link}?score=9")
    house.call(link, urlencode({"a.score": "9", "a.why": "Fast"}).encode())
    known = {(r.kind, r.score, r.comment) for r in house.stored(Response)}
    assert (known, house.told()) == ({("nps", 9, "Fast")}, (3, 6))


def test_of_two_conversations_the_latest_text_is_answered(house: House) -> None:
    house.site("Harbour", NPS)
    house.site("Quay", ODD)
    house.ask("Harbour", ANN)
    house.ask("Quay", ANN)
    assert house.says(ANN, "yes") == ["How many stars? Reply with a number from 1 to 5."]
    assert house.says(ANN, "4")[0].startswith("What matters?")
    by_site = {row.site_id: row.outcome for row in house.stored(Invitation)}
    assert list(by_site.values()) == [None, "answered"]


def test_stop_ends_it_for_everybody_who_texts_from_that_number(house: House) -> None:
    house.site("Harbour", NPS)
    house.site("Quay", NPS)
    house.ask("Harbour", ANN)
    house.ask("Quay", ANN)
    house.says(ANN, "Please do not text me any more, thank you: no more texts!")
    said = house.stored(Consent)
    assert [(line.scope, line.given, line.source) for line in said] == [(ALL, False, "text message")] * 2
    assert {line.site_id for line in said} == {site.id for site, _ in house.sites.values()}
    assert all("no more texts" in line.evidence for line in said)
    for name in house.sites:
        house.call("/v1/people", {"phone_number": ANN, "channel": "sms"}, house.sites[name][1])
    before = house.twilio.count
    house.queue.carry_out(house.services)
    assert house.twilio.count == before


def test_a_no_is_confirmed_once(asked: House) -> None:
    assert asked.says(ANN, "keine SMS mehr") == [
        "Harbour: You will get no more texts from us. Text START to get them again."
    ]
    assert asked.says(ANN, "no more texts please") == []
    assert len(asked.stored(Consent)) == 1


def test_a_no_holds_for_whoever_was_asked_also_when_the_number_is_anothers_by_now(asked: House) -> None:
    with asked.services.db.writing() as db:
        db.execute(delete(Identifier))
    asked.says(ANN, "Abmelden")
    assert [line.person_id for line in asked.stored(Consent)] == [asked.stored(Invitation)[0].person_id]


def test_nobody_can_answer_for_her_by_what_is_kept(house: House) -> None:
    house.site("Quay", LINK)
    sent = house.ask("Quay", ANN)
    back = house.wrote(ANN, "11")
    kept = [turn.words for turn in house.turns(ANN)]
    [token] = re.findall(r"/s/([\w-]{24})", sent)
    assert f"/s/{token}?ask=score" in back.said[0].text
    assert not any(token in words for words in kept)
    assert "/s/…?ask=score" in kept[-1]
    assert f"/s/{token}?ask=score" in ask(back.request)[2].decode(), "told again, it is the very link"


def test_start_gives_texts_back_and_nothing_else(asked: House) -> None:
    asked.says(ANN, "STOP")
    asked.says(ANN, "STOP")
    asked.says(ANN, "START")
    asked.says(ANN, "START")
    said = [(line.scope, line.given, line.basis) for line in asked.stored(Consent)]
    assert said == [(ALL, False, ""), ("sms", True, "consent")]


@pytest.mark.parametrize("had_stopped", [True, False])
def test_yes_gives_back_only_what_was_stopped(house: House, had_stopped: bool) -> None:
    """Twilio takes YES for a START; to a question of yes or no it is an answer."""
    house.twilio.phones.advanced = True
    house.site("Quay", ODD)
    house.ask("Quay", ANN)
    if had_stopped:
        house.says(ANN, "STOP")
    house.says(ANN, "YES")
    assert house.answers(ANN) == ({} if had_stopped else {"again": 1})
    assert [line.given for line in house.stored(Consent)] == ([False, True] if had_stopped else [])


def test_a_stop_word_that_only_twilio_knows_is_no_comment(asked: House) -> None:
    phones = asked.twilio.phones
    assert call(phones.signed(phones.url, phones.fields(ANN, "ARRET", 0, "SM1", "STOP"))) == 200
    assert (asked.answers(ANN), [line.scope for line in asked.stored(Consent)]) == ({}, [ALL])


def test_whoever_has_stopped_still_is_heard_and_told_nothing(asked: House) -> None:
    asked.says(ANN, "abmelden")
    assert asked.says(ANN, "9") == []
    assert asked.answers(ANN) == {"score": 9}


def test_after_the_survey_was_closed_her_answer_still_counts(asked: House) -> None:
    """As at the page: she was asked, and nothing that she says is thrown away."""
    site, _ = asked.sites["Harbour"]
    with asked.services.db.reading() as db:
        survey = surveys.named(SiteScope(db, site.id), None)
    assert survey
    put(asked.services, site.id, survey.id, "closed", "the team")
    assert asked.says(ANN, "9") == ["Why 9? Reply in your own words."]
    assert asked.answers(ANN) == {"score": 9}


def test_a_month_later_it_is_kept_beside_and_no_answer(asked: House) -> None:
    asked.clock.forward(seconds=ANSWERS_WITHIN.total_seconds() + 60)
    assert asked.says(ANN, "9") == []
    assert (asked.told(), asked.turns(ANN)[-1].kind) == ((0, 0), "late")
    assert asked.says(ANN, "Abmelden") != [], "a no is never too late"
    assert [line.given for line in asked.stored(Consent)] == [False]


def test_two_machines_do_not_talk_for_ever(asked: House) -> None:
    answered = [asked.says(ANN, "help") for _ in range(SAID_MOST + 10)]
    assert sum(bool(each) for each in answered) == SAID_MOST - 1
    assert len(asked.turns(ANN)) == 1 + len(answered) + SAID_MOST - 1
    asked.clock.forward(seconds=timedelta(hours=1).total_seconds())
    assert asked.says(ANN, "9") == ["Why 9? Reply in your own words."]


def test_letters_that_no_database_takes_harm_nothing(asked: House) -> None:
    asked.says(ANN, "9")
    phones = asked.twilio.phones
    fields = phones.fields(ANN, "So\x00 \ud83d fast", 0, "SM" + "3" * 32)
    body = urlencode(fields, errors="surrogatepass").encode()
    request = RawRequest(phones.url, {}, body)
    again = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="replace"))
    headers = {"X-Twilio-Signature": sign(phones.auth_token, phones.url, again.items())}
    assert call(replace(request, headers={**headers, "Content-Type": "application/x-www-form-urlencoded"})) == 200
    assert "fast" in asked.answers(ANN)["why"]


def test_an_answer_waits_for_no_gate(asked: House) -> None:
    """ANSWER needs the database and nothing else; a turn is written with it or not at all."""
    asked.says(ANN, "9")
    assert [turn.kind for turn in asked.stored(Turn)] == ["opening", "answer", "ask"]
