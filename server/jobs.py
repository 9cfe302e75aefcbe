"""What a worker may be asked to do: one line each, calling a flow."""

from __future__ import annotations

from functools import cache

from server.environment import from_environment
from server.flows import deliver as delivering
from server.flows import dry_run
from server.flows.call import spoken
from server.flows.sending import pause as pausing
from server.flows.sending import resolve as resolving
from server.services import Services, complete, connect


@cache
def _services() -> Services:
    return connect(complete(from_environment()))


def deliver(*ids: str) -> None:
    delivering.deliver(_services(), *ids)


def resolve(*ids: str) -> None:
    resolving.resolve(_services(), *ids)


def recheck(*accounts: str) -> None:
    pausing.recheck(_services(), *accounts)


def rehearse(id: str) -> None:
    dry_run.carry_out(_services(), int(id))


def fetch_recordings(*ids: str) -> None:
    spoken.fetch(_services(), *ids)
