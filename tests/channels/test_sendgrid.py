"""SendGrid gets the mail untracked, and its reports are read in our words."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.channel import Accepted, Event, Outgoing, RawRequest, Rejected, Unknown
from channels.email.sendgrid import SendGrid
from channels.email.sendgrid_fake import SendGridFake

SENDER = "Ask <ask@example.com>"
HEADERS = {"List-Unsubscribe": "<https://ask.example.com/u/abc>"}
MAIL = Outgoing("inv-1", "email", "ada@example.com", "How?", "One question", "<p>How?</p>", "Ada", headers=HEADERS)
RECORDED = Path(__file__).parent / "callbacks" / "sendgrid"


@pytest.fixture
def client(sendgrid: SendGridFake) -> SendGrid:
    return SendGrid("SG.right", SENDER, sendgrid.url, timeout=30, webhook_key=sendgrid.webhook_key)


def test_the_mail_is_untracked_and_carries_our_name(sendgrid: SendGridFake, client: SendGrid) -> None:
    (outcome,) = client.send([replace(MAIL, attempt="try-1")])
    (mail,) = sendgrid.messages
    assert outcome == Accepted(mail["id"])
    (person,) = mail["personalizations"]
    assert person["to"] == [{"email": "ada@example.com", "name": "Ada"}]
    assert person["custom_args"] == {"askonce_id": "inv-1", "askonce_attempt": "try-1"}
    assert person["headers"] == {
        "Auto-Submitted": "auto-generated", "Message-ID": "<inv-1@example.com>", **HEADERS,
    }  # fmt: skip
    assert mail["from"] == {"email": "ask@example.com", "name": "Ask"}
    tracking = mail["tracking_settings"].values()
    assert not any(setting["enable"] for setting in tracking)
    assert [part["type"] for part in mail["content"]] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("status", "scope"),
    [(401, "account"), (402, "account"), (403, "account"), (404, "account"), (413, "content"), (400, "content")],
)
def test_statuses(sendgrid: SendGridFake, client: SendGrid, status: int, scope: str) -> None:
    sendgrid.faults.append((status, {}))
    (outcome,) = client.send([MAIL])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == scope


@pytest.mark.parametrize("status", [200, 408, 409, 425, 499, 500, 502, 503])
def test_statuses_that_prove_nothing(sendgrid: SendGridFake, client: SendGrid, status: int) -> None:
    sendgrid.faults.append((status, {}))
    (outcome,) = client.send([MAIL])
    assert isinstance(outcome, Unknown)


def test_a_sender_that_is_refused_is_ours_to_mend(sendgrid: SendGridFake) -> None:
    (outcome,) = SendGrid("SG.right", "ask@localhost", sendgrid.url, timeout=30).send([MAIL])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == "account"


def test_the_log_never_holds_the_key(client: SendGrid, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.send([MAIL, replace(MAIL, to="ada@localhost")])
    assert "SG.right" not in caplog.text
    assert "ada@" not in caplog.text


def test_recorded_events(client: SendGrid) -> None:
    body = (RECORDED / "events.json").read_bytes()
    events = client.parse(RawRequest("https://ask.example.com/receipts/sendgrid", {}, body))
    assert [(event.kind, event.id) for event in events] == [
        ("accepted", "inv-1"),
        ("deferred", "inv-1"),
        ("delivered", "inv-1"),
        ("bounced", "inv-2"),
        ("failed", "inv-3"),
        ("bounced", "inv-4"),
        ("optout", "inv-5"),
        ("complained", "inv-6"),
        ("optin", ""),
    ]
    assert {event.ref for event in events} == {"14c5d75ce93"}
    assert len({event.raw_id for event in events}) == 9
    assert {event.at for event in events} == {1513299569}
    assert events[3].reason.startswith("500 unknown recipient")


def test_several_events_in_one_callback(sendgrid: SendGridFake, client: SendGrid) -> None:
    made: list[dict[str, Any]] = [
        {"event": "processed", "askonce_id": "1", "sg_event_id": "a", "sg_message_id": "r.x", "timestamp": 7},
        {"event": "delivered", "askonce_id": "1", "askonce_attempt": "t", "sg_event_id": "b", "timestamp": "soon"},
    ]
    request = sendgrid.callback("https://ask.example.com/receipts/sendgrid", *made)
    client.verify(request)
    assert client.parse(request) == [
        Event("accepted", "1", "r", raw_id="a", at=7),
        Event("delivered", "1", "", raw_id="b", attempt="t"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"personalizations": []},
        {"personalizations": [{"to": []}]},
        {"personalizations": [{"to": [{"email": "a@example.com"}, {"email": "A@example.com"}]}]},
        {"personalizations": [{"to": [{"email": "a@example.com"}]}] * 1001},
        {"personalizations": [{"to": [{"email": "a@example.com"}], "custom_args": {"a": 1}}]},
        {"personalizations": [{"to": [{"email": "a@example.com"}], "headers": {"To": "b@example.com"}}]},
        {"personalizations": 7},
        {"subject": None},
        {"content": []},
        {"content": [{"type": "text/plain", "value": ""}]},
        {"from": {"email": "nobody"}},
        {"send_at": 9_999_999_999},
        {"colour": "red"},
        {"ip_pool_name": "x"},
        {"categories": ["a", "a"]},
        {"custom_args": "x"},
        {"asm": {"group_id": "x"}},
        {"asm": {"group_id": 1, "groups_to_display": list(range(26))}},
        {"attachments": [{"content": "", "filename": "a"}]},
        {"tracking_settings": {"click_tracking": {"enable": "no"}}},
        {"tracking_settings": {"click_tracking": {"enabled": False}}},
        {"personalizations": [{"to": [{"email": "a@example.com", "colour": "red"}]}]},
        {"personalizations": [{"to": [{"email": "a@example.com"}], "subject": ""}]},
        {"personalizations": [{"to": [{"email": "a@example.com"}], "reply_to": {"email": "b@example.com"}}]},
        {"personalizations": [{"to": [{"email": "a@example.com"}], "substitutions": {"-a-": "x" * 10_001}}]},
        {"personalizations": [{"to": [{"email": "a@example.com"}], "substitutions": {"-a-": 1}}]},
        {"personalizations": [{"to": [{"email": "a@example.com"}], "custom_args": {"a": "x" * 10_001}}]},
        {"personalizations": [{"to": [{"email": "a@example.com"}], "headers": {"Reply-To": "b@example.com"}}]},
    ],
)
def test_the_stand_in_is_strict(sendgrid: SendGridFake, client: SendGrid, change: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "personalizations": [{"to": [{"email": "a@example.com"}]}],
        "from": {"email": "ask@example.com"},
        "subject": "One question",
        "content": [{"type": "text/plain", "value": "How?"}],
    }
    assert client.api.send(good).status_code == 202
    with pytest.raises(Exception, match="400") as why:
        client.api.send(good | change)
    (first, *_) = json.loads(why.value.body)["errors"]  # type: ignore[attr-defined]
    assert set(first) == {"message", "field", "help"}
    assert len(sendgrid.messages) == 1
