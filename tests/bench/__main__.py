"""`make bench`: the widget's offer and the survey page, beside bare Flask routes, on one server in one run; what one
worker sends, beside the bare calls of its provider; and, only when it is named, what a million that wait cost."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import tempfile
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen
from time import sleep
from typing import Any

from redis import Redis

from server.core.delivery import HANDED_MOST
from server.core.identity import identity_secret, sign
from server.core.links import new_id
from server.core.surveys import template
from server.environment import from_environment
from server.flows.offer import Offered, Visitor, offer
from server.flows.set_up import allow_origin, create_site
from server.flows.show import show
from server.migrations import migrate
from server.services import Services, complete, connect
from server.store import sites, surveys
from server.store.scope import SiteScope
from server.store.tables import Site
from server.up import valkey
from tests.bench.app import serve_on
from tests.bench.backlog import measure_backlog
from tests.bench.load import Measured, request, run
from tests.bench.memory import memory as memory_of_persons
from tests.bench.pages import measure_pages
from tests.bench.sends import measure_sends
from tests.databases import CHOICES, meant_by
from tests.ports import free_port

SHOP = "https://shop.example"
SURVEYS = 20
PEOPLE = 200


def main() -> None:
    reader = argparse.ArgumentParser(prog="make bench", description=__doc__)
    reader.add_argument("--seconds", type=float, default=5, help="length of each measurement")
    reader.add_argument("--rounds", type=int, default=3, help="times that each is taken; the median counts")
    reader.add_argument("--only", choices=["offer", "pages", "sends", "backlog"], help="these alone")
    reader.add_argument("--database", choices=CHOICES, default="both", help="of sends and backlog")
    reader.add_argument("--messages", type=int, default=200, help=f"in a round of sends; {HANDED_MOST} at most")
    reader.add_argument("--invitations", type=int, default=1_000_000, help="of the backlog")
    reader.add_argument("--urgent", type=int, default=60, help="beside the backlog, two a second")
    said = reader.parse_args()
    for database in meant_by(said.database):
        if said.only == "backlog":
            measure_backlog(database, said.invitations, said.urgent)
        if said.only in ("sends", None):
            measure_sends(database, min(said.messages, HANDED_MOST), said.rounds)
    if said.only in ("offer", "pages", None):
        _served({"offer", "pages"} & {said.only} or {"offer", "pages"}, said.seconds, said.rounds)


def _served(what: set[str], seconds: float, rounds: int) -> None:
    """What one server answers."""
    folder = Path(tempfile.mkdtemp(prefix="askonce-bench-"))
    memory = Popen(valkey.command(folder / "v.sock", folder))
    valkey.wait_until_ready(folder / "v.sock", lambda: memory.poll() is None, folder)
    env = {"ASKONCE_DATA": str(folder), "REDIS_URL": valkey.url(folder / "v.sock"), "PORT": str(free_port()),
           "WEB_WORKERS": "1", "LIMIT_OFFERS": "100000000 per minute", "SECRET_KEY": "b" * 40}  # fmt: skip
    os.environ.update(env)
    settings = complete(from_environment())
    services = connect(settings)
    migrate(services.db)
    site, shown = furnish(services)
    held, granted = bodies(services, site)
    cores = sorted(os.sched_getaffinity(0))
    server = multiprocessing.get_context("spawn").Process(target=serve_on, args=(settings, cores[:1]))
    server.start()
    os.sched_setaffinity(0, cores[-1:])
    try:
        _until_there(settings.port, held[0])
        if "pages" in what:
            assert _post(settings.port, "/bare/pages", shown[0].encode()) == {"recorded": True}
            measure_pages(settings.port, shown, seconds, rounds)
        if "offer" in what:
            measure(settings.port, held, granted, seconds, rounds)
            memory_of_persons(env["REDIS_URL"])
            without_redis(settings.port, memory, held)
    finally:
        with suppress(ProcessLookupError):
            os.kill(memory.pid, signal.SIGCONT)
        memory.kill()
        server.terminate()
        server.join(10)


def furnish(services: Services) -> tuple[Site, list[str]]:
    """A site with twenty live surveys, each with rules of its own, and people who were all asked a moment ago; the
    addresses of what they were shown."""
    shown = []
    site = create_site(services, "Harbour")
    allow_origin(services, site.id, SHOP)
    now = datetime.now(UTC)
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        for n in range(SURVEYS - 1):
            surveys.add_survey(scope, new_id(), f"s{n}", template("nps", "Harbour"), now)
        rules = {f"s{n}": {"repeat": "once", "group": f"g{n % 3}"} for n in range(SURVEYS - 1)}
        groups = {f"g{n}": {"rest_days": 30} for n in range(3)}
        sites.set_policy(scope, {"groups": groups, "surveys": rules}, "bench", now)
    for n in range(PEOPLE):
        made = offered(services, site, n)
        show(services, made.token)
        shown.append(f"/s/{made.token}")
    return site, shown


def offered(services: Services, site: Site, n: int) -> Offered:
    """The gate says no when it hears nothing for a tenth of a second, as it may on a machine that is busy elsewhere."""
    for _ in range(20):
        made = offer(services, site, "widget", Visitor(identity(services, site, n)))
        if isinstance(made, Offered):
            return made
        assert made.reason == "unavailable", made
        sleep(0.5)
    raise SystemExit("this machine is too busy to measure anything on it")


def identity(services: Services, site: Site, n: int) -> str:
    return sign(
        identity_secret(services.secret, site.key), now=datetime.now(UTC), sub=f"u{n}", email=f"u{n}@shop.example"
    )


def bodies(services: Services, site: Site) -> tuple[list[bytes], list[bytes]]:
    """What the loader sends: for people who were asked already, and for a visitor whom nobody knows."""
    said = {"site": site.key, "page": SHOP + "/basket"}
    held = [json.dumps({**said, "identity": identity(services, site, n)}).encode() for n in range(PEOPLE)]
    return held, [json.dumps({**said, "identity": ""}).encode()]


def measure(port: int, held: list[bytes], granted: list[bytes], seconds: float, rounds: int) -> None:
    _until_there(port, held[0])
    kinds = {"held": (held, b'"show": false'), "granted": (granted, b'"show": true')}
    for bodies, word in kinds.values():
        _warm(port, [request("/w/offer", b, SHOP) for b in bodies], word)
    assert _post(port, "/bare/record") == ["granted", "held"]
    print(
        f"\n{'':10}{'at once':>8}{'offers/s':>10}{'bare/s':>10}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}{'bare p99':>10}"
    )
    for kind, (bodies, word) in kinds.items():
        for at_once in (1, 16):
            ours, bare = [], []
            for _ in range(rounds):
                requests = [request("/w/offer", b, SHOP) for b in bodies]
                ours.append(counted(port, requests, at_once, seconds, word))
                beside = [request(f"/bare/{kind}", b, SHOP) for b in bodies]
                bare.append(run(port, beside, at_once, seconds, b'"show":'))
            one, other = _median(ours), _median(bare)
            ratio = one.per_second / other.per_second
            print(
                f"{kind:10}{at_once:>8}{one.per_second:>10.0f}{other.per_second:>10.0f}{ratio:>7.2f}"
                f"{one.at(0.5):>8.2f}{one.at(0.99):>8.2f}{other.at(0.99):>9.2f}"
            )


def _warm(port: int, requests: list[bytes], word: bytes) -> None:
    """Who is asked for the first time is looked up in the ledger: until nobody is."""
    for _ in range(30):
        _post(port, "/bare/counts")
        assert run(port, requests, 1, 1, word).odd == 0
        if _post(port, "/bare/counts")["statements"] == 0:
            return
    raise SystemExit("the gate reads the ledger again and again")


def counted(port: int, requests: list[bytes], at_once: int, seconds: float, word: bytes) -> Measured:
    """As `run`, with what it cost elsewhere: one script a request in Redis, nothing in the database."""
    memory = Redis.from_url(os.environ["REDIS_URL"])
    sleep(0.5)  # what the run before had under way is done
    memory.config_resetstat()
    _post(port, "/bare/counts")
    done = run(port, requests, at_once, seconds, word)
    sleep(0.5)
    statements = _post(port, "/bare/counts")["statements"]
    stats: Any = memory.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): each["calls"] for name, each in stats.items()}
    scripts = calls.get("evalsha", 0)
    if done.odd or statements or not 0 <= scripts - len(done.times) <= at_once:
        print(
            f"NOT AS PROMISED: {done.odd} odd replies, {statements} statements, {scripts} scripts for {len(done.times)}"
        )
    memory.close()
    return done


def without_redis(port: int, memory: Popen[bytes], held: list[bytes]) -> None:
    requests = [request("/w/offer", b, SHOP) for b in held]
    os.kill(memory.pid, signal.SIGSTOP)
    hangs = run(port, requests, 1, 5, b'"unavailable"')
    os.kill(memory.pid, signal.SIGCONT)
    memory.kill()
    memory.wait(10)
    sleep(1.5)
    gone = run(port, requests, 1, 5, b'"unavailable"')
    for what, done in (("hangs", hangs), ("is gone", gone)):
        print(f'Redis {what}: the "no" within {done.at(0.5):.1f} ms (p50), {1000 * max(done.times):.0f} ms (worst)')


def _median(all: list[Measured]) -> Measured:
    return sorted(all, key=lambda each: each.per_second)[len(all) // 2]


def _until_there(port: int, body: bytes) -> None:
    for _ in range(300):
        with suppress(OSError):
            run(port, [request("/w/offer", body, SHOP)], 1, 0.1, b"")
            return
        sleep(0.1)
    raise SystemExit("the server did not come up")


def _post(port: int, path: str, body: bytes = b"{}") -> Any:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method="POST", data=body)
    with urllib.request.urlopen(asked, timeout=10) as reply:
        return json.load(reply)


if __name__ == "__main__":
    main()
