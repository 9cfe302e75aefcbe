"""A survey on the phone: which questions can be asked there, what keys and spoken words come to, and what is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from server.core import conversation
from server.core.conversation import Move, Standing
from server.core.replies import Read
from server.core.replies.tokens import NUMBERS
from server.core.surveys import SKIPPED, Question, Survey, Value
from server.core.surveys.wording import KEYS, numbered

How = Literal["keys", "speech", "recording", "silence"]

SURE = 0.5
"""How sure the provider must be of what it heard."""
LINK_KEY, STOP_KEYS = "*", "*9"
PIN_TRIES = 3


@dataclass(frozen=True)
class Heard:
    """What came over the line: keys up to the hash, words of which the listener is `sure` from 0 to 1, or a
    recording."""

    how: How
    text: str = ""
    sure: float = 1.0

    @property
    def wants(self) -> Literal["", "link", "stop"]:
        """What keys ask for that no question has."""
        starred = {LINK_KEY: "link", STOP_KEYS: "stop"} if self.how == "keys" else {}
        return starred.get(self.text, "")  # type: ignore[return-value]


@dataclass(frozen=True)
class Accent:
    """How a language is spoken and understood, in the tags of those who do it."""

    speaks: str
    listens: str


_ACCENTS: Mapping[str, Accent] = {
    "en": Accent("en-GB", "en-GB"), "de": Accent("de-DE", "de-DE"), "ar": Accent("arb", "ar-SA"),
    "es": Accent("es-ES", "es-ES"), "fr": Accent("fr-FR", "fr-FR"), "it": Accent("it-IT", "it-IT"),
    "nl": Accent("nl-NL", "nl-NL"), "pl": Accent("pl-PL", "pl-PL"), "pt": Accent("pt-BR", "pt-BR"),
}  # fmt: skip


def accent(language: str) -> Accent:
    """Of a language (BCP 47): as it is when it names its country, else as many speak it who have it."""
    known = _ACCENTS.get(language.split("-")[0].lower())
    if known is None or ("-" in language and not language.startswith("ar")):
        return Accent(language, language)
    return known


def fits(question: Question) -> bool:
    """Whether it can be asked without a page: by a key each, or by speaking freely."""
    return question.kind not in ("contact", "ranking") and len(question.options) <= KEYS


def is_spoken(question: Question) -> bool:
    """Whether it is answered after a tone."""
    return question.kind == "free_response"


def with_passed(survey: Survey, answered: Mapping[str, Value], spoken: Collection[str]) -> dict[str, Value]:
    """What was answered, and as left out in this call what was `spoken` to already, and what needs a page and need not
    be answered: that stays open there."""
    passed = {q.id for q in survey.questions if not (fits(q) or q.required or q.is_scored)} | set(spoken)
    return {**dict.fromkeys(passed, SKIPPED), **answered}


def replied(standing: Standing, heard: Heard) -> Move:
    """What happens after `heard`, by the rules of every conversation."""
    question = standing.question
    if heard.how == "silence" or question is None or not heard.text.strip():
        return conversation.nothing_heard(standing, fits)
    if heard.sure < SURE or (heard.how == "keys" and not heard.text.isdigit()):
        return conversation.heard(standing, "", fits, Read(problem="unclear"))
    # Of several options each has a key of its own.
    said = " ".join(heard.text) if heard.how == "keys" and question.options else heard.text
    return conversation.heard(standing, said, fits)


def opened(standing: Standing) -> Move:
    """How the questions of a call begin, or go on."""
    return conversation.opened(standing, fits)


def hints(question: Question, language: str) -> tuple[str, ...]:
    """Words that she is likely to say: the numbers that there are, and what they stand for."""
    known = NUMBERS.get(language.split("-")[0].lower(), NUMBERS["en"])
    wanted = {number for number, _ in numbered(question)} | set(question.choices)
    words = [word for word, number in known.items() if number in wanted]
    return tuple(dict.fromkeys([*words, *(label for _, label in numbered(question))]))
