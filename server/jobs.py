"""What a worker may be asked to do: one line each, calling a flow."""

from __future__ import annotations

from functools import cache

from server.flows import deliver as delivering
from server.flows import dry_run
from server.services import Services, complete, connect
from server.settings import from_environment


@cache
def _services() -> Services:
    return connect(complete(from_environment()))


def deliver(id: str) -> None:
    delivering.deliver(_services(), id)


def rehearse(id: str) -> None:
    dry_run.carry_out(_services(), int(id))
