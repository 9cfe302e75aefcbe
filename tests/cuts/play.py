"""People answer while the network breaks, tabs close and the server is killed; then all is counted."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

from tests.cuts.browsers import Hand, Hands
from tests.cuts.judge import Findings, Told, judge, ticket_of
from tests.cuts.page import ONLINE, kept, look, say
from tests.cuts.weather import Proxy, Sky
from tests.running import Running, eventually, free_port, running
from tests.up.processes import children

ACTS = ("say", "say", "say", "say", "reload", "close", "second", "leave", "kill", "network")
SETTLE = 40.0
"""Seconds within which everything that was kept must be delivered, once all is well."""


@dataclass
class Outcome:
    seed: int
    findings: Findings
    told: list[Told]
    events: Counter[str]
    seconds: float

    def report(self) -> str:
        """For people, in lines."""
        words = [word for told in self.told for given in told.words.values() for word in given]
        sure = sum(sure for _, sure in words)
        named = ", ".join(f"{count} {name}" for name, count in sorted(self.events.items()))
        found = self.findings
        return "\n".join(
            [
                f"{self.events.total()} cuts in {self.seconds:.0f} s (seed {self.seed}): {named}",
                f"{len(self.told)} persons said {len(words)} words, {sure} for certain; their pages showed "
                f"{sum(len(told.saved) for told in self.told)} answers as saved",
                f"of these lost {len(found.lost)}; kept and not delivered {len(found.undelivered)};"
                f" double {len(found.double)}; not her last word {len(found.wrong)}",
                *(f"  FOUND {each}" for each in found.all[:20]),
            ]
        )


@dataclass
class Street:
    """The server behind its weather, and a shop's page on another site that frames surveys."""

    server: Running
    direct: Running
    sky: Sky
    shop: str
    site: dict[str, Any]
    events: Counter[str] = field(default_factory=Counter)

    def kill(self) -> None:
        """The web server's processes; its keeper starts them again."""
        self.events["server killed"] += 1
        for each in children(self.server.process.pid):
            if "server.cli web" in each.command or "granian" in each.command:
                with suppress(ProcessLookupError):
                    os.kill(each.pid, signal.SIGKILL)

    def is_up(self) -> bool:
        try:
            return self.direct.call("/readyz")[0] == 200
        except (URLError, OSError):
            return False

    @property
    def cuts(self) -> int:
        return self.sky.faults.total() + self.events.total()


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
        seen = look(self.hand, tab)
        if seen is None or not seen.visible:  # the network's page: she tries again
            self.hand.open(tab, self.address)
            return
        if not seen.question:
            return
        value = self.dice.choice(seen.choices) if seen.choices else f"words {self.dice.randrange(10**6)}"
        if self.dice.random() < 0.15:
            self.street.kill()
        self.told.word(seen.question, value, say(self.hand, tab, value))
        self._watch(tab, seen.question)

    def _watch(self, tab: str, question: str) -> None:
        """For a while, until the page says what became of it."""
        until = time.monotonic() + self.dice.choice((0, 0.1, 0.5, 2.5))
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
        until = time.monotonic() + SETTLE
        left = None
        while left != 0 and time.monotonic() < until:
            time.sleep(0.05)
            left = kept(self.hand, "last")
            if left is None:
                self.hand.open("last", back)
            elif left and self.dice.random() < 0.1:
                self.hand.run("last", ONLINE)
        self.told.waiting = left or 0


def play(hands: Hands, folder: Path, cuts: int, seed: int) -> Outcome:
    """People come one after the other until as many as `cuts` things have gone wrong."""
    dice, began = random.Random(seed), time.monotonic()
    everybody: list[Told] = []
    with street(folder, random.Random(seed + 1)) as town:
        while town.cuts < cuts:
            hand = hands()
            town.sky.calm()
            eventually(town.is_up)
            person = Person(town, hand, dice)
            everybody.append(person.told)
            town.sky.storm()
            for _ in range(dice.randrange(4, 13)):
                person.act()
            town.sky.calm()
            eventually(town.is_up)
            person.settle()
            hand.end()
        database = folder / "data" / "askonce.db"
        found = judge(database, everybody)
        events = town.events + town.sky.faults
    return Outcome(seed, found, everybody, events, time.monotonic() - began)


@contextmanager
def street(folder: Path, dice: random.Random) -> Iterator[Street]:
    sky, port = Sky(dice), free_port()
    with shop() as origin, running(folder / "data", PUBLIC_URL=f"http://127.0.0.1:{port}") as server:
        own = int(server.env["PORT"])
        proxy = Proxy(sky, port, own)
        server.command("site", "origin", "add", "--site", "Demo", origin)
        direct = replace(server, url=f"http://127.0.0.1:{own}")
        yield Street(server, direct, sky, origin, server.command("site", "list")[0])
        proxy.stop()


class Shop(BaseHTTPRequestHandler):
    """A page that frames the address after its question mark."""

    def do_GET(self) -> None:
        asked = self.path.partition("?")[2]
        frame = f'<iframe src="{asked}" width="400" height="400"></iframe>' if asked.startswith("http") else ""
        page = f"<!doctype html><title>Shop</title><link rel=icon href=data:,><h1>Shop</h1>{frame}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def shop() -> Iterator[str]:
    """Its origin: another site than the server's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
