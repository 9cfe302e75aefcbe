"""What the answers say together, and how sure one may be of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

Z95 = 1.959964
"""Two-sided 95 % point of the normal distribution."""


@dataclass(frozen=True)
class Score:
    """A score with its 95 % interval. `value`, `low`, `high` are on the kind's own scale:
    NPS -100 to 100, CSAT and CES percent. All three are None while nobody has answered."""

    kind: Literal["nps", "csat", "ces"]
    count: int
    value: float | None
    low: float | None
    high: float | None
    groups: Mapping[str, int]
    """How many answers fell into each group, the best first."""


def group_of(kind: str, score: int, top: int) -> str:
    """The group that one score belongs to, on a scale that ends at `top`.

    NPS by Reichheld (HBR, December 2003): 9-10, 7-8, 0-6. CSAT and CES: above the middle, the middle, below.
    On 1-10 the middle is 5-6.
    """
    if kind == "nps":
        return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"
    good, bad = ("satisfied", "unsatisfied") if kind == "csat" else ("agree", "disagree")
    middle = (5, 6) if top == 10 else ((top + 1) // 2,)
    return "neutral" if score in middle else good if score > middle[-1] else bad


GROUPS = {
    "nps": ("promoter", "passive", "detractor"),
    "csat": ("satisfied", "neutral", "unsatisfied"),
    "ces": ("agree", "neutral", "disagree"),
}


def score(kind: Literal["nps", "csat", "ces"], counts: Mapping[int, int], top: int) -> Score:
    """The score of `counts` (answers by value on a scale ending at `top`) with its 95 % interval."""
    groups = dict.fromkeys(GROUPS[kind], 0)
    for value, count in counts.items():
        groups[group_of(kind, value, top)] += count
    total = sum(groups.values())
    if not total:
        return Score(kind, 0, None, None, None, groups)
    best, _, worst = groups.values()
    if kind == "nps":
        low, high = nps_interval(best, worst, total)
        return Score(kind, total, 100 * (best - worst) / total, low, high, groups)
    low, high = share_interval(best, total)
    return Score(kind, total, 100 * best / total, low, high, groups)


def nps_interval(promoters: int, detractors: int, total: int) -> tuple[float, float]:
    """95 % interval of an NPS, in points.

    Adjusted Wald with three pseudo-answers spread 3/4, 3/2, 3/4 over promoters, passives and detractors:
    the method with the best coverage at small counts in B. Rocks, "Interval Estimation for the Net Promoter
    Score", The American Statistician 70(4), 2016.
    """
    n = total + 3
    up, down = (promoters + 0.75) / n, (detractors + 0.75) / n
    margin = Z95 * sqrt((up + down - (up - down) ** 2) / n)
    return max(-100.0, 100 * (up - down - margin)), min(100.0, 100 * (up - down + margin))


def share_interval(good: int, total: int) -> tuple[float, float]:
    """95 % interval of a share, in percent: the score interval of E. B. Wilson (JASA 22, 1927)."""
    share, z2 = good / total, Z95**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    margin = Z95 / (1 + z2 / total) * sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return 100 * max(0.0, centre - margin), 100 * min(1.0, centre + margin)
