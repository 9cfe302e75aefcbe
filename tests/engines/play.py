"""Scenes in an engine, one after the other, and what each came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.engines.every import ENGINES
from tests.engines.hand import Hands, Refused
from tests.engines.host import Host, host
from tests.engines.scenes import SCENES
from tests.engines.stage import Stage
from tests.running import Running

LONG = 50
"""Milliseconds of a task that a person notices."""
TRIES = 5
"""On a machine that is busy itself any task is long now and then, and a survey that comes too late is not shown; what
we do to a page happens every time."""
HEAD = f"{'':10}{'':13}{'errors':>7}{'violations':>12}{'CLS':>8}{'page':>8}{'longest':>9}"
SEEN = "() => ({ ...window.seen, moved: window.moved?.() ?? false })"


@dataclass(frozen=True)
class Row:
    """What a scene came to; None where the engine does not tell."""

    engine: str
    scene: str
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    cls: float | None = None
    moved: bool = False
    longest: float | None = None
    remark: str = ""
    was_late: bool = False

    @property
    def is_slow(self) -> bool:
        return (self.longest or 0) > LONG

    @property
    def is_harmless(self) -> bool:
        """However fast the machine was."""
        return not (self.errors or self.violations or self.cls or self.moved)

    @property
    def is_well(self) -> bool:
        return self.is_harmless and not self.is_slow

    def __str__(self) -> str:
        cls = "n/a" if self.cls is None else f"{self.cls:.3f}"
        longest = "n/a" if self.longest is None else f"{self.longest:.0f} ms"
        moved = "moved" if self.moved else "still"
        return (
            f"{self.engine:10}{self.scene:13}{len(self.errors):>7}{len(self.violations):>12}{cls:>8}{moved:>8}"
            f"{longest:>9}  {self.remark}" + "".join(f"\n    {each[:600]}" for each in [*self.errors, *self.violations])
        )


def play(house: Running, key: str, engine: str, scenes: Sequence[str], pictures: Path) -> Iterator[Row]:
    """Every scene in an engine. Raises Missing."""
    for is_blocked in (False, True):
        wanted = [name for name in scenes if (name == "blocked") == is_blocked]
        if wanted:
            with ENGINES[engine](is_blocked) as hands:
                yield from act(house, key, engine, hands, wanted, pictures)


def act(house: Running, key: str, engine: str, hands: Hands, scenes: Sequence[str], pictures: Path) -> Iterator[Row]:
    """Every scene by a person of its own, whose browser is one of `hands`."""
    with host(house.command("site", "list")[0]["script"]) as there:
        house.allow(there.origin)
        for name in scenes:
            yield _row(house, there, key, engine, name, hands, pictures)


def _row(house: Running, there: Host, key: str, engine: str, name: str, hands: Hands, pictures: Path) -> Row:
    for again in range(1, TRIES + 1):
        hand = hands()
        try:
            row = _played(Stage(hand, house, there, key), Row(engine, name), pictures)
        finally:
            hand.end()
        if again == TRIES or not (row.is_slow or row.was_late):
            return row if again == 1 else replace(row, remark=f"{row.remark} (at the {again}. time)")
    raise AssertionError


def _played(stage: Stage, blank: Row, pictures: Path) -> Row:
    said, remark, told = [], "", []
    try:
        remark = SCENES[blank.scene](stage, pictures / f"{blank.engine}-{blank.scene}.png")
    except (AssertionError, Refused) as why:
        stage.hand.picture("one", pictures / f"{blank.engine}-{blank.scene}-failed.png")
        told = stage.page("() => window.told")
        said = [f"not as it should be: {why}; the page was told {told}"]
    outside, inside = stage.page(SEEN) or {}, stage.frame("() => window.seen") or {}
    both: list[dict[str, Any]] = [outside, inside]
    longest = [each["longest"] for each in both if each.get("longest") is not None]
    return replace(
        blank,
        errors=list(
            dict.fromkeys([*said, *(e for each in both for e in each.get("errors", [])), *stage.hand.complaints()])
        ),
        violations=[violation for each in both for violation in each.get("violations", [])],
        cls=outside.get("cls"),
        moved=outside.get("moved", False),
        longest=max(longest, default=None),
        remark=remark,
        was_late=bool(told) and told[-1] == "closed: unreachable",
    )
