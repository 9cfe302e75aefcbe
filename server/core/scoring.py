"""What the answers say together, and how sure one may be of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

Z95 = 1.959964
"""Two-sided 95 % point of the normal distribution."""


@dataclass(frozen=True)
class Score:
    """A score with its 95 % interval. `value`, `low`, `high` are on the kind's own scale: NPS and eNPS -100 to 100,
    stars their mean, all others the percentage in the best group. All three are None while nobody has answered."""

    kind: str
    count: int
    value: float | None
    low: float | None
    high: float | None
    groups: Mapping[str, int]
    """How many answers fell into each group, the best first."""


def group_of(kind: str, score: int, top: int) -> str:
    """The group that one score belongs to, on a scale that ends at `top`.

    NPS and eNPS by Reichheld (HBR, December 2003): 9-10, 7-8, 0-6. PMF by its three answers, thumbs by its two. All
    others: above the middle, the middle, below; on 1-10 the middle is 5-6.
    """
    best, *between, worst = GROUPS[kind]
    if top == 10 and "nps" in kind:
        return best if score >= 9 else between[0] if score >= 7 else worst
    if kind == "thumbs":
        return best if score else worst
    middle = (5, 6) if top == 10 else ((top + 1) // 2,)
    return between[0] if score in middle else best if score > middle[-1] else worst


GROUPS = {
    "nps": ("promoter", "passive", "detractor"),
    "enps": ("promoter", "passive", "detractor"),
    "csat": ("satisfied", "neutral", "unsatisfied"),
    "ces": ("agree", "neutral", "disagree"),
    "stars": ("high", "middle", "low"),
    "smileys": ("happy", "neutral", "unhappy"),
    "thumbs": ("up", "down"),
    "pmf": ("very_disappointed", "somewhat_disappointed", "not_disappointed"),
}
"""The groups of each kind, the best first."""


def score(kind: str, counts: Mapping[int, int], top: int) -> Score:
    """The score of `counts` (answers by value on a scale ending at `top`) with its 95 % interval."""
    groups = dict.fromkeys(GROUPS[kind], 0)
    for value, count in counts.items():
        groups[group_of(kind, value, top)] += count
    total = sum(groups.values())
    if not total:
        return Score(kind, 0, None, None, None, groups)
    best, *_, worst = groups.values()
    if kind == "stars":
        return _mean(counts, total, top, groups)
    if kind in ("nps", "enps"):
        low, high = nps_interval(best, worst, total)
        return Score(kind, total, 100 * (best - worst) / total, low, high, groups)
    low, high = share_interval(best, total)
    return Score(kind, total, 100 * best / total, low, high, groups)


def _mean(counts: Mapping[int, int], total: int, top: int, groups: Mapping[str, int]) -> Score:
    """The mean with its 95 % interval by the normal distribution; of a single answer the whole scale."""
    mean = sum(value * count for value, count in counts.items()) / total
    if total == 1:
        return Score("stars", total, mean, 1, top, groups)
    variance = sum(count * (value - mean) ** 2 for value, count in counts.items()) / (total - 1)
    margin = Z95 * sqrt(variance / total)
    return Score("stars", total, mean, max(1, mean - margin), min(top, mean + margin), groups)


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
