"""A verdict as a support lead would read it, and as a program would."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server.core import called
from server.core.rehearsal import Tale
from server.core.story import Step
from server.core.throttle import Finding
from server.gate.verdict import Verdict

RULES = {
    "running": "whether the survey is running",
    "sample": "whether she is among the people whom this survey is for",
    "consent": "what she said about being asked",
    "suppressed": "whether her address can be used",
    "quota": "how many responses this survey wants",
    "rest": "rest between two asks of any survey, on any channel",
    "rest_after_dismissal": "rest after she closed a survey",
    "rest_after_answer": "rest after she answered a survey",
    "repeat": "how often this survey may come back",
    "until_answered": "this survey is over for whoever answered it when asked",
    "group_rest": "rest between two surveys of one group",
    "load": "all contacts together, other systems' too",
    "after_external": "rest after another system's contact",
    "send_hours": "when messages may leave, by her clock",
    "pace": "how many may be asked this survey in an hour or a day",
    "budget": "how many messages may leave on this channel in a day or a month",
    "paused": "whether anything leaves on this channel",
    "number": "whether it is the number of a person",
    "countries": "the countries that texts and calls go to",
    "alike": "how many numbers of one range are written to in an hour",
    "spending": "what the messages on this channel may cost in a day",
}


DID = {"external": "contacted", "continuation": "written to again"}


def sentences(verdict: Verdict) -> list[str]:
    """One line for each rule: pass or held, by which touch, until when; then when all would pass."""
    lines = [_line(f) for f in verdict.findings]
    if verdict.until:
        lines.append(f"next possible: {_utc(verdict.until)}")
    return lines


STEPS = {"fallback": "fallback", "reminder": "reminder {number}", "follow_up": "wish for words"}
"""What a message is that follows another one."""


def coming(survey: str, channel: str, step: Step | None, due_at: datetime | None, verdict: Verdict) -> str:
    """A message that is planned: what, when, and which rule would hold it then."""
    what = STEPS[step.kind].format(number=step.number) if step else "ask"
    due = f", due on {_utc(due_at)}" if due_at else ""
    held = "" if verdict.allowed else f"; it would be held by {verdict.held_by}"
    spite = "".join(f", in spite of {each.rule}: {each.overridden}" for each in verdict.findings if each.overridden)
    return f"planned  {what} of {survey} by {channel}{due}{spite}{held}"


def _line(finding: Finding) -> str:
    rule = f"{finding.rule}: {RULES.get(finding.rule, finding.rule)}"
    if finding.passed:
        return f"pass  {rule}" + (f"; {_over(finding)}" if finding.overridden else "")
    return f"held  {rule}; {because(finding)}"


def because(finding: Finding) -> str:
    """Why one rule holds, in words."""
    if finding.because:
        return finding.because + (f", holds until {_utc(finding.until)}" if finding.until else "")
    if finding.is_lease:
        return f"another ask is on its way until {finding.until:%H:%M:%S} UTC"
    if finding.touch and finding.until:
        did, channel = DID.get(finding.touch.kind, "asked"), finding.touch.channel
        ends = f"until {_utc(finding.ends)}" if finding.ends else "for good"
        return f"{did} by {called.channel(channel)} on {_utc(finding.touch.at)}, holds {ends}"
    return "held"


def _over(finding: Finding) -> str:
    """Of a rule that was passed over: how it would hold, and why it does not."""
    return f"{because(finding)}, but is overridden: {finding.overridden}"


def as_json(verdict: Verdict) -> dict[str, Any]:
    """`{"allowed", "held_by", "until" (Unix seconds; null when waiting alone will not do), "rules": [{"rule", "passed",
    "until" (likewise), "because", "overridden" (why a rule that would hold was passed over, or null)}]}`."""
    return {
        "allowed": verdict.allowed,
        "held_by": verdict.held_by or None,
        "until": _seconds(verdict.until),
        "rules": [
            {
                "rule": f.rule,
                "passed": f.passed,
                "until": _seconds(f.ends),
                "because": because(f) if f.overridden or not f.passed else None,
                "overridden": f.overridden or None,
            }
            for f in verdict.findings
        ],
    }


def _utc(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _seconds(at: Any) -> int | None:
    return int(at.timestamp()) if at else None


def tale_lines(tale: Tale, days: int) -> list[str]:
    """A rehearsal as a table: by channel and rule, what happened beside what would have."""
    share = f"{tale.chances} chances of {tale.people} people in {days} days"
    lines = [share, "", f"{'':34}{'happened':>10}{'would':>10}{'change':>10}"]
    for channel in sorted({*tale.was_asked, *tale.would_be_asked}):
        lines.append(_row(f"asked by {channel}", tale.was_asked[channel], tale.would_be_asked[channel]))
    for channel, rule in sorted({*tale.was_held, *tale.would_be_held}):
        now, then = tale.was_held[channel, rule], tale.would_be_held[channel, rule]
        lines.append(_row(f"held by {rule}, {channel}", now, then))
    lines.append(_row("asked in all", tale.was_asked.total(), tale.would_be_asked.total()))
    return lines


def _row(what: str, happened: int, would: int) -> str:
    return f"{what:34}{happened:>10}{would:>10}{would - happened:>+10}"


def tale_as_json(tale: Tale) -> dict[str, Any]:
    """`{"people", "chances", "happened": {"asked": {channel: n}, "held": {channel: {rule: n}}}, "would": …}`."""
    return tale.as_json()
