"""Two sites in one database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from server.flows.set_up import create_site
from server.services import Services
from server.store.db import Database, Session
from server.store.scope import SiteScope
from server.store.tables import Site


@dataclass(frozen=True)
class Sites:
    db: Database
    harbour: Site
    elsewhere: Site


@pytest.fixture
def both(services: Services, site: Site) -> Sites:
    return Sites(services.db, site, create_site(services, "Elsewhere"))


@pytest.fixture
def db(services: Services) -> Iterator[Session]:
    """A write that is committed when the test ends well."""
    with services.db.writing() as session:
        yield session


@pytest.fixture
def scope(site: Site, db: Session) -> SiteScope:
    return SiteScope(db, site.id)
