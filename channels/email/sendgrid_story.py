"""What becomes of a mail at the stand-in for SendGrid: one mail for each person, and the events that tell of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DELIVERED = ("processed", "delivered")

# By the first word of an address: whoever tries things out writes to bounce@example.com.
TOLD_BY: Mapping[str, Sequence[str]] = {
    "bounce": ("processed", "bounce"),
    "blocked": ("processed", "bounce:blocked"),
    "deferred": ("processed", "deferred", "delivered"),
    "complaint": ("processed", "delivered", "spamreport"),
    "unsubscribe": ("processed", "delivered", "unsubscribe"),
    "invalid": ("dropped:Invalid",),
}
ENDS: Mapping[str, str] = {
    "bounce": "Bounced Address",
    "spamreport": "Spam Reporting Address",
    "unsubscribe": "Unsubscribed Address",
}
"""After these SendGrid drops the next mail to that address, with this reason."""

_DETAILS: Mapping[str, Mapping[str, str]] = {
    "deferred": {"response": "450 4.2.1 try again later", "attempt": "1"},
    "delivered": {"response": "250 OK"},
    "bounce": {"reason": "550 5.1.1 The email account does not exist", "status": "5.1.1", "type": "bounce"},
    "bounce:blocked": {"reason": "554 5.7.1 blocked by policy", "status": "5.7.1", "type": "blocked"},
    "bounce:full": {"reason": "552 5.2.2 mailbox full", "status": "5.2.2", "type": "bounce"},
}


def apart(mail: Mapping[str, Any], ref: str) -> Iterator[dict[str, Any]]:
    """One mail for each personalization, each with the request's name."""
    for n, person in enumerate(mail["personalizations"]):
        yield {"id": ref, "number": n, **mail, "personalizations": [person]}


def filled(mail: Mapping[str, Any]) -> dict[str, Any]:
    """The mail as its reader gets it: marks are filled in subject, Reply-To and both texts."""
    (person,) = mail["personalizations"]
    marks: Mapping[str, str] = person.get("substitutions", {})

    def fill(text: str) -> str:
        for mark, value in marks.items():
            text = text.replace(mark, value)
        return text

    made = dict(mail)
    made["subject"] = fill(person.get("subject") or mail.get("subject", ""))
    made["content"] = [{**part, "value": fill(part["value"])} for part in mail.get("content", [])]
    if "reply_to" in mail:
        made["reply_to"] = {**mail["reply_to"], "email": fill(mail["reply_to"]["email"])}
    return made


def address(mail: Mapping[str, Any]) -> str:
    """Whom the mail is to."""
    return str(mail["personalizations"][0]["to"][0]["email"])


def told_by(to: str) -> Sequence[str]:
    """The story of an address that names one; empty for all others."""
    return TOLD_BY.get(to.partition("@")[0].partition("+")[0].lower(), ())


def events(mail: Mapping[str, Any], words: Sequence[str]) -> list[dict[str, Any]]:
    """The events of one mail, as SendGrid words them."""
    (person,) = mail["personalizations"]
    about = {
        "email": address(mail),
        "sg_message_id": f"{mail['id']}.recvd-0-{mail['number']}",
        **mail.get("custom_args", {}),
        **person.get("custom_args", {}),
    }
    return [{**about, **_details(word), **_now()} for word in words]


def _details(word: str) -> dict[str, str]:
    name, _, reason = word.partition(":")
    if word in _DETAILS:
        return {"event": name, **_DETAILS[word]}
    return {"event": name, **({"reason": reason} if reason else {})}


def _now() -> dict[str, Any]:
    return {"sg_event_id": secrets.token_urlsafe(16), "timestamp": int(time.time())}
