"""`python -m tests.engines`: the widget in every engine, on pages that are friendly, strict, and hostile."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.engines.every import ENGINES
from tests.engines.hand import Missing
from tests.engines.play import HEAD, play
from tests.engines.scenes import SCENES
from tests.running import running


def main() -> int:
    """0 when all is well; 1 when not; 2 when an engine is missing."""
    reader = argparse.ArgumentParser(prog="python -m tests.engines", description=__doc__)
    reader.add_argument("--engine", choices=[*ENGINES, "all"], default="all")
    reader.add_argument("--scene", choices=[*SCENES, "all"], default="all")
    reader.add_argument("--pictures", type=Path, help="a folder for what was seen")
    said = reader.parse_args()
    engines = list(ENGINES) if said.engine == "all" else [said.engine]
    scenes = list(SCENES) if said.scene == "all" else [said.scene]
    is_well = True
    with TemporaryDirectory() as folder, running(Path(folder) / "data") as house:
        pictures = said.pictures or Path(folder)
        pictures.mkdir(parents=True, exist_ok=True)
        key = house.key()
        print(HEAD)
        try:
            for engine in engines:
                for row in play(house, key, engine, scenes, pictures):
                    print(row, flush=True)
                    is_well &= row.is_well
        except Missing as how:
            print(f"askonce: an engine is not on this machine: {how}", file=sys.stderr)
            return 2
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
