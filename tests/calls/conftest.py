"""A line on which calls come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from server.services import Services
from tests.calls.house import House, house
from tests.parts import Waiting


@pytest.fixture
def line(make_services: Callable[..., Services], queue: Waiting) -> Iterator[House]:
    with house(make_services, queue) as found:
        yield found
