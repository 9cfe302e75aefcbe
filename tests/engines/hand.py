"""What a person has in her hand: a few things that every engine's driver can do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

PATIENCE = 4.0
"""Seconds for a page to come."""
SCREEN = {"width": 1280, "height": 800}
"""CSS pixels of every window, as far as an engine lets itself be told."""


class Hand(Protocol):
    """One person's browser: storage of its own, tabs by name."""

    def open(self, tab: str, address: str) -> bool:
        """Loads `address` in a tab, a new one if need be; whether it came, frames and all."""

    def close(self, tab: str) -> None:
        """Closes a tab, as a person does."""

    def run(self, tab: str, script: str, *said: Any, on_top: bool = False) -> Any:
        """What the function `script` gives in the survey's document (a frame's, else the page's), or in the page
        itself `on_top`; it may be async. None where the page went away meanwhile."""

    def press(self, tab: str, x: float, y: float) -> None:
        """A click of the mouse, in CSS pixels of the window, on whatever is on top there. Raises Refused."""

    def picture(self, tab: str, path: Path) -> None:
        """What she sees, as PNG."""

    def complaints(self) -> list[str]:
        """Whatever the browser wrote on its console as a warning or an error, in any document, where it tells."""

    def end(self) -> None:
        """The browser and all it keeps."""


Hands = Callable[[], Hand]
"""Another person's browser."""


class Refused(Exception):
    """The browser could not do it: mostly, the page had gone."""


class Missing(Exception):
    """The engine is not on this machine; the message is what to type."""


Engine = Callable[[bool], AbstractContextManager[Hands]]
"""Starts an engine; True to block what third parties would keep. Raises Missing."""
