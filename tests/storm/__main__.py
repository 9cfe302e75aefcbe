"""`python -m tests.storm`: the full storm, on both databases. `--help` says how to make it smaller."""

from __future__ import annotations

import argparse
import sys

from tests.databases import CHOICES, empty, meant_by
from tests.storm.plan import Plan
from tests.storm.run import run


def main() -> int:
    """0 when nothing was found."""
    reader = argparse.ArgumentParser(prog="python -m tests.storm", description="Everybody is asked at the same time.")
    usual = Plan()
    reader.add_argument("--persons", type=int, default=usual.persons)
    reader.add_argument("--asks", type=int, default=usual.asks, help="of each person on each of four channels")
    reader.add_argument("--processes", type=int, default=usual.processes)
    reader.add_argument("--threads", type=int, default=usual.threads)
    reader.add_argument("--database", choices=CHOICES, default="both")
    said = reader.parse_args()
    plan = Plan(said.persons, said.asks, said.processes, said.threads)
    found = 0
    for database in meant_by(said.database):
        found += _over(database, plan)
    return 1 if found else 0


def _over(database: str, plan: Plan) -> int:
    with empty(database) as (url, folder):
        outcome = run(plan, url, folder)
    print(f"{database}: {outcome.report(plan)}", flush=True)
    return len(outcome.findings.violations)


if __name__ == "__main__":
    sys.exit(main())
