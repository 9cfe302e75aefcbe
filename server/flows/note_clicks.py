"""Visits to the links of messages are written down, many in one write: no answers, and told beside them."""

from __future__ import annotations

from collections import defaultdict

from server.core.one_click import Click
from server.core.surveys import Question
from server.services import Services
from server.store import clicks, invitations, surveys
from server.store.db import Session
from server.store.scope import SiteScope

AT_ONCE = 50
"""Invitations in one write."""


def note_clicks(services: Services) -> None:
    """Empty this process's basket into the database. What cannot be written goes back; the failure rises."""
    left: dict[str, list[Click]] = defaultdict(list)
    for click in services.clicks.take():
        left[click.invitation].append(click)
    try:
        while some := sorted(left)[:AT_ONCE]:
            with services.db.writing() as db:
                for id in some:
                    _keep(services, db, id, left[id])
                clicks.forget(db, services.now() - clicks.KEPT_FOR, 10 * AT_ONCE)
            for id in some:
                del left[id]
    finally:
        services.clicks.add(click for unwritten in left.values() for click in unwritten)


def _keep(services: Services, db: Session, id: str, new: list[Click]) -> None:
    row = invitations.get(db, id)
    if row is None or services.now() - row.created_at > clicks.KEPT_FOR:
        return
    scope = SiteScope(db, row.site_id)
    survey = surveys.version(scope, row.version_id)
    clicks.keep(scope, row, new, _choices(survey.survey.first) if survey else 0)


def _choices(question: Question) -> int:
    """How many answers to `question` one click can give."""
    return len(question.options) if question.kind == "select_one" else len(question.choices)
