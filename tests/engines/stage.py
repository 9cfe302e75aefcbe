"""What a person sees and does on somebody's page, in the words of any engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from tests.engines.hand import Hand
from tests.engines.host import WATCH, Host
from tests.running import Running, eventually

SHOWN = """() => { const f = document.querySelector("iframe"), b = f && f.getBoundingClientRect();
  if (!f || getComputedStyle(f).visibility !== "visible" || f.getAnimations().length) return false;
  if (b.width < 200 || b.height < 100 || b.top < 0 || b.bottom > innerHeight + 1) return false;
  const places = [[.5, .5], [.05, .1], [.95, .1], [.05, .9], [.95, .9]];
  return places.every(([x, y]) => document.elementFromPoint(b.left + b.width * x, b.top + b.height * y) === f); }"""
CORNER = "() => { const b = document.querySelector('iframe').getBoundingClientRect(); return [b.left, b.top]; }"
STEP = f"""() => {{ {WATCH}
  const isSeen = document.documentElement.classList.contains("revealed");
  return isSeen && document.getElementById("survey").dataset.step; }}"""
MIDDLE = """([selector]) => { const b = document.querySelector(selector)?.getBoundingClientRect();
  return b && b.width > 0 ? [b.left + b.width / 2, b.top + b.height / 2] : null; }"""
WRITE = "([words]) => { document.querySelector('textarea').value = words; }"
AIMED = 0.15
"""Seconds that even a quick hand needs for where it sees something to click; a browser needs some to know of it."""
FRAMES = "() => document.querySelectorAll('iframe').length"


@dataclass
class Stage:
    """Where a scene is played: a browser, our server, and somebody's pages."""

    hand: Hand
    house: Running
    host: Host
    key: str

    def page(self, script: str, *said: Any) -> Any:
        """What the host's page says."""
        return self.hand.run("one", script, *said, on_top=True)

    def frame(self, script: str, *said: Any) -> Any:
        """What our page says, in its frame."""
        return self.hand.run("one", script, *said)

    def shows(self, picture: Path | None = None) -> None:
        """The survey stands on the page, whole and above everything."""
        eventually(lambda: self.page(SHOWN), 12)
        eventually(lambda: self.frame(STEP) == "question", 8)
        if picture:
            self.hand.picture("one", picture)

    def place_of(self, selector: str) -> tuple[float, float]:
        """Where something in our frame is in her window."""
        seen: list[tuple[float, float]] = []
        since = monotonic()

        def settled() -> tuple[float, float] | None:
            """A frame grows with what is in it, and its foot stays where it is: whoever aims waits until it stands."""
            nonlocal since
            if (within := self.frame(MIDDLE, selector)) and (corner := self.page(CORNER)):
                place = (corner[0] + within[0], corner[1] + within[1])
                if seen[-1:] != [place]:
                    seen.append(place)
                    since = monotonic()
            return seen[-1] if seen and monotonic() - since > AIMED else None

        return eventually(settled, 8)

    def clicks(self, selector: str) -> None:
        """The mouse on something in our frame, through whatever the page has laid above it."""
        self.hand.press("one", *self.place_of(selector))

    def scores(self) -> None:
        """Nine, and is asked why."""
        self.clicks("[name^='a.'][value='9']")
        eventually(lambda: self.frame(MIDDLE, "textarea"), 8)

    def explains(self, words: str) -> None:
        """Why; the server has both."""
        self.frame(WRITE, words)
        self.clicks(".send")
        eventually(lambda: self.frame(STEP) == "thanks", 8)
        newest = self.house.responses(self.key)[0]
        assert (newest["score"], newest["comment"]) == (9, words), newest

    def plays(self, address: str, picture: Path) -> None:
        """The whole of it, from the page to the thanks."""
        self.hand.open("one", address)
        self.shows(picture)
        self.scores()
        self.explains(picture.stem)
