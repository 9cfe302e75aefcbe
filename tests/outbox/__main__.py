"""`python -m tests.outbox`: workers die at each named place, then everything is sent through bad weather, on both
databases. `--help` makes it smaller."""

from __future__ import annotations

import argparse
import sys

from server.environment import from_environment
from server.flows.set_up import create_site
from server.migrations import migrate
from server.services import complete, connect
from tests.databases import CHOICES, empty, meant_by
from tests.outbox.crashes import crash
from tests.outbox.plan import Plan
from tests.outbox.run import run


def main() -> int:
    """0 when every promise was kept."""
    reader = argparse.ArgumentParser(prog="python -m tests.outbox", description="Sent once, or said why not.")
    usual = Plan()
    reader.add_argument("--invitations", type=int, default=usual.invitations, help="half mails, half texts")
    reader.add_argument("--share", type=float, default=usual.share, help="of the calls that meet a fault")
    reader.add_argument("--workers", type=int, default=usual.workers)
    reader.add_argument("--storm", type=float, default=usual.storm, help="seconds at most")
    reader.add_argument("--seed", type=int, default=usual.seed)
    reader.add_argument("--database", choices=CHOICES, default="both")
    reader.add_argument("--crashes", type=int, default=50, help="at each named place, on each channel")
    said = reader.parse_args()
    plan = Plan(said.invitations, said.share, said.workers, storm=said.storm, seed=said.seed)
    wrong = 0
    for database in meant_by(said.database):
        if said.crashes:
            wrong += _dying_in(database, said.crashes)
        if plan.invitations:
            wrong += _over(database, plan)
    return 1 if wrong else 0


def _dying_in(database: str, times: int) -> bool:
    with empty(database) as (url, folder):
        services = connect(
            complete(from_environment({"DATABASE_URL": url, "ASKONCE_DATA": str(folder), "SECRET_KEY": "s" * 40}))
        )
        migrate(services.db)
        create_site(services, "Harbour")
        services.db.engine.dispose()
        crashes = crash(times, url, folder)
    print(f"{database}, workers that died:\n{crashes.report()}", flush=True)
    return bool(crashes.wrong)


def _over(database: str, plan: Plan) -> bool:
    with empty(database) as (url, folder):
        outcome = run(plan, url, folder)
    print(f"{database}: {outcome.report(plan)}", flush=True)
    return bool(outcome.findings.broken) or outcome.drained > plan.drained


if __name__ == "__main__":
    sys.exit(main())
