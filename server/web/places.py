"""Where the pages are: the same in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path

HOUSE = Path(__file__).parents[2]
TEMPLATES = (HOUSE / "server" / "web" / "templates", HOUSE / "widget" / "templates")
