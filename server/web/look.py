"""How an address asks a survey page to look: `?theme=dark` or `light`, `?lang=de`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from server.core.texts import LANGUAGES

_TAG = re.compile(r"([A-Za-z]{2,3})(-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True)
class Look:
    """What was asked for; empty leaves the theme to the device and the language to the site."""

    theme: str = ""
    language: str = ""

    @property
    def query(self) -> str:
        """What an address on the page carries, so that the next page looks the same."""
        said = {"theme": self.theme, "lang": self.language}
        found = urlencode({name: value for name, value in said.items() if value})
        return f"?{found}" if found else ""


def look(said: Mapping[str, str]) -> Look:
    """The look in a query; whatever is none, and a language that we have no words in, is left out."""
    theme, language = said.get("theme", ""), _TAG.fullmatch(said.get("lang", ""))
    known = language[0] if language and language[1].lower() in LANGUAGES else ""
    return Look(theme if theme in ("dark", "light") else "", known)
