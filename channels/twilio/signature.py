"""Proves that a callback was made by Twilio."""

from __future__ import annotations

import base64
import hmac  # noqa: TID251  # Twilio's signature, not one of ours
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlsplit

FIELDS_MAX = 200


def form(body: bytes) -> list[tuple[str, str]]:
    """The form's fields, blank ones too; raises ValueError when there are absurdly many."""
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX)


def sign(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Twilio's signature: the address, then each different field by name and value, under HMAC-SHA1.

    https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def is_signed(token: str, url: str, body: bytes, signature: str) -> bool:
    """Whether `signature` was made with `token` for this address and form."""
    try:
        fields = form(body)
    except ValueError:
        return False
    found = [hmac.compare_digest(sign(token, u, fields).encode(), signature.encode()) for u in _spellings(url)]
    return bool(token) and any(found)


def _spellings(url: str) -> Iterator[str]:
    """Twilio signs some addresses without their port and some with the usual one spelled out."""
    parts = urlsplit(url)
    yield url
    if parts.port:
        yield parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl()
    else:
        usual = {"https": 443, "http": 80}.get(parts.scheme, 443)
        yield parts._replace(netloc=f"{parts.netloc}:{usual}").geturl()
