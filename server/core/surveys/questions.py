"""One question: what kind it is, what it says, and what may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from server.core.surveys.conditions import ALWAYS, When

QuestionKind = Literal[
    "nps", "enps", "csat", "ces", "stars", "smileys", "thumbs", "pmf",
    "scale", "select_one", "select_many", "ranking", "free_response", "contact",
]  # fmt: skip
KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)

SCALES: dict[str, tuple[tuple[int, int], ...]] = {
    "nps": ((0, 10),),
    "enps": ((0, 10),),
    "csat": ((1, 5), (1, 3), (1, 7), (1, 10)),
    "ces": ((1, 7), (1, 5)),
    "stars": ((1, 5), (1, 10)),
    "smileys": ((1, 5), (1, 3)),
    "thumbs": ((0, 1),),
    "pmf": ((1, 3),),
    "scale": tuple((low, high) for low in (1, 0) for high in range(10, 1, -1)),
}
"""The scales that each kind of question is known by; the first is its default. Up is better: 1 on `thumbs` is up, 3 on
`pmf` very disappointed (product-market fit, S. Ellis 2009)."""

SCORED = frozenset(SCALES) - {"scale"}
"""Kinds whose answer is a survey's score."""

WITH_OPTIONS = frozenset({"select_one", "select_many", "ranking"})
OTHER = "other"
"""The id of the option that the person words herself."""

FIELDS = ("name", "email")
"""What `contact` asks for."""

TAKES: dict[QuestionKind, int] = {
    "stars": 4, "smileys": 4, "thumbs": 3, "pmf": 6, "select_one": 7, "select_many": 10, "ranking": 20,
    "free_response": 20, "contact": 15,
}  # fmt: skip
"""Seconds; every other kind takes 5."""


class BadSurvey(ValueError):
    """A definition that is no survey; `complaints` lists everything that is wrong with it."""

    def __init__(self, complaints: Sequence[str]):
        super().__init__("; ".join(complaints))
        self.complaints = tuple(complaints)


@dataclass(frozen=True)
class Option:
    """Something to choose. The id is what is stored, so that texts may change and be translated."""

    id: str
    text: str


@dataclass(frozen=True)
class Question:
    """One question in one language. `low` and `high` bound its scale; both are 0 where there is none."""

    id: str
    kind: QuestionKind
    text: str
    hint: str = ""
    low: int = 0
    high: int = 0
    low_label: str = ""
    high_label: str = ""
    labels: tuple[str, ...] = ()
    """A word for each point of the scale, when there are any."""
    options: tuple[Option, ...] = ()
    """In order; the last is OTHER when the person may word her own."""
    most: int = 0
    """How many may be chosen of `select_many`; 0 for all."""
    fields: tuple[str, ...] = ()
    required: bool = False
    when: When = field(default=ALWAYS)
    """Of whom it is asked."""
    with_previous: bool = False
    """Stands on one page with the question before it."""

    @property
    def is_scored(self) -> bool:
        return self.kind in SCORED

    @property
    def is_drawn(self) -> bool:
        """Whether the points of its scale are seen as pictures or words, and the person knows of no numbers."""
        return self.kind in ("stars", "smileys", "thumbs", "pmf") or bool(self.labels)

    @property
    def choices(self) -> range:
        """The points of its scale."""
        return range(self.low, self.high + 1) if self.kind in SCALES else range(0)

    @property
    def takes(self) -> int:
        """About how many seconds it takes."""
        return TAKES.get(self.kind, 5)

    def option(self, id: str) -> Option | None:
        return next((option for option in self.options if option.id == id), None)

    def said(self, value: object) -> str:
        """`value`, read by this question, in the words that the person saw."""
        if isinstance(value, int):
            return self.labels[value - self.low] if self.labels else str(value)
        if not isinstance(value, dict):
            return str(value)
        if self.kind == "contact":
            return ", ".join(value[name] for name in FIELDS if value.get(name))
        chosen = [option for id in value["chosen"] if (option := self.option(id))]
        return ", ".join(value.get("other", o.text) if o.id == OTHER else o.text for o in chosen)
