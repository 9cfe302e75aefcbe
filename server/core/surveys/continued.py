"""What a message says that follows another one: a reminder of the question, or the wish for words to a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.core.story import Step
from server.core.surveys.delivery import FollowUp, Reminders
from server.core.surveys.questions import Question
from server.core.surveys.survey import Survey


@dataclass(frozen=True)
class Continued:
    """Its own words, some of which its author wrote. Those may have places in them, such as `{person.name}`."""

    question: Question
    subject: str
    text: str
    """What stands before the question."""
    is_greeted: bool
    """Whether `text` stands for itself, or comes after a greeting."""
    is_open: bool
    """Whether the question is answered on its page alone, and not by one click."""


def asks(step: Step | None, asked: Survey) -> Question:
    """The question that a message asks which is this `step` of its story; None for the first one."""
    return (asked.comment or asked.first) if step and step.kind == "follow_up" else asked.first


def continued(
    step: Step | None, asked: Survey, t: Mapping[str, str], brand: str, short: bool = False
) -> Continued | None:
    """What `step` says, in the language of `asked` and of `t`; `short` for a text message. None for a message that asks
    as the first one did."""
    own: Reminders | FollowUp | None
    if step and step.kind == "reminder":
        own, name = asked.delivery.reminders, "reminder"
    elif step and step.kind == "follow_up":
        own, name = asked.delivery.follow_up, "follow_up"
    else:
        return None
    text = own.text if own else ""
    return Continued(
        question=asks(step, asked),
        subject=(own.subject if own else "") or t[f"{name}_subject"].format(brand=brand),
        text=text or t[f"{name}_{'short' if short else 'text'}"],
        is_greeted=bool(text),
        is_open=name == "follow_up",
    )
