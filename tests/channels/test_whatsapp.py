"""By WhatsApp a first message is a template's, with the question and the link in it; later ones may be any words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from twilio.base.exceptions import TwilioRestException

from channels.channel import Accepted, Outcome, Outgoing, Rejected, Unknown
from channels.sms import content
from channels.sms.render import SmsInvitation, render
from channels.sms.twilio import TwilioSms
from channels.sms.twilio_fake import TwilioFake
from server.environment import SettingsError, from_environment

ACCOUNT, TOKEN, OURS, ANN = "AC" + "a" * 32, "t0ken", "whatsapp:+15005550006", "+447700900123"
ENGLISH, OTHERS, TALK = ("HX" + digit * 32 for digit in "123")


@pytest.fixture
def twilio() -> Iterator[TwilioFake]:
    with TwilioFake(ACCOUNT, TOKEN) as fake:
        yield fake


def by(twilio: TwilioFake, sender: str = OURS, templates: str = f"en={ENGLISH},*={OTHERS}") -> TwilioSms:
    said = content.read(templates)
    return TwilioSms(ACCOUNT, TOKEN, sender, twilio.url, templates=said, talks=content.read(f"*={TALK}"))


def asked(language: str = "en", url: str = "https://ask.example/s/abc", callback: str = "") -> Outgoing:
    question = "How likely are you\nto recommend    us?"
    return render(SmsInvitation("one", ANN, "Harbour", question, url, language=language, callback=callback))


def sent(provider: TwilioSms, item: Outgoing) -> Outcome:
    [outcome] = provider.send([item])
    return outcome


def test_a_first_message_is_a_template_filled_with_question_and_link(twilio: TwilioFake) -> None:
    assert isinstance(sent(by(twilio), asked()), Accepted)

    [message] = twilio.messages
    assert (message["to"], message["from"]) == (f"whatsapp:{ANN}", OURS)
    assert message["body"] == "Harbour: How likely are you to recommend us?\nhttps://ask.example/s/abc"


@pytest.mark.parametrize(
    ("language", "sid"), [("en", ENGLISH), ("en-GB", ENGLISH), ("EN", ENGLISH), ("de", OTHERS), ("", OTHERS)]
)
def test_it_speaks_her_language(language: str, sid: str) -> None:
    said = content.fields(content.read(f"EN={ENGLISH}, *={OTHERS}"), asked(language))
    assert said["content_sid"] == sid
    assert list(json.loads(said["content_variables"])) == ["1", "2"]


def test_what_is_answered_by_replies_alone_has_a_template_without_a_link(twilio: TwilioFake) -> None:
    assert isinstance(sent(by(twilio), asked(url="")), Accepted)
    assert twilio.messages[0]["body"] == "Harbour: How likely are you to recommend us?"


def test_where_no_template_speaks_her_language_a_messaging_service_sends_words(twilio: TwilioFake) -> None:
    assert isinstance(sent(by(twilio, "MG" + "0" * 32, f"de={ENGLISH}"), asked()), Accepted)
    assert (twilio.messages[0]["to"], twilio.messages[0]["body"]) == (ANN, asked().text)


def test_without_a_template_it_is_refused_and_check_says_so_before(twilio: TwilioFake) -> None:
    provider = by(twilio, templates="")
    assert ["TWILIO_TEMPLATES" in problem.text for problem in provider.check()] == [True]
    assert by(twilio).check() == []

    assert isinstance(sent(provider, asked(callback="http://127.0.0.1:9/back")), Accepted)
    twilio.deliver_callbacks()
    assert (twilio.messages[0]["status"], twilio.messages[0]["error_code"]) == ("failed", 63016)
    [found] = [provider.find(asked())]
    assert isinstance(found, Rejected)
    assert found.scope == "account"


def test_what_was_cut_off_is_found_by_what_filled_the_template(twilio: TwilioFake) -> None:
    twilio.faults.append("reset-after")
    provider = by(twilio)
    assert isinstance(sent(provider, asked()), Unknown)
    assert isinstance(provider.find(asked()), Accepted)
    assert provider.find(asked(url="https://ask.example/s/another")) is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": ANN, "ContentSid": ENGLISH}, 21910),
        ({"ContentSid": ENGLISH, "ContentVariables": "{"}, 21656),
        ({"ContentSid": ENGLISH, "ContentVariables": '{"2": "a"}'}, 21656),
        ({"ContentSid": ENGLISH, "ContentVariables": '{"1": "a\\nb"}'}, 21656),
        ({"Body": "Hello", "ContentVariables": '{"1": "a"}'}, 21656),
    ],
)
def test_the_stand_in_refuses_what_twilio_would(twilio: TwilioFake, fields: dict[str, str], code: int) -> None:
    client, line = by(twilio)._client()
    names = {"To": "to", "Body": "body", "ContentSid": "content_sid", "ContentVariables": "content_variables"}
    said = {names[name]: value for name, value in {"To": f"whatsapp:{ANN}", **fields}.items()}
    with line.session, pytest.raises(TwilioRestException) as refused:
        client.messages.create(from_=OURS, **said)
    assert refused.value.code == code
    assert twilio.messages == []


def test_who_writes_by_whatsapp_is_known_by_her_number(twilio: TwilioFake) -> None:
    fields = twilio.phones.fields(f"whatsapp:{ANN}", "9", 0, "SM" + "0" * 32)
    [event] = by(twilio).parse(twilio.phones.signed("https://ask.example/receipts/twilio_sms/inbound", fields))
    assert (event.kind, event.sender, event.text) == ("reply", ANN, "9")


@pytest.mark.parametrize("said", ["en", "en=HX12", f"english={ENGLISH}", f"en={ENGLISH};de={OTHERS}"])
def test_templates_that_are_none_stop_the_start(said: str) -> None:
    with pytest.raises(SettingsError, match="TWILIO_TEMPLATES must be templates such as"):
        from_environment({"TWILIO_TEMPLATES": said})
