"""One version of a survey, in one language, as one person meets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

from server.core.scoring import group_of
from server.core.surveys.answers import Value
from server.core.surveys.conditions import Said
from server.core.surveys.delivery import Delivery
from server.core.surveys.mail import AS_THE_SITE, MailWords
from server.core.surveys.piping import fill, places_in
from server.core.surveys.questions import Question
from server.core.surveys.thanks import Thanks


@dataclass(frozen=True)
class Survey:
    """Questions in order, and what is said at the end."""

    name: str
    questions: tuple[Question, ...]
    thanks: Thanks
    language: str = "en"
    languages: frozenset[str] = field(default=frozenset())
    """Every language that its author wrote."""
    mail: MailWords = field(default=AS_THE_SITE)
    delivery: Delivery = field(default_factory=Delivery)

    @property
    def scored(self) -> Question | None:
        """The question whose answer is the score; None in a survey without one."""
        return next((q for q in self.questions if q.is_scored), None)

    @property
    def comment(self) -> Question | None:
        """The question whose answer is the comment: the first that takes free words."""
        return next((q for q in self.questions if q.kind == "free_response"), None)

    @property
    def first(self) -> Question:
        """What everybody is asked first, and what a mail or a message can ask by itself."""
        return self.questions[0]

    def spoken(self, *wanted: str) -> str:
        """The first of the `wanted` languages (BCP 47; "" for none) in which any of it was written; else its own."""
        written = {tag.split("-")[0].lower() for tag in self.languages}
        return next((tag for tag in wanted if tag.split("-")[0].lower() in written), self.language)

    def question(self, id: str) -> Question | None:
        return next((q for q in self.questions if q.id == id), None)

    def path(self, answers: Mapping[str, Value], properties: Mapping[str, Any] | None = None) -> tuple[Question, ...]:
        """The questions that are for whoever gave these answers, as far as one can know by now."""
        said = Said(answers, self.groups(answers), properties or {})
        return tuple(q for q in self.questions if q.when.holds(said))

    def next_page(
        self, answers: Mapping[str, Value], properties: Mapping[str, Any] | None = None
    ) -> tuple[Question, ...]:
        """The first question without an answer, and what stands on one page with it; none when all is said."""
        for page in _pages(self.path(answers, properties)):
            open = tuple(q for q in page if q.id not in answers)
            if open:
                return open
        return ()

    def pages(self, answers: Mapping[str, Value], properties: Mapping[str, Any] | None = None) -> tuple[int, int]:
        """Which page she is at, from 1, and of how many."""
        pages = _pages(self.path(answers, properties))
        done = sum(all(q.id in answers for q in page) for page in pages)
        return min(done + 1, len(pages)), len(pages)

    def paged(
        self, answers: Mapping[str, Value], properties: Mapping[str, Any] | None = None
    ) -> list[tuple[Question, ...]]:
        """The questions of `path`, page by page."""
        return _pages(self.path(answers, properties))

    def comment_beside(
        self, question: Question, answers: Mapping[str, Value], properties: Mapping[str, Any] | None = None
    ) -> Question | None:
        """The question in free words that may stand on one page with `question`, whatever is answered to that: it comes
        next, need not be answered, and is asked in the same words of everybody who is asked it."""
        after = self.questions[self.questions.index(question) + 1 :]
        if not after or after[0] not in self.path(answers, properties):
            return None
        looks_at = after[0].when.questions | places_in(after[0].text + after[0].hint)
        fits = after[0].kind == "free_response" and not after[0].required and question.id not in looks_at
        return after[0] if fits else None

    def groups(self, answers: Mapping[str, Value]) -> dict[str, str]:
        """The group of each score that was given, by question id."""
        return {
            q.id: group_of(q.kind, value, q.high)
            for q in self.questions
            if q.is_scored and isinstance(value := answers.get(q.id), int)
        }

    def thanks_to(self, answers: Mapping[str, Value]) -> Thanks:
        """What is said at the end to whoever gave these answers."""
        group = self.groups(answers).get(self.scored.id, "") if self.scored else ""
        return self.thanks.to(group)

    def put(
        self, question: Question, answers: Mapping[str, Value], properties: Mapping[str, Any], name: str = ""
    ) -> Question:
        """`question` in the words in which she is asked it."""
        if "{" not in question.text + question.hint:
            return question
        said = {q.id: q.said(answers[q.id]) for q in self.questions if q.id in answers}
        text, hint = (fill(words, said, properties, name) for words in (question.text, question.hint))
        return replace(question, text=text, hint=hint)

    @property
    def seconds(self) -> int:
        """About how long it takes: the questions that everybody is asked, and half of those that only some are."""
        everybody = sum(q.takes for q in self.questions if not q.when.all)
        return everybody + ceil(sum(q.takes for q in self.questions if q.when.all) / 2)


def _pages(questions: Sequence[Question]) -> list[tuple[Question, ...]]:
    pages: list[tuple[Question, ...]] = []
    for question in questions:
        if question.with_previous and pages:
            pages[-1] = (*pages[-1], question)
        else:
            pages.append((question,))
    return pages
