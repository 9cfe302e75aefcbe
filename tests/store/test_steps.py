"""One look says which of many questions find anything."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.store.scope import SiteScope
from server.store.steps import those_that_find
from server.store.tables import Invitation, Person, Site

pytestmark = pytest.mark.both_databases


def test_a_name_is_found_by_any_of_its_questions(scope: SiteScope) -> None:
    site, nobody, nothing = select(Site.id), select(Person.id), select(Invitation.id)

    assert those_that_find(scope.db, {"a": (nobody,), "b": (nobody, site), "c": (nothing, nobody)}) == {"b"}
