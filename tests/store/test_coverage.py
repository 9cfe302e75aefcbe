"""Coverage reads the invitations of one site and some days, and no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from server.services import Services
from server.store import identities, surveys
from server.store.coverage import coverage
from server.store.scope import SiteScope
from server.store.tables import Invitation, Site, TouchRow
from tests.parts import NOON
from tests.store.plans import plan_of

pytestmark = pytest.mark.both_databases

HOUR = timedelta(hours=1)


def crowd(scope: SiteScope, count: int) -> None:
    """An invitation an hour, as far back as it takes, each third by a link."""
    survey = surveys.named(scope, None)
    assert survey
    ann = identities.find_or_make(scope, [], "Ann", NOON).id
    about = {"site_id": scope.site_id, "survey_id": survey.id, "person_id": ann}
    rows: list[dict[str, Any]] = [
        {
            **about, "id": f"i{n}", "version_id": survey.version_id, "channel": ("email", "sms", "link")[n % 3],
            "state": "shown", "properties": {}, "created_at": NOON - n * HOUR, "state_at": NOON, "attempts": 0,
        }
        for n in range(count)
    ]  # fmt: skip
    scope.db.execute(insert(Invitation), rows)
    touches = [
        {**about, "ticket": row["id"], "kind": "ask", "channel": row["channel"], "at": NOON, "outcome": ""}
        for row in rows
    ]
    scope.db.execute(insert(TouchRow), touches)
    scope.db.execute(text("analyze"))


def test_it_looks_into_an_index_of_both_tables(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        crowd(scope, 6000)
        for table in ("invitation", "touch"):
            with plan_of(db, table) as plan:
                found = coverage(scope, NOON - 24 * HOUR, NOON)
            assert plan.uses_an_index(), plan.lines
        assert found[1].all.asked == 37  # since the beginning of yesterday
