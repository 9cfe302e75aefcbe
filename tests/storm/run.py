"""A whole storm: the parts are set up, processes ask, Redis dies again and again, and everything is counted."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from server.environment import from_environment
from server.flows.decide import decide
from server.flows.set_up import create_site
from server.migrations import migrate
from server.services import complete, connect
from tests.forks import forked, forks
from tests.storm.driver import SECRET, Sober, drive, parts
from tests.storm.judge import Findings, ask_once_more, judge, settle
from tests.storm.plan import RULES, Left, Place, Plan
from tests.storm.weather import Memory, bad_weather


@dataclass
class Outcome:
    """What was found, in how many seconds, and what was said to the asks."""

    findings: Findings
    seconds: float
    said: Counter[str]
    left: int
    killed: int
    flushed: int

    def report(self, plan: Plan) -> str:
        """For people, in lines."""
        lines = [
            f"{plan.total} asks of {plan.persons} persons by {plan.processes} processes in {self.seconds:.0f} s"
            f" ({plan.total / self.seconds:.0f} a second); Redis killed {self.killed} and flushed {self.flushed} times",
            f"{self.left} reached somebody; {len(self.findings.violations)} violations,"
            f" {len(self.findings.by_clocks)} by clocks that are apart",
            *(f"  said: {said}: {times}" for said, times in sorted(self.said.items())),
            *(f"  {name}: {times}" for name, times in sorted(self.findings.counts.items())),
            *(f"  VIOLATION {each}" for each in self.findings.violations[:20]),
            *(f"  by clocks {each}" for each in self.findings.by_clocks[:5]),
        ]
        return "\n".join(lines)


def run(plan: Plan, database_url: str, folder: Path) -> Outcome:
    """The storm over an empty database at `database_url`; `folder` takes the Valkey and the logs."""
    memory = Memory(folder)
    try:
        place = _set_up(database_url, memory.url, folder)
        with bad_weather(memory, plan.fault_every):
            files = _drive_all(plan, place, folder)
        return _judge(plan, place, [json.loads(Path(file).read_text()) for file in files], memory)
    finally:
        memory.stop()


def _judge(plan: Plan, place: Place, logs: list[dict[str, Any]], memory: Memory) -> Outcome:
    calm = parts(place, timedelta(0), Sober(), plan, lossy=False)
    settle(calm)
    left = [Left(**each) for log in logs for each in log["left"]] + calm.left
    findings = judge(plan, left, calm.services)
    ask_once_more(plan, calm, findings)
    calm.services.db.engine.dispose()
    said: Counter[str] = Counter()
    for log in logs:
        said.update(log["said"])
    seconds = max(log["ended"] for log in logs) - min(log["began"] for log in logs)
    return Outcome(findings, seconds, said, len(left), memory.killed, memory.flushed)


def _drive_all(plan: Plan, place: Place, folder: Path) -> list[str]:
    start = forks.Barrier(plan.processes)
    files = [str(folder / f"log{number}.json") for number in range(plan.processes)]
    everyone = [forked(drive, plan, place, number, start, file) for number, file in enumerate(files)]
    for each in everyone:
        each.join()
    assert all(each.exitcode == 0 for each in everyone), "a process of the storm ended early"
    return files


def _set_up(database_url: str, redis_url: str, folder: Path) -> Place:
    data = str(folder / "data")
    env = {"ASKONCE_DATA": data, "DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": SECRET}
    services = connect(complete(from_environment(env)))
    migrate(services.db)
    sites = {}
    for rules in RULES:
        site = create_site(services, f"Harbour {rules.name} {random.random()}")
        decide(services, site.id, rules.policy, "the storm")
        sites[rules.name] = site.id
    services.db.engine.dispose()
    return Place(database_url, redis_url, data, sites)
