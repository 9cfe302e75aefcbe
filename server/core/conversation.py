"""A survey asked one question at a time, where there is no page: what she says to one, and what is said to her then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from server.core.replies import Read, Wish, read_reply, wish_in
from server.core.replies.tokens import tokens, words
from server.core.surveys import OTHER, SKIPPED, BadAnswer, Complaint, Question, Survey, Thanks, Value, read

AGAIN = 1
"""How often a question is asked once more."""

POLITE = words("thanks thank you many very much danke vielen dank schön ok okay please bitte gern gerne شكرا")
"""Words that say nothing of a reason."""

Kind = Literal["ask", "again", "page", "thanks", "wish", "silence"]


@dataclass(frozen=True)
class Standing:
    """Where a conversation stands: a survey in her language, and what is known by now."""

    survey: Survey
    answered: Mapping[str, Value] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    asked: str = ""
    """The id of the question that she was asked last; "" for the one that comes next."""
    again: int = 0
    """How often it was asked once more by now."""

    @property
    def question(self) -> Question | None:
        """To which what she says is an answer; None when all is said."""
        return self.survey.question(self.asked) or self.next

    @property
    def next(self) -> Question | None:
        """The first question without an answer."""
        return next(iter(self.survey.next_page(self.answered, self.properties)), None)

    def with_answers(self, given: Mapping[str, Any]) -> Standing:
        """After `given` (raw values, each good for its question)."""
        values = {id: read(question, raw) for id, raw in given.items() if (question := self.survey.question(id))}
        return replace(self, answered={**self.answered, **values}, asked="", again=0)

    def put(self, question: Question) -> Question:
        """In the words in which she is asked it."""
        return self.survey.put(question, self.answered, self.properties, self.name)


@dataclass(frozen=True)
class Move:
    """What happens now.

    `ask`: `question` comes next. `again`: the same once more, because of `complaint`. `page`: the rest, from `question`
    on, is for its page, so she gets the link. `thanks`: all is said. `wish`: she wants what `wish` says, and no
    question follows. `silence`: there is nothing more to say.
    """

    kind: Kind
    given: Mapping[str, Any] = field(default_factory=dict)
    """Raw answers by question id, for `server.flows.answer`; each of them is one (`surveys.read`)."""
    question: Question | None = None
    """In the words in which she is asked it."""
    complaint: Complaint | None = None
    thanks: Thanks | None = None
    wish: Wish = ""


Fits = Callable[[Question], bool]
"""Whether a question can be asked here."""


def opened(standing: Standing, fits: Fits) -> Move:
    """How a conversation begins, or goes on when somebody comes back to it."""
    return _go_on(standing, {}, fits)


def heard(standing: Standing, said: str, fits: Fits, understood: Read | None = None) -> Move:
    """What she `said`: her words, or the keys that she pressed. `understood`: what it comes to, where the caller knows
    better than `read_reply`, such as a voice that was not understood."""
    question, wish = standing.question, wish_in(said)
    if wish:
        return Move("wish", _words_with_a_wish(question, said), wish=wish)
    if question is None:
        return Move("silence")
    if not fits(question) and question.kind != "free_response":
        return _go_on(standing, _kept(standing, question, said), fits)
    found = understood or read_reply(question, said, standing.survey.language)
    if found.problem == "words" and (other := _other(question, said)) is not None:
        found = Read(other)
    complaint = _complaint(question, found)
    kept = _kept(standing, question, _beside(found))
    if complaint is None:
        return _go_on(standing, {**kept, question.id: found.raw}, fits)
    if standing.again < AGAIN:
        return Move("again", kept, standing.put(question), complaint)
    return _give_up(standing, question, kept, fits)


def nothing_heard(standing: Standing, fits: Fits) -> Move:
    """She kept silent where an answer was waited for."""
    question = standing.question
    if question is None or not fits(question):
        return Move("silence")
    return heard(standing, "", fits, Read(problem="unclear") if question.choices or question.options else Read(""))


def _give_up(standing: Standing, question: Question, kept: Mapping[str, Any], fits: Fits) -> Move:
    """A question is asked no third time. What need not be answered is left out; without a score there is no point in
    going on here, and the page is hers."""
    if not question.is_scored and not question.required:
        return _go_on(standing, {**kept, question.id: SKIPPED}, fits)
    after = standing.with_answers(kept)
    return Move("page", kept, after.put(question))


def _go_on(standing: Standing, given: Mapping[str, Any], fits: Fits) -> Move:
    after = standing.with_answers(given)
    question = after.next
    if question is None:
        return Move("thanks", given, thanks=after.survey.thanks_to(after.answered))
    return Move("ask" if fits(question) else "page", given, after.put(question))


def _complaint(question: Question, found: Read) -> Complaint | None:
    """What is wrong with it as an answer; None for what is one."""
    if found.problem == "words" and question.choices:
        return Complaint("reply_as_number" if found.comment else "choose_number", _ends(question))
    if found.problem:
        return Complaint("choose_number" if question.choices else "choose_option", _ends(question))
    try:
        read(question, found.raw)
    except BadAnswer as why:
        return why.complaints[question.id]
    return None


def _ends(question: Question) -> dict[str, Any]:
    return {"low": question.low, "high": question.high}


def _other(question: Question, said: str) -> dict[str, Any] | None:
    """Words that name none of the options are her own one, where there may be such."""
    if not question.options or question.options[-1].id != OTHER:
        return None
    return {"chosen": [OTHER], "other": " ".join(said.split())}


def _kept(standing: Standing, question: Question, words: str) -> dict[str, Any]:
    """Words beside an answer, or in its place, are her comment; more of them come after what she said before."""
    comment = standing.survey.comment
    if not words or comment is None or comment.id == question.id:
        return {}
    before = standing.answered.get(comment.id)
    whole = f"{before}\n{words}" if before and before != words else words
    try:
        read(comment, whole)
    except BadAnswer:  # more than a comment holds
        return {}
    return {comment.id: whole}


def _beside(found: Read) -> str:
    """Her words beside a number, unless they only thank: whoever says "9 please" has not said why."""
    spoken = [token.text for token in tokens(found.comment, "en") if token.is_word]
    return "" if found.raw is not None and set(spoken) <= POLITE else found.comment


def _words_with_a_wish(question: Question | None, said: str) -> dict[str, Any]:
    """A sentence in answer to a question in free words is that answer, too, whatever she wishes besides."""
    is_story = question is not None and question.kind == "free_response" and len(said.split()) > 1
    return {question.id: said} if question and is_story else {}
