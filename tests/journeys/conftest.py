"""One server for all journeys, and visitors whose browsers must stay silent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.running import Running, running


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server as its owner starts it: nothing set but the folder and the port."""
    with running(tmp_path_factory.mktemp("house")) as server:
        yield server


@pytest.fixture(scope="session")
def key(house: Running) -> str:
    return house.key()


class Loud(AssertionError):
    """The page said something in its console."""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh browser's page. What it complains of fails the test."""
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    yield page
    context.close()
    if said:
        raise Loud(said)


@pytest.fixture
def desk(browser: Browser, house: Running) -> Iterator[Page]:
    """Somebody of the team, signed in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(house.command("desk-link")["url"])
    yield page
    context.close()
