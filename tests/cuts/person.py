"""Somebody with a survey: what she does, and what her page tells her."""

from __future__ import annotations

import random
import re
import time
from urllib.parse import urlsplit

from tests.cuts.judge import Told, ticket_of
from tests.cuts.page import ONLINE, Seen, kept, look, say
from tests.cuts.street import Street
from tests.engines.hand import Hand

ACTS = ("say", "say", "say", "say", "reload", "close", "second", "leave", "kill", "network")
SETTLE = 40.0
"""Seconds within which everything that was kept must be delivered, once all is well."""


class Person:
    """Somebody with one survey, at its own address or in a shop's frame, in one tab or two."""

    def __init__(self, street: Street, hand: Hand, dice: random.Random):
        self.street, self.hand, self.dice = street, hand, dice
        self.framed = dice.random() < 0.5
        survey = self._offered() if self.framed else self._linked()
        self.told = Told(ticket_of(survey))
        self.address = f"{street.shop}/?{survey}" if self.framed else survey
        self.tabs: list[str] = []
        self._names = iter(range(1000))

    def _linked(self) -> str:
        _, page = self.street.direct.call(urlsplit(self.street.site["surveys"]["nps"]).path)
        action = re.search(r'action="(/s/[^"?]+)', page)
        assert action
        return self.street.server.url + action[1]

    def _offered(self) -> str:
        said = {"site": self.street.site["key"]}
        _, made = self.street.direct.call("/w/offer", said, headers={"Origin": self.street.shop})
        return str(made["frame"])

    def act(self) -> None:
        """One thing that people and networks do."""
        if not self.tabs:
            return self._open()
        act = self.dice.choice(ACTS)
        tab = self.dice.choice(self.tabs)
        match act:
            case "say":
                self._say(tab)
            case "reload":
                self.street.events["reloaded"] += 1
                self.hand.open(tab, self.address)
            case "close":
                self.street.events["closed"] += 1
                self._close(tab)
            case "leave":
                self.street.events["left for another page"] += 1
                self.hand.open(tab, self.street.shop + "/")
                self.hand.open(tab, self.address)
            case "second" if len(self.tabs) < 2:
                self._open()
            case "kill" if self.dice.random() < 0.3:
                self.street.kill()
            case "network":
                self.hand.run(tab, ONLINE)
        return None

    def _open(self) -> None:
        tab = f"t{next(self._names)}"
        self.tabs.append(tab)
        self.hand.open(tab, self.address)

    def _close(self, tab: str) -> None:
        self.tabs.remove(tab)
        self.hand.close(tab)

    def _say(self, tab: str) -> None:
        seen = self._wait(tab)
        if seen is None:  # the network's page, or an empty frame: she tries again
            self.hand.open(tab, self.address)
            return
        if not seen.question:
            return
        value = self.dice.choice(seen.choices) if seen.choices else f"words {self.dice.randrange(10**6)}"
        if self.dice.random() < 0.15:
            self.street.kill()
        taken_up = say(self.hand, tab, seen.question, value)
        if taken_up is not None:
            self.told.word(seen.question, value, taken_up)
            self._watch(tab, seen.question)

    def _wait(self, tab: str) -> Seen | None:
        """The survey, once it can be seen."""
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            seen = look(self.hand, tab)
            if seen and seen.visible:
                return seen
            time.sleep(0.02)
        return None

    def _watch(self, tab: str, question: str) -> None:
        """For a while, until the page says what became of it."""
        until = time.monotonic() + self.dice.choice((0, 0.2, 1, 3, 6))
        while True:
            now = look(self.hand, tab)
            if now and now.question != question and now.step not in ("gone", "held"):
                self.told.saved.add(question)
                return
            if (now and now.trouble) or time.monotonic() >= until:
                return
            time.sleep(0.02)

    def settle(self) -> None:
        """All is well again, and she comes back: to the survey, or to the shop, whose page has us send what waits."""
        for tab in list(self.tabs):
            self._close(tab)
        back = self.address
        if self.framed and self.dice.random() < 0.5:
            kept_at = f"{self.street.server.url}/w/kept/{self.street.site['key']}"
            back = f"{self.street.shop}/?{kept_at}?origin={self.street.shop}"
        self.hand.open("last", back)
        began = time.monotonic()
        left = None
        while left != 0 and time.monotonic() < began + SETTLE:
            time.sleep(0.05)
            left = kept(self.hand, "last")
            if left is None and self.dice.random() < 0.05:
                self.hand.open("last", back)
            elif left and self.dice.random() < 0.1:
                self.hand.run("last", ONLINE)
        self.told.waiting = left or 0
