"""Links that nobody can make up: an id and its seal, with one key for each purpose."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac  # noqa: TID251  # this is the one room that signs
import json
import secrets
from functools import lru_cache
from typing import Any, Literal

Purpose = Literal[
    "survey", "unsubscribe", "one-click", "offer", "receipt", "hook", "identity", "desk", "page", "visitor", "preview",
    "letter", "mail", "text", "call", "agi",
]  # fmt: skip
"""What a token is good for. A token of one purpose opens nothing of another."""

ID_BYTES = 12
SEAL_BYTES = 15  # 120 bits: with the id, 36 characters, short enough for a text message

SHORT_SEAL_BYTES = 6
"""Of a link in a text message, where each letter costs: 48 bits, on top of an id that nobody can guess."""
SHORT = (ID_BYTES + SHORT_SEAL_BYTES) * 4 // 3

ADDRESS_SEAL_BYTES = 10  # 80 bits: what stands before the @ may have 64 characters (RFC 5321)
ADDRESS_SEAL = ADDRESS_SEAL_BYTES * 8 // 5


class BadLink(Exception):
    """The token was not made here, or for something else."""


def new_id() -> str:
    """A fresh id: 96 random bits as 16 characters of [A-Za-z0-9_-]."""
    return _text(secrets.token_bytes(ID_BYTES))


@lru_cache(maxsize=256)
def purpose_key(secret: str, purpose: Purpose, *about: str) -> bytes:
    """A 32-byte key for one purpose, and one thing when `about` names it.

    One HKDF-Expand step (RFC 5869) over the server's secret: keys of different purposes say nothing of each other.
    """
    label = "\x1f".join(("askonce", purpose, *about)).encode()
    return hmac.digest(secret.encode(), label + b"\x01", "sha256")


def seal(secret: str, purpose: Purpose, id: str) -> str:
    """`id` with its seal, good for `purpose` only."""
    return id + _text(_mac(secret, purpose, id)[:SEAL_BYTES])


def unseal(secret: str, purpose: Purpose, token: str) -> str:
    """The id of a token made by `seal` for the same purpose; else BadLink."""
    split = len(token) - SEAL_BYTES * 4 // 3
    id, mac = token[:split], token[split:]
    if split < 1 or not token.isascii() or not hmac.compare_digest(_text(_mac(secret, purpose, id)[:SEAL_BYTES]), mac):
        raise BadLink(purpose)
    return id


def seal_short(secret: str, id: str) -> str:
    """An id of `new_id` with a short seal, for the survey's link in a text message: 24 characters instead of 36."""
    return id + _short(secret, id)


def unseal_survey(secret: str, token: str) -> str:
    """The id of an invitation's token, the short one or the one of other messages; else BadLink."""
    if len(token) != SHORT:
        return unseal(secret, "survey", token)
    id, mac = token[: -SHORT_SEAL_BYTES * 4 // 3], token[-SHORT_SEAL_BYTES * 4 // 3 :]
    if not token.isascii() or not hmac.compare_digest(_short(secret, id), mac):
        raise BadLink("survey")
    return id


def wrap(secret: str, purpose: Purpose, content: dict[str, Any]) -> str:
    """A token that carries `content` (JSON) itself: what was offered, when nothing is stored yet."""
    body = _text(json.dumps(content, separators=(",", ":"), sort_keys=True).encode())
    return seal(secret, purpose, body + ".")


def unwrap(secret: str, purpose: Purpose, token: str) -> dict[str, Any]:
    """The content of a token made by `wrap`; else BadLink."""
    body = unseal(secret, purpose, token)
    try:
        content = json.loads(base64.urlsafe_b64decode(body[:-1] + "=" * (-len(body[:-1]) % 4)))
    except (ValueError, binascii.Error) as why:
        raise BadLink(purpose) from why
    if not isinstance(content, dict):
        raise BadLink(purpose)
    return content


def seal_address(secret: str, id: str) -> str:
    """`id` with its seal, to stand in a mail address behind the plus sign: 42 characters of [a-z2-7] for an id of
    `new_id`. Mail servers may write an address in small letters, so it has no others."""
    return _small(id.encode()) + _address_seal(secret, id)


def unseal_address(secret: str, address: str) -> str:
    """The id in an address that holds a token of `seal_address`; else BadLink."""
    token = address.rpartition("@")[0].rpartition("+")[2].lower()
    body, mac = token[:-ADDRESS_SEAL], token[-ADDRESS_SEAL:]
    try:
        id = base64.b32decode(body.upper() + "=" * (-len(body) % 8)).decode("ascii")
    except (ValueError, binascii.Error) as why:
        raise BadLink("mail") from why
    if (
        not id
        or not mac.isascii()
        or not hmac.compare_digest(_small(_mac(secret, "mail", id)[:ADDRESS_SEAL_BYTES]), mac)
    ):
        raise BadLink("mail")
    return id


def visitor_id(secret: str, *whose: str) -> str:
    """The id that the browsers of somebody signed in may keep: the same for the same person, and tells nobody who."""
    return "v_" + _text(purpose_key(secret, "visitor", *whose)[:ID_BYTES])


def fingerprint(secret: str) -> str:
    """What is stored in place of a key or a session: SHA-256 of a secret with 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hook_secret(secret: str, source: str) -> str:
    """The signing secret of a source, in Standard Webhooks form: `whsec_` and base64 of 32 bytes."""
    return "whsec_" + base64.b64encode(purpose_key(secret, "hook", source)).decode()


def hook_signature(secret: str, id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 over `id.timestamp.body` (Standard Webhooks 1.0.0)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(mac).decode()


def same(mine: str, theirs: str) -> bool:
    """Equal, in time that does not depend on where they differ."""
    return hmac.compare_digest(mine.encode(), theirs.encode())


def _mac(secret: str, purpose: Purpose, text: str) -> bytes:
    return hmac.digest(purpose_key(secret, purpose), text.encode(), "sha256")


def _short(secret: str, id: str) -> str:
    """Under a key of its own: what a short seal may tell is nothing of a long one."""
    return _text(_mac(secret, "text", id)[:SHORT_SEAL_BYTES])


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _address_seal(secret: str, id: str) -> str:
    return _small(_mac(secret, "mail", id)[:ADDRESS_SEAL_BYTES])


def _small(raw: bytes) -> str:
    return base64.b32encode(raw).rstrip(b"=").decode().lower()
