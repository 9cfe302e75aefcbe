"""Programs that look at every link of a mail, as they are known: HEAD, GET, and a browser without a screen that runs
the scripts, tries what a script can, and waits."""

from __future__ import annotations

import re
import urllib.request
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any

from playwright.sync_api import Browser, Page

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36",
    "BarracudaCentral/1.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "",
)
WAITS = 10_000
"""Milliseconds of the page's own time."""
TRIES = """async () => {
    const all = [window, document, document.body, ...document.querySelectorAll("*")];
    for (const target of all) {
        for (const type of ["pointerdown", "pointerup", "mousedown", "mouseup", "touchstart", "touchend", "keydown"])
            target.dispatchEvent(new Event(type, {bubbles: true}));
        target.dispatchEvent(new PointerEvent("pointerdown", {bubbles: true}));
        target.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
    }
    scrollTo(0, document.documentElement.scrollHeight);
    for (const radio of document.querySelectorAll("[type=radio]")) radio.click();
    document.querySelector("textarea, input, button")?.focus();
}"""
"""What a script does in a page to look like a person. It presses no button that sends: whoever lets a program do that
in a real browser cannot be told from a person, by nobody."""


def links_of(mail: dict[str, Any]) -> list[str]:
    """Every address in a mail: of its HTML, its text and its headers."""
    found = [unescape(link) for link in re.findall(r'(?:href|src)="(https?://[^"]+)"', mail["html"])]
    found += re.findall(r"https?://[^\s<>\"]+", mail["text"])
    found += re.findall(r"<(https?://[^>]+)>", mail["headers"].get("List-Unsubscribe", ""))
    return list(dict.fromkeys(found))


def by_hand(links: list[str], agent: str) -> Counter[str]:
    """HEAD and GET of each, redirects followed; how many there were of each kind."""
    done: Counter[str] = Counter()
    for link in links:
        for method in ("HEAD", "GET", "GET"):
            asked = urllib.request.Request(link, method=method, headers={"User-Agent": agent})
            with urllib.request.urlopen(asked, timeout=30) as reply:
                assert reply.status == 200
                assert (len(reply.read()) == 0) == (method == "HEAD")
            done[method] += 1
    return done


def by_browser(browser: Browser, links: list[str]) -> int:
    """Each opened in a page that runs its scripts, is tried, waited in and left; how many there were."""
    context = browser.new_context()
    for link in links:
        page = context.new_page()
        page.goto(link, wait_until="load")
        page.evaluate(TRIES)
        _wait(page)
        page.goto("about:blank")  # what a page says when it goes is said
        page.close()
    context.close()
    return len(links)


def _wait(page: Page) -> None:
    """WAITS of the page's time, as fast as it goes."""
    line = page.context.new_cdp_session(page)
    over: list[Any] = []
    line.on("Emulation.virtualTimeBudgetExpired", lambda event: over.append(event))
    line.send("Emulation.setVirtualTimePolicy", {"policy": "pauseIfNetworkFetchesPending", "budget": WAITS})
    for _ in _until(over):
        page.wait_for_timeout(1)
    line.send("Emulation.setVirtualTimePolicy", {"policy": "advance"})
    line.detach()


def _until(over: list[Any], most: int = 5000) -> Iterator[int]:
    for n in range(most):
        if over:
            return
        yield n
    raise AssertionError("the page's time stood still")
