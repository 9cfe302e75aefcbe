"""How a question looks where it is seen: as a row of numbers, stars, faces or thumbs, as a list, as a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from server.core.surveys.questions import Question

Look = Literal["numbers", "stars", "smileys", "thumbs", "list", "many", "ranking", "text", "contact"]

WORDY = 7
"""Points of a scale that are shown by their words, one a line; more than these are shown as numbers."""


@dataclass(frozen=True)
class Point:
    """One point of a scale: what is seen of it, what it is called, and its drawing."""

    value: int
    text: str
    called: str
    face: int = 0
    """Which of the drawings: smileys 1 (saddest) to 5, thumbs 0 and 1."""


def look_of(question: Question) -> Look:
    if question.kind in ("stars", "smileys", "thumbs"):
        return question.kind
    if question.kind == "pmf" or (question.labels and len(question.choices) <= WORDY):
        return "list"
    by_kind: dict[str, Look] = {
        "select_one": "list", "select_many": "many", "ranking": "ranking", "free_response": "text",
        "contact": "contact",
    }  # fmt: skip
    return by_kind.get(question.kind, "numbers")


def points_of(question: Question, t: Mapping[str, str]) -> tuple[Point, ...]:
    """Every point of its scale, the lowest first; `t` are our words in its language."""
    look = look_of(question)
    return tuple(_point(question, look, t, n) for n in question.choices)


def _point(question: Question, look: Look, t: Mapping[str, str], n: int) -> Point:
    label = question.labels[n - question.low] if question.labels else ""
    if look == "stars":
        stars = t["stars_label"].format(n=n, of=question.high)
        return Point(n, "", f"{stars}: {label}" if label else stars)
    if look == "smileys":
        face = n if question.high == 5 else 2 * n - 1
        return Point(n, "", label or t[f"smileys_{face}"], face)
    if look == "thumbs":
        return Point(n, label, label or t[f"thumbs_{n}"], n)
    if look == "list":
        words = label or t[f"pmf_{n}"]
        return Point(n, words, words)
    return Point(n, str(n), f"{n}: {label}" if label else str(n))


def picture_of(look: Look, face: int) -> str:
    """The address of a drawing where only pictures can be shown, as in a mail: it stays the same for ever."""
    return f"/assets/{look}-{face}.png"


def ends_of(question: Question) -> tuple[str, str]:
    """What is said of the two ends of its row, where its points do not say it themselves."""
    ends = (question.low_label, question.high_label)
    return (question.labels[0], question.labels[-1]) if not any(ends) and _is_mute(question) else ends


def _is_mute(question: Question) -> bool:
    return bool(question.labels) and look_of(question) != "list"
