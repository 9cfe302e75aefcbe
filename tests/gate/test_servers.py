"""Every kind of Redis that an owner may have: a cluster, Sentinels, a replica, one that is full or throws away."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from redis import Redis, RedisError

from server.core.throttle import Touch, Window
from server.gate.redis import RedisGate
from server.gate.verdict import Answer, Ask, Docket, GateAway, Held, Known, Leased, Unfamiliar
from server.up import valkey
from tests.parts import PATIENCE
from tests.ports import free_port

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LASTS = timedelta(minutes=2)
DOCKET = Docket((Ask(1, "widget", (Window("rest", ("ask",), 1, timedelta(days=30)),)),), "one")
TOUCH = Touch("a", "ask", "widget", 1, NOW)


@dataclass
class Servers:
    """Real ones, each on a port of its own, which is returned."""

    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, **options: str) -> int:
        said = {"save": "", "appendonly": "no", "repl_diskless_sync_delay": "0", **options}
        return self._run(*(word for name, value in said.items() for word in (f"--{name.replace('_', '-')}", value)))

    def replica(self, master: int) -> int:
        port = self.start(replicaof=f"127.0.0.1 {master}")
        _until(lambda: b"'up'" in _said(port, "INFO", "replication"))
        return port

    def sentinel(self, master: int) -> int:
        said = self.folder / "sentinel.conf"
        said.write_text(
            f"sentinel monitor askonce 127.0.0.1 {master} 1\n"
            "sentinel down-after-milliseconds askonce 500\n"
            "sentinel failover-timeout askonce 3000\n"
        )
        port = self._run(str(said), "--sentinel")
        _until(lambda: b"flags" in _said(port, "SENTINEL", "REPLICAS", "askonce"))
        return port

    def _run(self, *words: str) -> int:
        port = free_port()
        folder = self.folder / str(port)
        folder.mkdir()
        place = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        conf = [word for word in words if word.endswith(".conf")]
        rest = [word for word in words if word not in conf]
        self.running.append(subprocess.Popen([valkey._program(), *conf, *place, *rest], stdout=subprocess.DEVNULL))
        _until(lambda: bool(Redis(port=port).ping()))
        return port


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    made = Servers(tmp_path)
    yield made
    for server in made.running:
        server.kill()
        server.wait(10)


def test_a_cluster_keeps_each_person_on_one_node(servers: Servers) -> None:
    port = servers.start(cluster_enabled="yes", cluster_port=str(free_port()))
    _said(port, "CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    _until(lambda: b"cluster_state:ok" in _said(port, "CLUSTER", "INFO"))
    gate = RedisGate(f"redis://127.0.0.1:{port}", PATIENCE)

    everything_works(gate)


def test_a_cluster_s_keys_have_one_hash_tag_a_person(servers: Servers) -> None:
    port = servers.start()
    teach(RedisGate(f"redis://127.0.0.1:{port}", PATIENCE), TOUCH)

    [key] = Redis(port=port, decode_responses=True).keys()
    assert str(key).startswith("askonce:{")
    assert str(key).endswith("}")


def test_when_the_master_dies_the_next_one_goes_on(servers: Servers) -> None:
    master = servers.start()
    servers.replica(master)
    watcher = servers.sentinel(master)
    gate = RedisGate(f"redis+sentinel://127.0.0.1:{watcher}/askonce")
    everything_works(gate)
    Redis(port=master).wait(1, 2000)

    with suppress(RedisError):
        Redis(port=master).shutdown(nosave=True)

    slowest, began = 0.0, monotonic()
    answer: Answer | None = None
    while answer is None and monotonic() < began + 30:
        asked = monotonic()
        with suppress(GateAway):
            answer = lease(gate, "after")
        slowest = max(slowest, monotonic() - asked)
        sleep(0.02)
    assert isinstance(answer, Held)  # what the first one knew the second knows
    assert slowest < 1  # whoever asks meanwhile hears so at once, whatever this machine has to do beside
    everything_works(gate)


def test_a_replica_can_say_no_and_nothing_else(servers: Servers) -> None:
    master = servers.start()
    replica = servers.replica(master)
    teach(RedisGate(f"redis://127.0.0.1:{master}", PATIENCE), TOUCH)
    Redis(port=master).wait(1, 2000)

    assert isinstance(lease(RedisGate(f"redis://127.0.0.1:{replica}", PATIENCE), "b"), Held)
    for call in (
        lambda gate: lease(gate, "b", "bo"),
        lambda gate: gate.note("ann", TOUCH),
        lambda gate: gate.forget("ann"),
    ):
        with pytest.raises(GateAway):
            call(RedisGate(f"redis://127.0.0.1:{replica}"))


def test_a_full_redis_is_away(servers: Servers) -> None:
    gate = RedisGate(f"redis://127.0.0.1:{servers.start(maxmemory='1', maxmemory_policy='noeviction')}")

    with pytest.raises(GateAway):
        lease(gate, "a")


def test_who_was_thrown_away_is_unfamiliar_and_never_let_in(servers: Servers) -> None:
    port = servers.start(maxmemory="2mb", maxmemory_policy="allkeys-random")
    gate = RedisGate(f"redis://127.0.0.1:{port}", PATIENCE)
    people = [f"person {n}" for n in range(6_000)]
    for person in people:
        asked = lease(gate, "a reader", person)
        assert isinstance(asked, Unfamiliar)
        is_learned = gate.learn(person, asked.reading, Known((TOUCH,)), "one", NOW)
        # A reading may be thrown away as well: then nothing was learned, and nobody is let in.
        assert is_learned or isinstance(lease(gate, "a reader", person), Unfamiliar)

    answers = [lease(gate, "b", person) for person in people]

    assert {type(answer) for answer in answers} == {Held, Unfamiliar}


def everything_works(gate: RedisGate) -> None:
    gate.forget("ann")
    assert isinstance(lease(gate, "a"), Unfamiliar)
    assert gate.learn("ann", "a", Known(), "one", NOW)
    assert lease(gate, "a") == Leased(0)
    assert isinstance(lease(gate, "b"), Held)
    gate.give_back("a", "ann")
    assert lease(gate, "b") == Leased(0)
    gate.note("ann", Touch("b", "ask", "widget", 1, NOW))
    assert isinstance(lease(gate, "c"), Held)


def teach(gate: RedisGate, *touches: Touch, person: str = "ann") -> None:
    asked = lease(gate, "a reader", person)
    assert isinstance(asked, Unfamiliar)
    assert gate.learn(person, asked.reading, Known(touches), "one", NOW)


def lease(gate: RedisGate, ticket: str, person: str = "ann") -> Answer:
    return gate.lease(ticket, person, DOCKET, NOW, LASTS)


def _said(port: int, *command: str | int) -> bytes:
    with Redis(port=port) as line:
        said: object = line.execute_command(*command)
    return said if isinstance(said, bytes) else repr(said).encode()


def _until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    over = monotonic() + seconds
    while monotonic() < over:
        with suppress(RedisError):
            if is_so():
                return
        sleep(0.02)
    raise AssertionError(f"not so after {seconds} s")
