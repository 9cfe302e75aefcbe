"""What a page loads, as the browser itself counts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession
from playwright.sync_api import TimeoutError as NotSeen

SETTLED = 2500
"""Milliseconds after which a page has loaded what it loads by itself."""

PATIENCE = 15_000
"""Milliseconds for an element to be seen: a loader that hears nothing for five seconds has given up by then."""

TRIES = 4
"""Visits, each by a browser that knows nothing, until one sees it: a machine that is busy elsewhere spoils some."""


@dataclass
class Load:
    """One request and its reply: bytes of the body as they came over the wire."""

    path: str
    head: int = 0
    """Bytes of the reply's own head."""
    total: int = 0
    is_cached: bool = False

    @property
    def bytes(self) -> int:
        return max(0, self.total - self.head)


@dataclass
class Weighed:
    """All that was loaded beside the host's own page."""

    loads: list[Load] = field(default_factory=list)

    @property
    def fresh(self) -> list[Load]:
        """What did not come out of the browser's own cache."""
        return [load for load in self.loads if not load.is_cached]

    @property
    def bytes(self) -> int:
        return sum(load.bytes for load in self.fresh)


def weigh(browser: Browser, origin: str, until: str = "", again: bool = False) -> tuple[Weighed, Weighed]:
    """A first visit with an empty cache, and, `again`, the next one by the same browser. `until` is an element that is
    to be seen on the first; playwright's TimeoutError if no visit sees it."""
    for left in reversed(range(TRIES)):
        context = browser.new_context()
        try:
            first = visit(context, origin, until)
            return first, visit(context, origin) if again else Weighed()
        except NotSeen:
            if not left:
                raise
        finally:
            context.close()
    raise AssertionError("unreachable")


def visit(context: BrowserContext, origin: str, until: str = "") -> Weighed:
    page, weighed = context.new_page(), Weighed()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    count(line, weighed, origin)
    page.goto(origin + "/")
    if until:
        page.wait_for_selector(until, state="visible", timeout=PATIENCE)
    page.wait_for_timeout(SETTLED)
    page.close()
    return weighed


def count(line: CDPSession, weighed: Weighed, origin: str) -> None:
    """Add to `weighed` whatever `line` says is loaded from now on, but for the page at `origin` itself."""
    found: dict[str, Load] = {}

    def begun(said: dict[str, Any]) -> None:
        address = said["request"]["url"]
        if address.startswith("http") and not address.startswith(origin):
            found[said["requestId"]] = Load(urlsplit(address).path)
            weighed.loads.append(found[said["requestId"]])

    def headed(said: dict[str, Any]) -> None:
        load, reply = found.get(said["requestId"]), said["response"]
        if load:
            load.head = int(reply["encodedDataLength"])
            load.is_cached |= bool(reply.get("fromDiskCache"))

    def finished(said: dict[str, Any]) -> None:
        load = found.get(said["requestId"])
        if load:
            load.total = int(said["encodedDataLength"])

    def cached(said: dict[str, Any]) -> None:
        load = found.get(said["requestId"])
        if load:
            load.is_cached = True

    line.on("Network.requestWillBeSent", begun)
    line.on("Network.responseReceived", headed)
    line.on("Network.loadingFinished", finished)
    line.on("Network.requestServedFromCache", cached)
