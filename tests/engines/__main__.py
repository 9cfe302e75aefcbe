"""`python -m tests.engines`: the widget in every engine, on pages that are friendly, strict, and hostile."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

from tests.engines.every import ENGINES
from tests.engines.hand import Hands, Missing
from tests.engines.host import Host, host
from tests.engines.scenes import SCENES, Stage
from tests.running import Running, running

LONG = 50
"""Milliseconds of a task that a person notices."""


@dataclass(frozen=True)
class Row:
    """What a scene came to; None where the engine does not tell."""

    engine: str
    scene: str
    errors: list[str]
    violations: list[str]
    cls: float | None
    moved: bool
    longest: float | None
    remark: str = ""

    @property
    def is_well(self) -> bool:
        return not (self.errors or self.violations or self.cls or self.moved or (self.longest or 0) > LONG)

    def __str__(self) -> str:
        cls = "n/a" if self.cls is None else f"{self.cls:.3f}"
        longest = "n/a" if self.longest is None else f"{self.longest:.0f} ms"
        moved = "moved" if self.moved else "still"
        return (
            f"{self.engine:10}{self.scene:13}{len(self.errors):>7}{len(self.violations):>12}{cls:>8}{moved:>8}"
            f"{longest:>9}  {self.remark}" + "".join(f"\n    {each[:300]}" for each in [*self.errors, *self.violations])
        )


def main() -> int:
    """0 when all is well; 1 when not; 2 when an engine is missing."""
    reader = argparse.ArgumentParser(prog="python -m tests.engines", description=__doc__)
    reader.add_argument("--engine", choices=[*ENGINES, "all"], default="all")
    reader.add_argument("--scene", choices=[*SCENES, "all"], default="all")
    reader.add_argument("--pictures", type=Path, help="a folder for what was seen")
    said = reader.parse_args()
    engines = list(ENGINES) if said.engine == "all" else [said.engine]
    scenes = list(SCENES) if said.scene == "all" else [said.scene]
    print(f"{'':10}{'':13}{'errors':>7}{'violations':>12}{'CLS':>8}{'page':>8}{'longest':>9}")
    with TemporaryDirectory() as folder, running(Path(folder) / "data") as house:
        pictures = said.pictures or Path(folder)
        pictures.mkdir(parents=True, exist_ok=True)
        try:
            rows = [row for engine in engines for row in play(house, engine, scenes, pictures)]
        except Missing as how:
            print(f"askonce: an engine is not on this machine: {how}", file=sys.stderr)
            return 2
    return 0 if all(row.is_well for row in rows) else 1


def play(house: Running, engine: str, scenes: list[str], pictures: Path) -> list[Row]:
    """Every scene by a person of its own, a printed row each. Raises Missing."""
    tag = house.command("site", "list")[0]["script"]
    rows = []
    with host(tag) as there:
        house.command("site", "origin", "add", "--site", "Demo", there.origin)
        for is_blocked in (False, True):
            wanted = [name for name in scenes if (name == "blocked") == is_blocked]
            if wanted:
                with ENGINES[engine](is_blocked) as hands:
                    for name in wanted:
                        rows.append(row(house, there, engine, name, hands, pictures))
                        print(rows[-1], flush=True)
    return rows


def row(house: Running, there: Host, engine: str, name: str, hands: Hands, pictures: Path) -> Row:
    hand = hands()
    stage = Stage(hand, house, there, house.key())
    try:
        remark = SCENES[name](stage, pictures / f"{engine}-{name}.png")
    except AssertionError as why:
        hand.picture("one", pictures / f"{engine}-{name}-failed.png")
        return Row(engine, name, [f"not as it should be: {why}", *hand.complaints()], [], None, False, None)
    sleep(0.3)
    seen: Any = hand.run("one", "() => ({ ...window.seen, moved: window.moved() })", on_top=True)
    errors = list(dict.fromkeys([*seen["errors"], *hand.complaints()]))
    hand.end()
    return Row(engine, name, errors, seen["violations"], seen["cls"], seen["moved"], seen["longest"], remark)


if __name__ == "__main__":
    sys.exit(main())
