"""`python -m tests.pumping`: 10,000 numbers with a stolen key. `--help` says how to make it smaller."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from subprocess import Popen

from server.up import valkey
from tests.databases import CHOICES, empty, meant_by
from tests.pumping.numbers import asked_for, strangers
from tests.pumping.run import run

THIEVES = {"any": asked_for, "knowing": strangers}


def main() -> int:
    """0 when nothing was found."""
    reader = argparse.ArgumentParser(prog="python -m tests.pumping", description="Somebody has stolen a key.")
    reader.add_argument("--numbers", type=int, default=10_000)
    reader.add_argument("--database", choices=CHOICES, default="sqlite")
    reader.add_argument("--thief", choices=THIEVES, default="any", help="`knowing` avoids numbers of one range")
    said = reader.parse_args()
    phones = THIEVES[said.thief](said.numbers)
    faults = sum(_over(database, phones) for database in meant_by(said.database))
    return 1 if faults else 0


def _over(database: str, phones: Sequence[str]) -> int:
    with empty(database) as (url, folder):
        path = folder / "v.sock"
        memory = Popen(valkey.command(path, folder))
        try:
            valkey.wait_until_ready(path, lambda: memory.poll() is None, folder)
            outcome = run(phones, url, valkey.url(path), folder / "data")
        finally:
            memory.terminate()
            memory.wait(10)
    print(f"{database}: {outcome.report()}", flush=True)
    return len(outcome.faults)


if __name__ == "__main__":
    sys.exit(main())
