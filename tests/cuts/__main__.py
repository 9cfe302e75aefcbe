"""`python -m tests.cuts --engine chromium --times 200`: answers over a network that breaks, and what became of them."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

from tests.cuts.play import play
from tests.engines.every import ENGINES


def main() -> int:
    """0 when nothing was found of what was answered."""
    reader = argparse.ArgumentParser(prog="python -m tests.cuts", description="Answers over a network that breaks.")
    reader.add_argument("--engine", choices=sorted(ENGINES), default="chromium")
    reader.add_argument("--times", type=int, default=200, help="cuts, reloads, closed tabs, killed servers in all")
    reader.add_argument("--seed", type=int, default=random.randrange(10**6))
    said = reader.parse_args()
    folder = Path(mkdtemp(prefix="askonce-cuts-"))
    try:
        with ENGINES[said.engine](False) as hands:
            outcome = play(hands, folder, said.times, said.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{said.engine}: {outcome.report()}", flush=True)
    return 0 if outcome.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
