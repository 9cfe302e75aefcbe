"""A shop whose pages may ask, and the team at its desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.flows.set_up import allow_origin, create_site
from server.services import Services
from server.store.tables import Site
from tests.parts import Waiting
from tests.web.parts import SHOP, Asked, ask, signed_in


@pytest.fixture
def shop(services: Services, site: Site) -> Site:
    """A site whose tag stands on pages of SHOP."""
    allow_origin(services, site.id, SHOP)
    return site


@pytest.fixture
def other(services: Services, site: Site) -> Site:
    """A second site, made after the first."""
    return create_site(services, "Elsewhere")


@pytest.fixture
def ann(services: Services, client: FlaskClient, key: str, queue: Waiting) -> Asked:
    """She was asked by mail, and has not answered yet."""
    return ask(services, client, key, queue)


@pytest.fixture
def desk(services: Services, site: Site) -> FlaskClient:
    """A browser of the team, signed in."""
    return signed_in(services, create_app(services).test_client())


@pytest.fixture
def without_redis(make_services: Callable[..., Services], services: Services) -> Services:
    """Another process on the same database, that cannot reach Redis."""
    return make_services(REDIS_URL="unix:///nowhere/valkey.sock")
