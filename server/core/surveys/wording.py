"""A question where there is no page: as the line of a text message, and as what a voice says."""

from __future__ import annotations

from server.core.surveys.questions import Question
from server.core.texts import texts

KEYS = 9
"""Options that one key can choose."""
IN_A_TEXT = 12
"""Options that a text message lists; RANKED of those that she puts in an order."""
RANKED = 6
LETTERS = 600
"""In a text with a question: four messages of 153, and no more than that for one answer."""


def numbered(question: Question) -> tuple[tuple[int, str], ...]:
    """What a number stands for, when she answers by one: the points of the scale that have a name, or the options
    from 1."""
    if question.options:
        return tuple((n, option.text) for n, option in enumerate(question.options, 1))
    if question.labels:
        return tuple(zip(question.choices, question.labels, strict=True))
    ends = ((question.low, question.low_label), (question.high, question.high_label))
    return tuple((number, label) for number, label in ends if label)


def as_text(question: Question, language: str) -> str:
    """The question and how to answer it by a reply, for a text message."""
    return f"{question.text} {how_by_text(question, language)}"


def fits_text(question: Question, language: str) -> bool:
    """Whether a text message can ask it: the page asks what lists too much, or is too long."""
    most = RANKED if question.kind == "ranking" else IN_A_TEXT
    return len(question.options) <= most and len(as_text(question, language)) <= LETTERS


def how_by_text(question: Question, language: str) -> str:
    """How to answer it by a reply."""
    t = texts(language)
    named = ", ".join(f"{number} = {label}" for number, label in numbered(question))
    if question.kind == "ranking":
        return t["reply_order"].format(named=named)
    if question.kind == "select_many":
        return t["reply_numbers"].format(named=named)
    if question.options:
        return t["reply_number"].format(named=named)
    if question.choices:
        return t["reply_scale"].format(low=question.low, high=question.high) + (f" ({named})" if named else "")
    return t["reply_contact" if question.kind == "contact" else "reply_words"]


def as_speech(question: Question, language: str) -> str:
    """The question and how to answer it by keys, for a voice; a keypad has no more than KEYS options, and of what
    takes words it can only take a recording."""
    t = texts(language)
    if question.kind in ("free_response", "contact"):
        return f"{question.text} {t['say_words']}"
    if question.options:
        said = [t["press_for"].format(label=label, key=n) for n, label in numbered(question)[:KEYS]]
        return " ".join([question.text, *said])
    named = [t["press_is"].format(key=number, label=label) for number, label in numbered(question)]
    how = t["press_scale"].format(low=question.low, high=question.high)
    return " ".join([question.text, how, *named])
