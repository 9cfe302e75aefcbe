"""A text comes in while the server dies: her answer stays, and she gets what follows from it, once."""

from __future__ import annotations

from pathlib import Path

from channels.sms.twilio_fake import TwilioFake
from server.commands.demo_house import zone_of_noon
from tests.running import eventually, running

ACCOUNT, TOKEN, ANN = "AC" + "a" * 32, "t0ken", "+447700900001"
QUESTIONS = [
    {"id": "score", "kind": "nps", "text": "Recommend us?"},
    {"id": "why", "kind": "free_response", "text": "Why?"},
]


def test_killed_between_keeping_her_answer_and_saying_so(tmp_path: Path) -> None:
    """Twilio reads no answer, and asks its fallback address: another worker says the same words."""
    with TwilioFake(ACCOUNT, TOKEN) as twilio:
        by_twilio = {
            "SMS_PROVIDER": "twilio_sms", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": twilio.phones.number, "TWILIO_URL": twilio.url, "CRASH_AT": "after_text", "WEB_WORKERS": "2",
        }  # fmt: skip
        with running(tmp_path / "data", **by_twilio) as house:
            twilio.phones.url = twilio.phones.fallback = house.url + "/receipts/twilio_sms/inbound"
            key = house.key()
            definition = {"questions": QUESTIONS, "delivery": {"sms": "conversation"}}
            house.call("/v1/surveys/nps", {"definition": definition, "publish": True}, key)
            her = {"phone_number": ANN, "channel": "sms", "timezone": zone_of_noon()}
            assert house.call("/v1/people", her, key)[0] == 201
            eventually(lambda: twilio.count, 60)

            # Each new text kills a worker here: it is told until there is another.
            said = eventually(lambda: twilio.write(ANN, "9", sid="SM" + "1" * 32).said, 60)
            assert [each.text for each in said] == ["Why? Reply in your own words."]
            assert twilio.phones.fallbacks, "nothing was killed"
            again = eventually(lambda: twilio.write(ANN, "Fast", sid="SM" + "2" * 32).said, 60)
            assert [each.text for each in again] == ["Thank you!"]
            [response] = house.responses(key)
            assert (response["score"], response["comment"]) == (9, "Fast")
            assert [message["body"] for message in twilio.messages[1:]] == [
                "Why? Reply in your own words.", "Thank you!",
            ]  # fmt: skip
