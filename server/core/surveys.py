"""A survey: its questions in order, on their scales, in words; and what counts as an answer to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

QuestionKind = Literal["nps", "csat", "ces", "free_response"]

SCALES: dict[str, tuple[tuple[int, int], ...]] = {
    "nps": ((0, 10),),
    "csat": ((1, 5), (1, 3), (1, 7), (1, 10)),
    "ces": ((1, 7), (1, 5)),
}
"""The scales that each kind of question is known by; the first is its default."""

COMMENT_MAX = 5000
"""Characters kept of a comment; a page of text, and a bound on what strangers may store."""

ID_MAX = 60
"""Characters in a question's id: what its column holds."""


class BadSurvey(ValueError):
    """A definition that is no survey; `complaints` lists everything that is wrong with it."""

    def __init__(self, complaints: Sequence[str]):
        super().__init__("; ".join(complaints))
        self.complaints = tuple(complaints)


class BadAnswer(ValueError):
    """Not an answer to this question; the message can be shown to the person."""


@dataclass(frozen=True)
class Question:
    """One question. `low` and `high` bound the scale; both are 0 for a free response."""

    id: str
    kind: QuestionKind
    text: str
    low: int = 0
    high: int = 0
    low_label: str = ""
    high_label: str = ""
    required: bool = False

    @property
    def is_scored(self) -> bool:
        return self.kind in SCALES

    @property
    def choices(self) -> range:
        return range(self.low, self.high + 1) if self.is_scored else range(0)

    def read(self, raw: Any) -> int | str:
        """`raw` as an answer: a whole number on the scale, or text. Raises BadAnswer."""
        return self._read_score(raw) if self.is_scored else self._read_text(raw)

    def _read_score(self, raw: Any) -> int:
        text = str(raw).strip()
        if isinstance(raw, bool) or not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise BadAnswer(f"Please choose a number from {self.low} to {self.high}.")
        if int(text) not in self.choices:
            raise BadAnswer(f"Please choose a number from {self.low} to {self.high}.")
        return int(text)

    def _read_text(self, raw: Any) -> str:
        # Half a character (a lone surrogate, from a cut emoji) and NUL are in JSON but in no database.
        text = str(raw).encode(errors="ignore").decode().replace("\r\n", "\n").replace("\x00", "").strip()
        if len(text) > COMMENT_MAX:
            raise BadAnswer(f"Please keep it under {COMMENT_MAX} characters; this has {len(text)}.")
        if self.required and not text:
            raise BadAnswer("Please write something, or close this.")
        return text


@dataclass(frozen=True)
class Survey:
    """One version of a survey, as people see it."""

    name: str
    questions: tuple[Question, ...]
    thanks: str

    @property
    def scored(self) -> Question:
        """The question whose answer is the score."""
        return next(q for q in self.questions if q.is_scored)

    def question(self, id: str) -> Question | None:
        return next((q for q in self.questions if q.id == id), None)

    def after(self, answered: Mapping[str, Any]) -> Question | None:
        """The first question without an answer, None when all is said."""
        return next((q for q in self.questions if q.id not in answered), None)

    @property
    def seconds(self) -> int:
        """About how long it takes: 5 s to choose a number, 20 s to write a line."""
        return sum(5 if q.is_scored else 20 for q in self.questions)


def survey_from(definition: Mapping[str, Any]) -> Survey:
    """The survey that `definition` (JSON) describes; BadSurvey with every complaint otherwise.

    Shape: `{"name", "thanks"?, "questions": [{"id", "kind", "text", "scale"?, "low"?, "high"?, "required"?}]}`,
    with `scale` as `[first, last]` and `low` and `high` the words at its ends.
    """
    complaints: list[str] = []
    raw_questions = definition.get("questions") or []
    if not isinstance(raw_questions, list | tuple):
        complaints.append("questions must be a list")
        raw_questions = []
    questions = [_question(raw, n, complaints) for n, raw in enumerate(raw_questions, 1)]
    ids = [q.id for q in questions]
    if not any(q.is_scored for q in questions):
        complaints.append("a survey needs one question of kind nps, csat or ces")
    if len(set(ids)) != len(ids):
        complaints.append("two questions have the same id")
    if len(questions) > 100:
        complaints.append("a survey has at most 100 questions")
    if complaints:
        raise BadSurvey(complaints)
    name = str(definition.get("name") or "Survey")
    return Survey(name, tuple(questions), str(definition.get("thanks") or "Thank you!"))


def _question(raw: Any, number: int, complaints: list[str]) -> Question:
    raw = raw if isinstance(raw, Mapping) else {}
    kind = raw.get("kind")
    low, high = 0, 0
    if isinstance(kind, str) and kind in SCALES:
        low, high = _scale(kind, raw.get("scale") or SCALES[kind][0], number, complaints)
    elif kind != "free_response":
        complaints.append(f"question {number}: kind must be nps, csat, ces or free_response, not {kind!r}")
    if not raw.get("text"):
        complaints.append(f"question {number}: text is missing")
    id = str(raw.get("id") or f"q{number}")
    if len(id) > ID_MAX or not id.isprintable():
        complaints.append(f"question {number}: id must have at most {ID_MAX} printable characters")
    return Question(
        id=id,
        kind=kind if high else "free_response",
        text=str(raw.get("text") or ""),
        low=low,
        high=high,
        low_label=str(raw.get("low") or ""),
        high_label=str(raw.get("high") or ""),
        required=bool(raw.get("required")),
    )


def _scale(kind: str, said: Any, number: int, complaints: list[str]) -> tuple[int, int]:
    scale = tuple(said) if isinstance(said, list | tuple) else said
    for low, high in SCALES[kind]:
        if scale == (low, high):
            return low, high
    known = ", ".join(f"{a}-{b}" for a, b in SCALES[kind])
    shown = "-".join(str(end) for end in scale) if isinstance(scale, tuple) else scale
    complaints.append(f"question {number}: {kind} is asked on {known}, not {shown}")
    return SCALES[kind][0]


def template(kind: QuestionKind, brand: str) -> dict[str, Any]:
    """The definition of a ready survey of `kind` about `brand`: one score, one comment."""
    text, low, high = {
        "nps": (f"How likely are you to recommend {brand} to a friend?", "Not at all likely", "Extremely likely"),
        "csat": (f"How satisfied were you with {brand}?", "Very unsatisfied", "Very satisfied"),
        "ces": (f"{brand} made it easy for me to get this done.", "Strongly disagree", "Strongly agree"),
    }[kind]
    return {
        "name": kind.upper(),
        "thanks": "Thank you! Every answer is read by a person.",
        "questions": [
            {"id": "score", "kind": kind, "text": text, "low": low, "high": high, "required": True},
            {"id": "comment", "kind": "free_response", "text": "What is the main reason for your score?"},
        ],
    }
