"""One caller of the cast makes her call, and what came of it is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels.voice.caller import Caller
from tests.calls.cast import CAST, End
from tests.calls.house import House


@dataclass(frozen=True)
class Played:
    """A call as it went, and what is stored of it."""

    caller: Caller
    stored: dict[str, Any]
    ends: End


def number_of(n: int) -> str:
    return f"+4477009{n:05d}"


def play(line: House, n: int) -> Played:
    """The n-th of the cast, and everything that workers do after it."""
    caller = line.hand_over(number_of(n), CAST[n].script)
    line.work()
    return Played(caller, line.stored(number_of(n)), ended(caller))


def ended(caller: Caller) -> End:
    last = [each.text for each in caller.lines if each.who == "us"][-3:]
    if caller.lines[-1].who == "she":
        return "hung up"
    if "will not ask you again" in " ".join(last):
        return "stopped"
    if "with the link" in " ".join(last):
        return "link"
    return "thanks" if any(each.who == "she" for each in caller.lines) and _is_thanked(caller) else "gave up"


def _is_thanked(caller: Caller) -> bool:
    """All was asked: the last question that there is has been."""
    return any("What is the reason?" in each.text for each in caller.lines) or _spoke_early(caller)


def _spoke_early(caller: Caller) -> bool:
    """She gave her reason with her score, and was not asked for it again."""
    return any("because" in each.text or "weeks" in each.text for each in caller.lines if each.who == "she")
