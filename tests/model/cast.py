"""Who is there, and what may be drawn: names, lengths of time, policies, outcomes of a send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from channels.channel import Rejected, Retry, Unknown
from tests.model.faults import Died
from tests.model.ledger import Name

PHONES = {
    "ann@example.com": "+14155552671",
    "bo@example.com": "+14155552672",
    "cy@example.com": "+14155552673",
}
NAMES = sorted(PHONES)
INSTANT = timedelta(milliseconds=1)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
LEASES_LAPSE = 15 * MINUTE
FOR_A_PAGE = 55 * SECOND

who = st.sampled_from([*NAMES[:2], *NAMES])
dies = st.sampled_from([*[None] * 40, *range(17)])
pick = st.integers(0, 5)
leaps = st.sampled_from(
    [SECOND, 30 * SECOND, 2 * MINUTE, 11 * MINUTE, HOUR, 12 * HOUR, DAY, 7 * DAY - 12 * HOUR, 30 * DAY, 100 * DAY]
)
edge = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5, 8])
before = st.sampled_from([timedelta(0), INSTANT, MINUTE])
outcomes = st.sampled_from(
    [
        None,
        None,
        None,
        Rejected("gone", "address"),
        Died(),
        Retry("busy", SECOND),
        Unknown("cut"),
        Rejected("stop", "optout"),
    ]
)
lengths = st.sampled_from(["none", "none", 1, 7, 30, 0.01, 2.5])
POLICIES: list[dict[str, Any]] = [
    {},
    {"rest_days": "none", "rest_after_dismissal_days": "none", "rest_after_answer_days": "none", "load": "none"},
    {"rest_days": "none", "load": {"touches": 2, "days": 7}},
    {"rest_days": 1, "rest_after_dismissal_days": 7, "rest_after_answer_days": 30, "load": "none"},
    {"rest_days": "none", "rest_after_answer_days": "none", "surveys": {"nps": {"repeat": "once"}}},
    {"rest_days": "none", "rest_after_answer_days": "none", "surveys": {"nps": {"repeat": "until_answered"}}},
    {"rest_days": "none", "rest_after_dismissal_days": "none", "groups": {"g": {"rest_days": 7}},
     "surveys": {"nps": {"group": "g"}, "ces": {"group": "g", "repeat": {"days": 30}}}},
]  # fmt: skip


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """One of the usual documents, or any other."""
    if draw(st.booleans()):
        return draw(st.sampled_from(POLICIES))
    rests = st.fixed_dictionaries(
        {}, optional={f"rest{after}_days": lengths for after in ("", "_after_dismissal", "_after_answer")}
    )
    load = st.one_of(
        st.just("none"), st.fixed_dictionaries({"touches": st.integers(1, 3), "days": st.sampled_from([1, 7])})
    )
    return {**draw(rests), "load": draw(load), "surveys": {"nps": draw(rests)}}


@dataclass
class Open:
    """An offer that a browser holds, or a survey that a person has before her."""

    ticket: str
    token: str
    name: Name
    survey: str
    channel: str
    at: datetime
    browser: int | None = None
    visitor: str = ""
    by_mail: bool = False
