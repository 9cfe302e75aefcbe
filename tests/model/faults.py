"""A process that can die between any two steps, and a memory that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from channels.channel import Accepted, Outcome, Outgoing, Rejected, Retry
from server.core.delivery import TRANSACTIONAL
from server.gate.verdict import Gate
from server.queue import QueueAway
from server.store.db import Database, Session
from tests.parts import Scripted


class Died(BaseException):
    """The process is gone. Nothing catches it, as nothing catches a SIGKILL."""


@dataclass
class Fuse:
    """Burns down by one at each step that the world outside could notice; the process dies when it is out."""

    left: int | None = None

    def burn(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Died


class MortalDatabase(Database):
    """The same database, used by a process that may die before, in or after a write."""

    def __init__(self, whole: Database, fuse: Fuse):
        self.__dict__.update(whole.__dict__)
        self._fuse = fuse

    @contextmanager
    def reading(self) -> Iterator[Session]:
        self._fuse.burn()
        with super().reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        self._fuse.burn()
        with super().writing() as session:
            yield session
            session.flush()
            self._fuse.burn()
        self._fuse.burn()


class _Mortal:
    """Any part, used by a process that may die before or after each call."""

    def __init__(self, whole: object, fuse: Fuse):
        self._whole, self._fuse = whole, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._whole, name)
        return self._guarded(found) if callable(found) else found

    def _guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            self._fuse.burn()
            said = call(*args, **kwargs)
            self._fuse.burn()
            return said

        return guarded


def mortal_gate(gate: Gate, fuse: Fuse) -> Gate:
    return cast(Gate, _Mortal(gate, fuse))


@dataclass
class Post(Scripted):
    """A provider that keeps what left its house: each message, and whether that is certain."""

    left: list[tuple[Outgoing, bool]] = field(default_factory=list)
    refused: list[tuple[Outgoing, str]] = field(default_factory=list)
    """Those whose receivers had told the provider to stop (optout), or are not there (address)."""
    fuse: Fuse = field(default_factory=Fuse)

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        self.fuse.burn()
        if self.script and isinstance(self.script[0], Died):  # taken, and nobody there any more to hear it
            self.left += [(item, True) for item in items]
            raise self.script.pop(0)  # type: ignore[misc]
        [said] = super().send(items)
        if not isinstance(said, Rejected | Retry):
            self.left += [(item, isinstance(said, Accepted)) for item in items]
        if isinstance(said, Rejected) and said.scope in ("optout", "address"):
            self.refused += [(item, said.scope) for item in items]
        self.fuse.burn()
        return [said]


@dataclass
class Line:
    """The queue, which lives in the same Redis as the gate: it goes with it."""

    fuse: Fuse = field(default_factory=Fuse)
    is_away: bool = False
    ids: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    """Calls of unknown end, to be looked into."""

    def later(self, job: str, ids: Sequence[str], lane: int = TRANSACTIONAL) -> None:
        self.fuse.burn()
        if self.is_away:
            raise QueueAway("nobody there")
        {"deliver": self.ids, "resolve": self.doubts}[job].extend(ids)
        self.fuse.burn()

    def waiting(self, lane: int) -> int:
        if self.is_away:
            raise QueueAway("nobody there")
        return 0
