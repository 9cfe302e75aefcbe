"""What a browser says of the page it is on: read with bounds, and believed for nothing but where to ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from server.core.people import line
from server.core.targeting import Device, Happened, Scene
from server.core.targeting_document import as_text

PAGE_MAX = 2000
NAMED_MAX = 20
"""Events, elements and places of a page that are heard of in one request."""
PROPERTIES_MAX = 50
NARROW = 600
"""CSS pixels: a window narrower than that is used like a phone."""

_TABLET = re.compile(r"iPad|Tablet|PlayBook|Silk|Android(?!.*Mobile)")
_PHONE = re.compile(r"Mobi|iPhone|iPod")


def scene_from(said: Mapping[str, Any], browser_name: str, languages: str) -> Scene:
    """The scene of a request: `said` has `page`, `width` (CSS pixels), `touch` (how many fingers), `lang`,
    `properties`, `inline` and what happened (`event`, `dwell`, `scroll`, `exit`, `element`), all of it optional;
    `browser_name` is its User-Agent, `languages` its Accept-Language."""
    return Scene(
        page=_text(said.get("page"), PAGE_MAX).split("?")[0].split("#")[0],
        device=device_of(browser_name, _number(said.get("width")), _number(said.get("touch"))),
        language=_text(said.get("lang"), 40) or languages.split(",")[0].split(";")[0].strip()[:40],
        properties=properties_from(said.get("properties")),
        happened=Happened(
            frozenset(_texts(said.get("event"))),
            _number(said.get("dwell")),
            _number(said.get("scroll")),
            said.get("exit") is True,
            frozenset(_texts(said.get("element"))),
        ),
        slots=tuple(_texts(said.get("inline"))),
    )


def device_of(browser_name: str, width: float = 0, touch: float = 0) -> Device:
    """A tablet that calls itself a Macintosh is told by its touch screen, a phone that calls itself a computer, or
    the narrow window of one, by its width."""
    if _TABLET.search(browser_name) or ("Macintosh" in browser_name and touch > 1):
        return "tablet"
    return "phone" if _PHONE.search(browser_name) or 0 < width < NARROW else "desktop"


def properties_from(said: Any) -> dict[str, str]:
    """Texts, numbers and yes or no by name; anything else is left out."""
    if not isinstance(said, Mapping):
        return {}
    values = ((line(name, 60), as_text(value)) for name, value in list(said.items())[:PROPERTIES_MAX])
    return {name: line(value, 300) for name, value in values if isinstance(value, str)}


def _text(said: Any, most: int) -> str:
    return line(said, most) if isinstance(said, str) else ""


def _texts(said: Any) -> list[str]:
    some = said[:NAMED_MAX] if isinstance(said, list) else [said]
    return [line(each, 300) for each in some if isinstance(each, str)]


def _number(said: Any) -> float:
    return said if isinstance(said, int | float) and not isinstance(said, bool) and said > 0 else 0
