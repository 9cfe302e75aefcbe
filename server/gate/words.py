"""A verdict as a support lead would read it, and as a program would."""

from __future__ import annotations

from typing import Any

from server.core.throttle import Finding
from server.gate.verdict import Verdict

RULES = {
    "running": "the survey is running",
    "consent": "has not said no",
    "rest": "rest between two asks of any survey, on any channel",
}


def sentences(verdict: Verdict) -> list[str]:
    """One line for each rule: pass or held, by which touch, until when; then when all would pass."""
    lines = [_line(f) for f in verdict.findings]
    if verdict.until:
        lines.append(f"next possible: {verdict.until:%d %B %Y, %H:%M} UTC")
    return lines


def _line(finding: Finding) -> str:
    rule = f"{finding.rule}: {RULES.get(finding.rule, finding.rule)}"
    if finding.passed:
        return f"pass  {rule}"
    return f"held  {rule}; {because(finding)}"


def because(finding: Finding) -> str:
    """Why one rule holds, in words."""
    if finding.because:
        return finding.because
    if finding.is_lease:
        return f"another ask is on its way until {finding.until:%H:%M:%S} UTC"
    if finding.touch and finding.until:
        how = "external contact" if finding.touch.channel == "external" else f"asked by {finding.touch.channel}"
        return f"{how} on {finding.touch.at:%d %B %Y, %H:%M} UTC, holds until {finding.until:%d %B %Y, %H:%M} UTC"
    return "held"


def as_json(verdict: Verdict) -> dict[str, Any]:
    """`{"allowed", "held_by", "until" (unix seconds or null), "rules": [{"rule", "passed", "until", "because"}]}`."""
    return {
        "allowed": verdict.allowed,
        "held_by": verdict.held_by or None,
        "until": _seconds(verdict.until),
        "rules": [
            {
                "rule": f.rule,
                "passed": f.passed,
                "until": _seconds(f.until),
                "because": None if f.passed else because(f),
            }
            for f in verdict.findings
        ],
    }


def _seconds(at: Any) -> int | None:
    return int(at.timestamp()) if at else None
