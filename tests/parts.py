"""The parts that a test holds in its hand: time, and the queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from server.flows.deliver import deliver
from server.services import Services

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Time that stands still until it is moved."""

    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class Waiting:
    """A queue that keeps what was put off, until the test has it carried out."""

    ids: list[str] = field(default_factory=list)

    def later(self, job: str, ids: list[str]) -> None:
        assert job == "deliver"
        self.ids += ids

    def carry_out(self, services: Services) -> None:
        taken, self.ids = self.ids, []
        for id in taken:
            deliver(services, id)
