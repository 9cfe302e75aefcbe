"""A question where there is no page: as the line of a text message, and as what a voice says."""

from __future__ import annotations

from server.core.surveys.questions import Question
from server.core.texts import texts

KEYS = 9
"""Options that one key can choose."""


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
    t = texts(language)
    named = ", ".join(f"{number} = {label}" for number, label in numbered(question))
    if question.kind == "ranking":
        how = t["reply_order"].format(named=named)
    elif question.kind == "select_many":
        how = t["reply_numbers"].format(named=named)
    elif question.options:
        how = t["reply_number"].format(named=named)
    elif question.choices:
        how = t["reply_scale"].format(low=question.low, high=question.high) + (f" ({named})" if named else "")
    else:
        how = t["reply_contact" if question.kind == "contact" else "reply_words"]
    return f"{question.text} {how}"


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
