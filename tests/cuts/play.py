"""People answer while the network breaks, tabs close and the server is killed; then all is counted."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.cuts.judge import Findings, Told, judge
from tests.cuts.person import Person
from tests.cuts.street import street
from tests.engines.hand import Hands
from tests.running import eventually


@dataclass
class Outcome:
    seed: int
    findings: Findings
    told: list[Told]
    events: Counter[str]
    seconds: float

    @property
    def is_well(self) -> bool:
        """Nothing was found, and there was something to find: a run in which nobody got to answer shows nothing."""
        return not self.findings.all and any(told.saved for told in self.told)

    def report(self) -> str:
        """For people, in lines."""
        words = [word for told in self.told for given in told.words.values() for word in given]
        sure = sum(bool(taken_up) for _, taken_up in words)
        named = ", ".join(f"{count} {name}" for name, count in sorted(self.events.items()))
        found = self.findings
        return "\n".join(
            [
                f"{self.events.total()} cuts in {self.seconds:.0f} s (seed {self.seed}): {named}",
                f"{len(self.told)} persons said {len(words)} words, {sure} for certain; their pages showed "
                f"{sum(len(told.saved) for told in self.told)} answers as saved",
                f"of these lost {len(found.lost)}; kept and not delivered {len(found.undelivered)};"
                f" double {len(found.double)}; not her last word {len(found.wrong)}",
                *(f"  FOUND {each}" for each in found.all[:20]),
            ]
        )


def play(hands: Hands, folder: Path, cuts: int, seed: int) -> Outcome:
    """People come one after the other until as many as `cuts` things have gone wrong, and something was saved all the
    same; at most twice as many people as that."""
    dice, began = random.Random(seed), time.monotonic()
    everybody: list[Told] = []
    with street(folder, random.Random(seed + 1)) as town:
        while len(everybody) < 2 * cuts and (town.cuts < cuts or not any(told.saved for told in everybody)):
            hand = hands()
            town.sky.calm()
            eventually(town.is_up)
            person = Person(town, hand, dice)
            everybody.append(person.told)
            town.sky.storm()
            for _ in range(dice.randrange(5, 13)):
                person.act()
            town.sky.calm()
            eventually(town.is_up)
            person.settle()
            hand.end()
        database = folder / "data" / "askonce.db"
        found = judge(database, everybody)
        events = town.events + town.sky.faults
    return Outcome(seed, found, everybody, events, time.monotonic() - began)
