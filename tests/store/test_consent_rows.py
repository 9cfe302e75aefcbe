"""A person's word is found by an index, whatever was said of everybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from server.core.people import claims_of
from server.services import Services
from server.store import consents, identities
from server.store.scope import SiteScope
from server.store.tables import Consent, Site
from tests.parts import NOON, statements
from tests.store.test_touches import every_node

pytestmark = pytest.mark.both_databases

MANY = 4000


def crowd(scope: SiteScope) -> int:
    """Thousands of statements of a site, twenty of them Ann's; her id."""
    ids = [identities.find_or_make(scope, claims_of(user=f"u{n}"), "", NOON).id for n in range(20)]
    said = {"site_id": scope.site_id, "scope": "sms", "purpose": "survey", "basis": "", "source": "api"}
    lines = [
        {**said, "person_id": ids[1 + n % 19] if n % 200 else ids[0], "given": bool(n % 2), "evidence": "",
         "noted_by": "", "at": NOON + timedelta(minutes=n)}
        for n in range(MANY)
    ]  # fmt: skip
    scope.db.execute(insert(Consent), lines)
    return ids[0]


@pytest.mark.parametrize("question", ["latest", "told"])
def test_what_she_said_is_looked_up_in_an_index(question: str, services: Services, site: Site) -> None:
    with services.db.writing() as db:
        ann = crowd(SiteScope(db, site.id))
        db.execute(text("analyze"))
    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        with statements(services.db) as sent:
            consents.latest(scope, [ann]) if question == "latest" else consents.told(scope, [ann], 10)
        [(statement, parameters)] = [each for each in sent if each[0].startswith("SELECT")]
        connection = db.connection()
        if services.db.is_sqlite:
            plan = [row[3] for row in connection.exec_driver_sql(f"explain query plan {statement}", parameters)]
            assert not [line for line in plan if line.startswith("SCAN consent")], plan
            assert [line for line in plan if "ix_consent_person_id" in line], plan
        else:
            asked = f"explain (analyze, format json) {statement}"
            found = connection.exec_driver_sql(asked, parameters).scalar_one()
            reads = [n for n in every_node(found[0]["Plan"]) if n.get("Relation Name") == "consent"]
            assert not [n for n in reads if n["Node Type"] == "Seq Scan"], reads
            assert sum(n["Actual Rows"] + n.get("Rows Removed by Filter", 0) for n in reads) <= 60, reads
