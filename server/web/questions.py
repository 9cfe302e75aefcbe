"""One question as it stands on a page: how it looks, what can be chosen, what is chosen already, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.core.surveys import COMMENT_MAX, OTHER, Question
from server.core.surveys.looks import Look, ends_of, look_of, points_of
from server.web import fields


@dataclass(frozen=True)
class Choice:
    """Something to choose: what is sent, what is seen, and what it is called where that is not what is seen."""

    value: str
    text: str
    called: str = ""
    chosen: bool = False
    face: int = 0
    """Which of the drawings: smileys 1 (saddest) to 5, thumbs 0 and 1."""
    place: str = ""
    """In a ranking, as she typed it."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with an answer, in words; `at` is the option or the field that it is about, "" for all of it."""

    text: str = ""
    at: str = ""


RIGHT = Wrong()


@dataclass(frozen=True)
class Part:
    """`number` counts on its page, from 1; ids in the page are made from it, for those of questions are anything."""

    question: Question
    number: int
    look: Look
    name: str
    choices: tuple[Choice, ...]
    low: str
    high: str
    hint: str
    complaint: str
    wrong_at: str
    """The option or the field that the complaint is about; "" for all of it."""
    text: str
    """What she wrote, or wrote for the option that she words herself."""
    values: Mapping[str, str]
    """By field of a contact."""
    longest: int = COMMENT_MAX

    @property
    def one_click(self) -> bool:
        """Whether one click can answer it."""
        return self.look in ("numbers", "stars", "smileys", "thumbs", "list") and not self.question.option(OTHER)

    @property
    def can_be_left_out(self) -> bool:
        return not (self.question.required or self.question.is_scored)

    @property
    def described_by(self) -> str:
        """Ids of what explains it, for screen readers."""
        ends = "e" if self.look in ("numbers", "stars", "smileys") and (self.low or self.high) else ""
        said = ("h" if self.hint else "", ends, "c" if self.complaint else "")
        return " ".join(f"{letter}{self.number}" for letter in said if letter)


def part(question: Question, number: int, t: Mapping[str, str], said: Any = None, wrong: Wrong = RIGHT) -> Part:
    """`said` is a raw answer (see `fields`) or a kept one; None for none."""
    look = look_of(question)
    parts = said if isinstance(said, Mapping) else {}
    choices = _options(question, parts, said) if question.options else _points(question, t, said)
    ends = ends_of(question)
    return Part(
        question=question,
        number=number,
        look=look,
        name=fields.name(question),
        choices=choices,
        low=ends[0],
        high=ends[1],
        hint=question.hint or _how(question, t),
        complaint=wrong.text,
        wrong_at=wrong.at,
        text=str(parts.get("other") or "") if question.options else "" if parts or said is None else str(said),
        values={name: str(parts.get(name) or "") for name in question.fields},
    )


def _points(question: Question, t: Mapping[str, str], said: Any) -> tuple[Choice, ...]:
    chosen = "" if said is None else str(said)
    return tuple(
        Choice(
            value=str(point.value),
            text=point.text,
            called=point.called if point.called != point.text else "",
            chosen=str(point.value) == chosen,
            face=point.face,
        )
        for point in points_of(question, t)
    )


def _options(question: Question, parts: Mapping[str, Any], said: Any) -> tuple[Choice, ...]:
    chosen = list(parts.get("chosen", ())) or ([said] if isinstance(said, str) else [])
    places = parts.get("places") or {id: str(n) for n, id in enumerate(chosen, 1)}
    return tuple(
        Choice(option.id, option.text, chosen=option.id in chosen, place=places.get(option.id, ""))
        for option in question.options
    )


def _how(question: Question, t: Mapping[str, str]) -> str:
    """How it is answered, where that does not show."""
    if question.kind == "ranking":
        return t["rank"]
    if question.kind != "select_many":
        return ""
    some = 1 < question.most < len(question.options)
    return t["choose_most"].format(most=question.most) if some else t["choose_many"]
