"""A survey: its questions in order, who is asked which, in what words; and what counts as an answer to each."""

from __future__ import annotations

from server.core.surveys.answers import COMMENT_MAX, SKIPPED, BadAnswer, Complaint, Value, read, read_all
from server.core.surveys.definition import survey_from
from server.core.surveys.questions import KINDS, OTHER, SCALES, SCORED, BadSurvey, Option, Question, QuestionKind
from server.core.surveys.survey import Survey
from server.core.surveys.templates import TEMPLATES, template
from server.core.surveys.thanks import Link, Thanks

__all__ = [
    "COMMENT_MAX",
    "KINDS",
    "OTHER",
    "SCALES",
    "SCORED",
    "SKIPPED",
    "TEMPLATES",
    "BadAnswer",
    "BadSurvey",
    "Complaint",
    "Link",
    "Option",
    "Question",
    "QuestionKind",
    "Survey",
    "Thanks",
    "Value",
    "read",
    "read_all",
    "survey_from",
    "template",
]
