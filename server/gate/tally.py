"""Asks that were held in a browser, counted in this process until they are written down together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import NamedTuple

from server.core.people import Claim

MOST = 10_000
"""Different lines kept between two writes; beyond it new ones are counted without whom they were said to, and
beyond twice as many dropped, for counts must not eat the server."""


@dataclass(frozen=True)
class HeldAsk:
    """What was held back, by which rule, from whom by her claims: none for an anonymous visitor."""

    site_id: int
    survey_id: int
    channel: str
    rule: str
    claims: tuple[Claim, ...] = ()


class Refusal(NamedTuple):
    """The "no" to every survey of a site at once, with the rule for each."""

    site_id: int
    channel: str
    surveys: tuple[int, ...]
    rules: tuple[str, ...]
    claims: tuple[Claim, ...] = ()

    def asks(self) -> Iterator[HeldAsk]:
        """One for each survey."""
        for survey_id, rule in zip(self.surveys, self.rules, strict=True):
            yield HeldAsk(self.site_id, survey_id, self.channel, rule, self.claims)


class Tally:
    """Counts by HeldAsk, safe between threads."""

    def __init__(self) -> None:
        self._counts: Counter[HeldAsk] = Counter()
        self._refusals: Counter[Refusal] = Counter()
        self._lock = Lock()

    def refuse(self, said: Refusal) -> None:
        """As `add` of each of its asks; they are told apart when the counts are taken, for a visitor waits here."""
        with self._lock:
            if said not in self._refusals and len(self._refusals) >= MOST:
                said = said._replace(claims=())
            if said in self._refusals or len(self._refusals) < 2 * MOST:
                self._refusals[said] += 1

    def add(self, held: HeldAsk) -> None:
        with self._lock:
            self._add(held, 1)

    def take(self) -> dict[HeldAsk, int]:
        """What was counted since the last time; the counts start anew."""
        with self._lock:
            refusals, self._refusals = self._refusals, Counter()
            for said, times in refusals.items():
                for held in said.asks():
                    self._add(held, times)
            taken, self._counts = dict(self._counts), Counter()
        return taken

    def put_back(self, counted: Mapping[HeldAsk, int]) -> None:
        """What was taken and could not be written down counts on, beside what came meanwhile."""
        with self._lock:
            for held, times in counted.items():
                self._add(held, times)

    def _add(self, held: HeldAsk, times: int) -> None:
        if held not in self._counts and len(self._counts) >= MOST:
            held = replace(held, claims=())
        if held in self._counts or len(self._counts) < 2 * MOST:
            self._counts[held] += times
