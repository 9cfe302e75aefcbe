"""Mails to many people, each looked at by programs before anybody reads it; then what the server believes."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from tests.running import Running, eventually
from tests.scanners.scan import AGENTS, by_browser, by_hand, links_of

WRITTEN_WITHIN = 5.0
"""Seconds after which every web process has written down what it noted."""


@dataclass
class Outcome:
    """What was done, and what came of it."""

    done: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    unsubscribed: int = 0
    clicks: dict[str, Any] = field(default_factory=dict)

    def report(self) -> str:
        done = ", ".join(f"{n:,} {what}" for what, n in self.done.items())
        return (
            f"{done}: {self.answers} answers, {self.unsubscribed} unsubscribed; {self.clicks['like_machines']:,} of "
            f"{self.clicks['clicks']:,} clicks looked like machines ({self.clicks['signals']})"
        )


def invited(house: Running, key: str, people: int, name: str = "ann") -> list[dict[str, Any]]:
    """So many people are asked by mail; their mails."""
    addresses = [f"{name}{n}@example.com" for n in range(people)]
    for address in addresses:
        status, said = house.call("/v1/people", {"email": address}, key)
        assert status == 201, said
    return [house.mail_to(address) for address in addresses]


def scanned(house: Running, key: str, browser: Browser, people: int, pages: int) -> Outcome:
    """`people` mails, each scanned as soon as it is there; of the first few, every link in a browser too, `pages` in
    all, and of the others one."""
    outcome = Outcome()
    for n in range(people):
        [mail] = invited(house, key, 1, f"scanned{n}-")
        links = links_of(mail)
        outcome.done["mails"] += 1
        outcome.done += by_hand(links, AGENTS[n % len(AGENTS)])
        left = pages - outcome.done["pages in a browser"]
        some = links[:left] if n < 3 else links[n % len(links) :][: min(left, 1)]
        outcome.done["pages in a browser"] += by_browser(browser, some)
    outcome.answers, outcome.unsubscribed = answers(house, key), unsubscribed(house, key)
    outcome.clicks = eventually(lambda: _noted(house, key, outcome.done["mails"]), seconds=60)
    return outcome


def answers(house: Running, key: str) -> int:
    return len(house.responses(key))


def unsubscribed(house: Running, key: str) -> int:
    _, found = house.call("/v1/unsubscribes?per_page=100", key=key)
    return len(found)


def _noted(house: Running, key: str, mails: int) -> Any:
    """What is told of the clicks, once all of them are written down: every mail was asked for by HEAD, and there come
    no more."""
    clicks = _told(house, key)
    if clicks["signals"].get("head") != mails:
        return None
    time.sleep(WRITTEN_WITHIN)
    return clicks if _told(house, key) == clicks else None


def _told(house: Running, key: str) -> Any:
    _, said = house.call("/v1/coverage?survey=nps", key=key)
    return said["surveys"][0]["clicks"]
