"""What a survey page shows of a survey: the questions of one page, or the thanks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from server.core.surveys import BadAnswer, Question, Survey, Thanks, Value
from server.core.texts import takes, texts
from server.web.questions import RIGHT, Part, Wrong, part

LONG = 3
"""Pages from which on she is told at which she is."""


@dataclass(frozen=True)
class Asking:
    """A survey in somebody's language, and all that is known of her answers."""

    survey: Survey
    answered: Mapping[str, Value] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    seconds: int = 0
    """How long it takes; 0 to keep silent about it."""
    opened: str = ""
    """When she opened it, as the form carries it from page to page."""

    @property
    def t(self) -> Mapping[str, str]:
        return texts(self.survey.language)


@dataclass(frozen=True)
class Step:
    """What stands on the page. `kind` is `question`, `thanks`, `held`, `gone`."""

    kind: str
    heading: str = ""
    text: str = ""
    thanks: Thanks | None = None
    parts: tuple[Part, ...] = ()
    by_click: bool = False
    """One question, answered by one click."""
    is_last: bool = False
    back: str = ""
    """A question of the page before; empty where there is none."""
    progress: str = ""
    takes: str = ""
    complaint: str = ""
    """What is wrong with no question in particular."""
    opened: str = ""
    clicked: str = ""
    """The question whose answer she chose by a click before she came here, and has not confirmed."""


def next_step(asking: Asking, filled: Mapping[str, Any] | None = None, at: str = "") -> Step:
    """The page that comes next, or the one on which the question `at` stands; `filled` (raw, by id) stands in its
    fields, and is not taken before she sends it."""
    filled = filled or {}
    pages = asking.survey.paged(asking.answered, asking.properties)
    page = _page_of(pages, at) or asking.survey.next_page(asking.answered, asking.properties)
    if not page:
        return _thanks(asking)
    said = {q.id: filled.get(q.id, asking.answered.get(q.id)) for q in page}
    return _step(asking, page, said, {}, is_filled=any(each is not None for each in said.values()))


def clicked_step(asking: Asking, filled: Mapping[str, Any], clicked: str) -> Step:
    """The page to which a click on an answer to the question `clicked` leads: that answer, ready to be changed, and
    room for a comment, so that one Send does for both."""
    page = _page_of(asking.survey.paged(asking.answered, asking.properties), clicked)
    if not page:
        return next_step(asking, filled)
    comment = asking.survey.comment_beside(page[-1], asking.answered, asking.properties) if len(page) == 1 else None
    page = (*page, comment) if comment else page
    said = {q.id: filled.get(q.id, asking.answered.get(q.id)) for q in page}
    return replace(_step(asking, page, said, {}, is_filled=True), clicked=clicked)


def _page_of(pages: Sequence[tuple[Question, ...]], id: str) -> tuple[Question, ...]:
    """The page on which the question `id` stands; none where it is not asked."""
    return next((page for page in pages if any(q.id == id for q in page)), ())


def mended(asking: Asking, given: Mapping[str, Any], why: BadAnswer) -> Step:
    """The same page once more, with what she gave and what is wrong with it."""
    page = [q for q in asking.survey.questions if q.id in given]
    if not page:
        return next_step(asking)
    language = asking.survey.language
    complaints = {id: Wrong(complaint.say(language), complaint.at) for id, complaint in why.complaints.items()}
    return _step(asking, page, given, complaints, is_filled=False)


def _step(
    asking: Asking, page: Sequence[Question], said: Mapping[str, Any], complaints: Mapping[str, Wrong], is_filled: bool
) -> Step:
    put = [asking.survey.put(q, asking.answered, asking.properties, asking.name) for q in page]
    parts = tuple(part(q, n, asking.t, said.get(q.id), complaints.get(q.id, RIGHT)) for n, q in enumerate(put, 1))
    pages = asking.survey.paged(asking.answered, asking.properties)
    number, last = (next((n for n, each in enumerate(pages) if q in each), 0) for q in (page[0], page[-1]))
    is_first = number == 0 and not asking.answered
    return Step(
        "question",
        parts=parts,
        by_click=len(parts) == 1 and parts[0].one_click and not is_filled,
        is_last=last + 1 >= len(pages),
        back=pages[number - 1][0].id if number else "",
        progress=asking.t["page"].format(n=number + 1, of=len(pages)) if len(pages) >= LONG else "",
        takes=takes(asking.t, asking.seconds) if is_first and asking.seconds else "",
        complaint=complaints.get("", RIGHT).text,
        opened=asking.opened,
    )


def _thanks(asking: Asking) -> Step:
    said = asking.survey.thanks_to(asking.answered)
    return Step("thanks", asking.t["thanks"], _without(asking.t["thanks"], said.text), said, opened=asking.opened)


def _without(heading: str, text: str) -> str:
    """A text that begins with what stands above it begins with its second sentence."""
    begins = re.match(rf"{re.escape(heading)}\s*[!.]\s*", text, re.IGNORECASE)
    return text[begins.end() :] if begins else text
