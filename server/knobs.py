"""What a setting may look like: each function reads one, and raises ValueError with what it must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def text(raw: str) -> str:
    return raw.strip()


def path(raw: str) -> Path:
    return Path(raw).expanduser().absolute()


def whole(low: int, high: int) -> Callable[[str], int]:
    def read(raw: str) -> int:
        value = int(raw) if raw.strip().isdigit() else -1
        if not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return value

    return read


def url(*schemes: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        parts = urlsplit(raw.strip())
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError("must be an address that starts with " + " or ".join(f"{s}:" for s in schemes))
        return raw.strip().rstrip("/")

    return read


def web(raw: str) -> str:
    """As browsers write an origin: without the usual port, host in lower case. A path may follow."""
    parts = urlsplit(raw.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
        raise ValueError("must be an address such as https://ask.example.com")
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port and parts.port != usual else ""
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def limit(raw: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,8} (per|/) (second|minute|hour|day)", raw.strip()):
        raise ValueError('must be a limit such as "120 per minute"')
    return raw.strip()


def one_of(*words: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if raw.strip() not in words:
            raise ValueError("must be one of " + ", ".join(words))
        return raw.strip()

    return read


def some_of(alone: str, *words: str) -> Callable[[str], str]:
    """One word, or several with commas between them; `alone` goes with no other."""

    def read(raw: str) -> str:
        said = [word.strip() for word in raw.split(",")]
        if not set(said) <= {alone, *words} or len(set(said)) < len(said) or (alone in said and len(said) > 1):
            raise ValueError(f"must be {alone}, or of {', '.join(words)} one or more, with commas between them")
        return ",".join(said)

    return read


def sender(raw: str) -> str:
    address = raw.rsplit("<", 1)[-1].rstrip("> ")
    if address.count("@") != 1 or any(c in raw for c in "\r\n"):
        raise ValueError('must be an address such as "Ask <ask@example.com>"')
    return raw.strip()


def domains(raw: str) -> str:
    found = [part.strip().lower() for part in raw.split(",") if part.strip()]
    if wrong := next((each for each in found if not re.fullmatch(r"([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}", each)), ""):
        raise ValueError(f"must be domains such as example.com, with commas between; {wrong!r} is none")
    return ",".join(found)


def plussed(raw: str) -> str:
    """An address that has others of its own, with a plus sign and 42 characters: 64 fit before the @ (RFC 5321)."""
    local, _, domain = raw.strip().partition("@")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,21}", local) or not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", domain):
        raise ValueError("must be an address such as bounces@example.com, with at most 21 characters before the @")
    return raw.strip()


def number(low: float, high: float) -> Callable[[str], float]:
    def read(raw: str) -> float:
        value = float(raw) if re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", raw) else -1
        if not low <= value <= high:
            raise ValueError(f"must be a number from {low:g} to {high:g}")
        return value

    return read


def secret(raw: str) -> str:
    if len(raw.strip()) < 32:
        raise ValueError("must have at least 32 characters; `openssl rand -hex 32` makes one")
    return raw.strip()


def rates(raw: str) -> str:
    """Money by country: two capital letters or a star, and up to four places."""
    said = raw.replace(" ", "")
    if not re.fullmatch(r"(([A-Z]{2}|\*)=\d{1,3}(\.\d{1,4})?)(,(([A-Z]{2}|\*)=\d{1,3}(\.\d{1,4})?))*", said):
        raise ValueError("must be rates such as DE=0.11,AT=0.09,*=0.2")
    if len(names := [part.partition("=")[0] for part in said.split(",")]) > len(set(names)):
        raise ValueError("must name each country once")
    return said


def currency(raw: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", raw.strip()):
        raise ValueError("must be three capital letters, such as USD or EUR")
    return raw.strip()


def knob(reason: str, read: Callable[[str], Any] = text, default: Any = "", secret: bool = False) -> Any:
    return field(default=default, metadata={"reason": reason, "read": read, "secret": secret})


def templates(raw: str) -> str:
    """Content templates of Twilio's by language."""
    one = r"(?:\*|[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)=HX[0-9a-f]{32}"
    said = raw.replace(" ", "")
    if said and not re.fullmatch(rf"{one}(?:,{one})*", said):
        raise ValueError("must be templates such as en=HX…,de=HX…,*=HX…, each HX and 32 digits from 0 to f")
    return said
