"""Reads a mail as SendGrid's Inbound Parse hands it over: a form, with the mail whole or taken apart.

https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from channels.channel import Event, RawRequest
from channels.email import incoming

FIELD_MAX = 1_000_000
FIELDS_MAX = 100
_NAME = re.compile(rb'(?i)content-disposition:[^\n]{0,200}\bname="([^"\n]{1,100})"')


def read(request: RawRequest) -> list[Event]:
    """The one event in it; none when the form holds no mail."""
    fields = _fields(request)
    raw = fields.get("email") or _together(fields)
    event = incoming.read(raw, _recipient(fields)) if raw else None
    return [event] if event else []


def _fields(request: RawRequest) -> dict[str, bytes]:
    """Name to value. Files are left out: nobody asked for them, and they may be large."""
    boundary = re.search(r'boundary="?([^";,\s]{1,200})', request.headers.get("content-type", ""))
    if not boundary:
        return {}
    pieces = (b"\r\n" + request.body).split(b"\r\n--" + boundary[1].encode(), FIELDS_MAX)[1:]
    found: dict[str, bytes] = {}
    for piece in pieces:
        head, _, value = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name and b"filename=" not in head.lower():
            found.setdefault(name[1].decode("utf-8", "replace"), value[:FIELD_MAX])
    return found


def _together(fields: Mapping[str, bytes]) -> bytes:
    """The mail from its parts, when it does not come whole: its headers, and the text that SendGrid took out of it."""
    head = re.sub(rb"(?im)^(content-|mime-version)[^\n]*\n([ \t][^\n]*\n)*", b"", _lines(fields.get("headers", b"")))
    kind, text = ("plain", fields["text"]) if fields.get("text") else ("html", fields.get("html", b""))
    if not head.strip():
        return b""
    charset = _charset(fields, "text" if kind == "plain" else "html")
    return head.rstrip(b"\n") + f"\nContent-Type: text/{kind}; charset={charset}\n\n".encode() + _lines(text)


def _charset(fields: Mapping[str, bytes], name: str) -> str:
    said = _json(fields.get("charsets", b"")).get(name)
    return said if isinstance(said, str) and re.fullmatch(r"[A-Za-z0-9_.:-]{1,40}", said) else "utf-8"


def _recipient(fields: Mapping[str, bytes]) -> str:
    """Whom the envelope names: `to` in the headers is only what the sender wrote."""
    to = _json(fields.get("envelope", b"")).get("to")
    return " ".join(one for one in to[:5] if isinstance(one, str)) if isinstance(to, list) else ""


def _json(raw: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(raw[:10_000])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _lines(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n") + b"\n"
