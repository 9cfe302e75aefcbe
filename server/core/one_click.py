"""What it takes for the click on a score in a mail to become an answer, and which clicks look like a machine's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, get_args

from server.core.agents import is_program

Rule = Literal["strict", "assisted", "instant"]
"""`strict`: what she sends counts. `assisted`: so does the first touch, click or key on the page that the link opened.
`instant`: the opening of the link counts.

Programs open every link of a mail before a person does, and the better ones run its scripts and wait: of what a page
can ask for, a form that is sent and an event that the browser vouches for (`isTrusted`) are what none of them gave."""

RULES: tuple[Rule, ...] = get_args(Rule)
USUAL: Rule = "assisted"

WARNING = (
    "Mail gateways, virus scanners and previews open every link before a person does, and so they answer in her name, "
    "with whichever score they open last. Choose this only where you know that no program reads the mail on its way."
)
"""Of `instant`."""

Way = Literal["sent", "touched", "opened"]
"""How an answer came to count: by Send, by a touch of the page, by the opening of its link."""

Visit = Literal["open", "head", "trap", "stop", "answer"]
"""What was done with an invitation's links: a survey page opened (a click) or only asked for by HEAD, the hidden link
followed, the page to say no for good opened, an answer given."""

Signal = Literal["head", "scores", "everything", "trap", "early", "program"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)


def warning(rules: Iterable[Rule]) -> str:
    """What somebody should know who sets these rules; empty for nothing."""
    return f"one_click “instant”: {WARNING}" if "instant" in rules else ""


TOGETHER = timedelta(seconds=60)
"""Visits that follow each other within this time belong together."""
EARLY = timedelta(seconds=10)
"""After it was delivered; nobody reads that fast."""


@dataclass(frozen=True)
class Click:
    """One visit to a link of one invitation. `chosen` is the answer in the address, raw; empty for none. `agent` and
    `network` say from where, no closer than is needed to tell visitors apart."""

    invitation: str
    at: datetime
    visit: Visit
    chosen: str
    agent: str
    network: str

    @property
    def whose(self) -> tuple[str, str]:
        return self.network, self.agent


@dataclass(frozen=True)
class Judged:
    """What the visits to one invitation's links look like: how many were clicks, and how many of these a machine's."""

    clicks: int
    machines: int
    signals: tuple[Signal, ...] = ()


def judged(visits: Sequence[Click], delivered_at: datetime | None, choices: int) -> Judged:
    """`visits` of one invitation in the order of their times; `choices`: how many answers its message could be clicked
    on. For reports alone: no answer is ever refused or taken by it."""
    people = {each.whose for each in visits if each.visit == "answer"}
    clicks, machines, every = 0, 0, set[Signal]()
    for burst in _bursts(visits):
        signals = set(_signals(burst, delivered_at, choices))
        opened = [each for each in burst if each.visit == "open"]
        clicks += len(opened)
        # Whoever answered was there herself, whatever looked at the link just before her.
        machines += sum(each.whose not in people for each in opened) if signals else 0
        every |= signals
    return Judged(clicks, machines, tuple(signal for signal in SIGNALS if signal in every))


def _bursts(visits: Sequence[Click]) -> Iterator[list[Click]]:
    burst: list[Click] = []
    for each in visits:
        if burst and each.at - burst[-1].at > TOGETHER:
            yield burst
            burst = []
        burst.append(each)
    if burst:
        yield burst


def _signals(burst: Sequence[Click], delivered_at: datetime | None, choices: int) -> Iterator[Signal]:
    seen = [each for each in burst if each.visit != "answer"]
    scored = [each for each in seen if each.visit == "open" and each.chosen]
    kinds = {each.visit for each in seen}
    if "head" in kinds:
        yield "head"
    if any(a.chosen != b.chosen and b.at - a.at <= TOGETHER for a, b in pairwise(scored)):
        yield "scores"
    if 1 < choices <= len({each.chosen for each in scored}) and "stop" in kinds:
        yield "everything"
    if "trap" in kinds:
        yield "trap"
    if delivered_at and any(abs(each.at - delivered_at) < EARLY for each in seen):
        yield "early"
    if any(is_program(each.agent) for each in seen):
        yield "program"
