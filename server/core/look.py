"""How a survey stands on somebody's page: its shape, its place, light or dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.core.surveys import BadSurvey
from server.core.targeting_document import Reader

CORNERS = ("bottom-end", "bottom-start", "top-end", "top-start", "bottom-right", "bottom-left", "top-right", "top-left")
POSITIONS: dict[str, tuple[str, ...]] = {
    "card": CORNERS,
    "bar": ("bottom", "top"),
    "modal": ("center",),
    "inline": ("here",),
    "tab": ("end", "start", "right", "left"),
}
"""Where each shape may stand; the first is its default. `start` and `end` turn round where text runs from the right."""

THEMES = ("auto", "light", "dark", "page")
"""`auto` as the visitor's system has it, `page` as the page around it says by `color-scheme`."""

LABEL_MAX = 40
TAB = "Feedback"
"""The word on a feedback tab, where its author chose none."""


class BadLook(BadSurvey):
    """A `look` that is none; `complaints` lists everything that is wrong with it."""


@dataclass(frozen=True)
class Look:
    """`label` is the word on a feedback tab."""

    shape: str = "card"
    position: str = CORNERS[0]
    theme: str = "auto"
    label: str = ""

    @property
    def scheme(self) -> str:
        """`light` or `dark` where it is always that; else empty."""
        return self.theme if self.theme in ("light", "dark") else ""

    @property
    def edge(self) -> str:
        """`top` or `bottom`: where it is hung from."""
        return self.position.split("-")[0] if self.shape in ("card", "bar") else "bottom"

    @property
    def side(self) -> str:
        """`start`, `end`, `left` or `right`; empty in the middle."""
        return self.position.split("-")[-1] if self.shape in ("card", "tab") else ""

    def as_json(self) -> dict[str, str]:
        """`{"shape", "position", "theme"}`, as the loader hears it."""
        return {"shape": self.shape, "position": self.position, "theme": self.theme}


def look_from(said: Any) -> Look:
    """The look that `said` (JSON; None for the usual one) describes; BadLook with every complaint otherwise.

    Shape: `{"shape"?: "card" | "bar" | "modal" | "inline" | "tab", "position"?: see POSITIONS,
    "theme"?: "auto" | "light" | "dark" | "page", "label"?: "Feedback"}`.
    """
    reader = Reader()
    said = reader.mapping("look", {} if said is None else said)
    reader.only(said, ("shape", "position", "theme", "label"), "look")
    shape = reader.one_of(said.get("shape"), "look: shape", POSITIONS) or "card"
    known = POSITIONS[shape]
    look = Look(
        shape,
        reader.one_of(said.get("position"), f"look: position of a {shape}", known) or known[0],
        reader.one_of(said.get("theme"), "look: theme", THEMES) or "auto",
        _label(reader, said.get("label")),
    )
    if reader.complaints:
        raise BadLook(reader.complaints)
    return look


def _label(reader: Reader, said: Any) -> str:
    if said is None:
        return ""
    if not isinstance(said, str) or not said.strip() or len(said) > LABEL_MAX or not said.isprintable():
        reader.complaints.append(f"look: label must be a text of 1 to {LABEL_MAX} characters")
        return ""
    return said.strip()
