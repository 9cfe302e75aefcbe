"""On which pages, before whom and at what moment a survey is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from server.core.surveys import BadSurvey
from server.core.targeting_document import Reader

Device = Literal["phone", "tablet", "desktop"]
Visits = Literal["new", "returning"]


class BadTargeting(BadSurvey):
    """A `targeting` that is none; `complaints` lists everything that is wrong with it."""


@dataclass(frozen=True)
class Happened:
    """What has happened on a page since it was opened: names, seconds, percent."""

    events: frozenset[str] = frozenset()
    dwell: float = 0
    scroll: float = 0
    exit: bool = False
    elements: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scene:
    """Where a survey might be asked and before whom, as far as a request says. `page` is an address without query
    and fragment; `slots` has what stands in each `data-askonce-inline` of the page."""

    page: str = ""
    device: Device = "desktop"
    language: str = ""
    returning: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
    today: date = date.min
    happened: Happened = Happened()
    slots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Start:
    """What must happen first; any of it will do. Of nothing, a survey is asked at once."""

    events: tuple[str, ...] = ()
    dwell: float | None = None
    scroll: float | None = None
    exit: bool = False
    elements: tuple[str, ...] = ()

    @property
    def is_at_once(self) -> bool:
        return self == Start()

    def came(self, happened: Happened) -> bool:
        """Whether any of it has happened, or nothing need happen."""
        return self.is_at_once or (
            not happened.events.isdisjoint(self.events)
            or (self.dwell is not None and happened.dwell >= self.dwell)
            or (self.scroll is not None and happened.scroll >= self.scroll)
            or (self.exit and happened.exit)
            or not happened.elements.isdisjoint(self.elements)
        )


@dataclass(frozen=True)
class Targeting:
    """Every part that is said must fit; what is not said fits everybody. Both dates are inclusive."""

    pages: tuple[str, ...] = ()
    not_pages: tuple[str, ...] = ()
    devices: frozenset[str] = frozenset()
    visitors: Visits | None = None
    languages: frozenset[str] = frozenset()
    properties: Mapping[str, frozenset[str]] = field(default_factory=dict)
    begins: date | None = None
    ends: date | None = None
    start: Start = Start()

    def fits_page(self, page: str) -> bool:
        """Whether the survey is for this address."""
        if not self.pages and not self.not_pages:
            return True
        forms = _forms(page)
        return (not self.pages or _any_fits(self.pages, forms)) and not _any_fits(self.not_pages, forms)

    def fits_visitor(self, scene: Scene) -> bool:
        """Whether it is for her, on whatever page she is."""
        return (
            (not self.devices or scene.device in self.devices)
            and self.visitors in (None, "returning" if scene.returning else "new")
            and (not self.languages or _speaks(scene.language, self.languages))
            and all(scene.properties.get(name) in values for name, values in self.properties.items())
            and (self.begins is None or self.begins <= scene.today)
            and (self.ends is None or scene.today <= self.ends)
        )


EVERYBODY = Targeting()
"""No targeting at all: on every page, before everybody, at once."""


def targeting_from(said: Any) -> Targeting:
    """The targeting that `said` (JSON; None for none) describes; BadTargeting with every complaint otherwise.

    Shape: `{"pages"?: [pattern, …], "not_pages"?: [pattern, …], "devices"?: ["phone" | "tablet" | "desktop", …],
    "visitors"?: "new" | "returning", "languages"?: ["de", "pt-BR", …], "properties"?: {name: [value, …]},
    "from"?: "2026-11-01", "until"?: "2026-12-31", "start"?: {"events"?: [name, …], "dwell"?: seconds,
    "scroll"?: percent, "exit"?: true, "elements"?: [CSS selector, …]}}`.

    A pattern is a path (`/pricing`) or an address (`https://shop.example/pricing`), in which `*` stands for anything;
    a slash at the end makes no difference.
    """
    reader = Reader()
    targeting = _read(reader, said)
    if reader.complaints:
        raise BadTargeting(reader.complaints)
    return targeting


def _read(reader: Reader, said: Any) -> Targeting:
    said = reader.mapping("targeting", {} if said is None else said)
    reader.only(said, ("pages", "not_pages", "devices", "visitors", "languages", "properties", "from", "until",
                       "start"), "targeting")  # fmt: skip
    begins, ends = (reader.day(said.get(name), f"targeting: {name}") for name in ("from", "until"))
    if begins and ends and ends < begins:
        reader.complaints.append("targeting: until must not be before from")
    return Targeting(
        pages=reader.patterns(said.get("pages"), "targeting: pages"),
        not_pages=reader.patterns(said.get("not_pages"), "targeting: not_pages"),
        devices=frozenset(reader.among(said.get("devices"), "targeting: devices", ("phone", "tablet", "desktop"))),
        visitors=reader.one_of(said.get("visitors"), "targeting: visitors", ("new", "returning")),  # type: ignore[arg-type]
        languages=frozenset(reader.languages(said.get("languages"), "targeting: languages")),
        properties=reader.properties(said.get("properties"), "targeting: properties"),
        begins=begins,
        ends=ends,
        start=_start(reader, said.get("start")),
    )


def _start(reader: Reader, said: Any) -> Start:
    said = reader.mapping("targeting: start", {} if said is None else said)
    reader.only(said, ("events", "dwell", "scroll", "exit", "elements"), "targeting: start")
    return Start(
        events=reader.lines(said.get("events"), "targeting: start: events"),
        dwell=reader.number(said.get("dwell"), "targeting: start: dwell", 3600),
        scroll=reader.number(said.get("scroll"), "targeting: start: scroll", 100),
        exit=reader.flag(said.get("exit"), "targeting: start: exit"),
        elements=reader.lines(said.get("elements"), "targeting: start: elements"),
    )


def watch(starts: Iterable[Start]) -> dict[str, Any]:
    """What a page must look out for, that any of these may start, in the loader's words: `{"events"?, "dwell"?,
    "scroll"?, "exit"?, "elements"?}`, each list in order and without doubles."""
    found = list(starts)
    lists: dict[str, list[Any]] = {
        "events": [name for start in found for name in start.events],
        "dwell": sorted(start.dwell for start in found if start.dwell is not None),
        "scroll": sorted(start.scroll for start in found if start.scroll is not None),
        "elements": [selector for start in found for selector in start.elements],
    }
    said: dict[str, Any] = {name: list(dict.fromkeys(each)) for name, each in lists.items() if each}
    return said | ({"exit": True} if any(start.exit for start in found) else {})


_HOST = re.compile(r"https?://[^/]*")


def _forms(page: str) -> tuple[str, ...]:
    """The address and its path, each with and without a slash at the end."""
    bare = page.removesuffix("/")
    path = _HOST.sub("", bare, count=1)
    return (bare, bare + "/", path, path + "/") if path else (bare, bare + "/", "/")


def _any_fits(patterns: Iterable[str], forms: tuple[str, ...]) -> bool:
    return any(_fits(pattern, form) for pattern in patterns for form in forms)


def _fits(pattern: str, text: str) -> bool:
    """Whether `text` is `pattern`, with anything for each `*`: one look for each part, so that no pattern can hold up
    a request."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if not text.startswith(first):
        return False
    at = len(first)
    for part in middle:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - at >= len(last) and text.endswith(last)


def _speaks(language: str, wanted: frozenset[str]) -> bool:
    """`de-AT` is spoken where `de` or `de-at` is wanted (BCP 47, basic filtering of RFC 4647)."""
    said = language.lower()
    return any(said == each or said.startswith(each + "-") for each in wanted)
