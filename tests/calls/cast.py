"""Fifty callers: what each does, what is stored of it, and how the call ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

End = Literal["thanks", "hung up", "stopped", "link", "gave up"]

BILL, PARCEL, ELSE = ({"chosen": [id]} for id in ("bill", "parcel", "else"))


@dataclass(frozen=True)
class Part:
    """One caller: the script is that of `channels.voice.caller.doings`."""

    script: str
    stored: dict[str, Any] = field(default_factory=dict)
    ends: End = "thanks"


def spoken(seconds: int) -> dict[str, Any]:
    return {"spoken": {"why": seconds}}


CAST: tuple[Part, ...] = (
    # Keys
    Part("9#; 1#; speak 5 The glaze is lovely", {"score": 9, "about": BILL, "why": "The glaze is lovely", **spoken(5)}),
    Part("10#; 2#; speak 12 Quick", {"score": 10, "about": PARCEL, "why": "Quick", **spoken(12)}),
    Part("10; 2; speak 3 Fine", {"score": 10, "about": PARCEL, "why": "Fine", **spoken(3)}),
    Part("0#; 3#; speak 9 Never again", {"score": 0, "about": ELSE, "why": "Never again", **spoken(9)}),
    Part("09#; 1#; silence", {"score": 9, "about": BILL, "why": ""}),
    Part("7; 1; silence", {"score": 7, "about": BILL, "why": ""}),
    Part("8#; 2#; speak 61 Long", {"score": 8, "about": PARCEL, "why": "Long", **spoken(60)}),
    Part("8#; 2#; speak 4", {"score": 8, "about": PARCEL, **spoken(4)}),
    Part("6#; 1#; #", {"score": 6, "about": BILL, "why": ""}),
    Part("5#; 3#; speak 2 So so; 9#", {"score": 5, "about": ELSE, "why": "So so", **spoken(2)}),
    # Out of range, and once more
    Part("100#; 10#; 1#; silence", {"score": 10, "about": BILL, "why": ""}),
    Part("100#; 9#; 1#; silence", {"score": 9, "about": BILL, "why": ""}),
    Part("11#; 4#; 2#; silence", {"score": 4, "about": PARCEL, "why": ""}),
    Part("100#; 100#", {}, "gave up"),
    Part("99; 12", {}, "gave up"),
    Part("9#; 4#; 3#; silence", {"score": 9, "about": ELSE, "why": ""}),
    Part("9#; 0#; 1#; silence", {"score": 9, "about": BILL, "why": ""}),
    Part("9#; 7#; 8#; silence", {"score": 9, "about": "", "why": ""}),
    Part("9#; 12#; 2#; silence", {"score": 9, "about": PARCEL, "why": ""}),
    Part("1*2#; 3#; 1#; silence", {"score": 3, "about": BILL, "why": ""}),
    # Typed ahead
    Part("9#2#; silence", {"score": 9, "about": PARCEL, "why": ""}),
    Part("9#2#; speak 4 Ahead", {"score": 9, "about": PARCEL, "why": "Ahead", **spoken(4)}),
    Part("10#1#; silence", {"score": 10, "about": BILL, "why": ""}),
    Part("10#1##", {"score": 10, "about": BILL, "why": ""}),
    Part("100#9#3#; silence", {"score": 9, "about": ELSE, "why": ""}),
    Part("##8#; 1#; silence", {}, "gave up"),
    Part("#8#1#; silence", {"score": 8, "about": BILL, "why": ""}),
    # Speech
    Part("say nine; say a bill; speak 5 Said", {"score": 9, "about": BILL, "why": "Said", **spoken(5)}),
    Part("say ten; say two; silence", {"score": 10, "about": PARCEL, "why": ""}),
    Part("say I would say eight; say Something else; silence", {"score": 8, "about": ELSE, "why": ""}),
    Part("say zero; say 1; silence", {"score": 0, "about": BILL, "why": ""}),
    Part("say nine or ten; say ten; 1#; silence", {"score": 10, "about": BILL, "why": ""}),
    Part("say nine or ten; say nine or ten", {}, "gave up"),
    Part("say ?nine; say nine; 1#; silence", {"score": 9, "about": BILL, "why": ""}),
    Part("say ?nine; 9#; 1#; silence", {"score": 9, "about": BILL, "why": ""}),
    Part("say 11; 6#; 1#; silence", {"score": 6, "about": BILL, "why": ""}),
    Part(
        "say nine because the parcel was early; 1#; silence",
        {"score": 9, "about": BILL, "why": "nine because the parcel was early"},
    ),
    Part(
        "say it took three weeks to answer; 2#; 1#",
        {"score": 2, "about": BILL, "why": "it took three weeks to answer"},
    ),
    # Silence
    Part("silence; 9#; 1#; silence", {"score": 9, "about": BILL, "why": ""}),
    Part("silence; silence", {}, "gave up"),
    Part("9#; silence; silence; speak 4 There", {"score": 9, "about": "", "why": "There", **spoken(4)}),
    # Hangs up
    Part("hang up", {}, "hung up"),
    Part("9#; hang up", {"score": 9}, "hung up"),
    Part("9#; 1#; hang up", {"score": 9, "about": BILL}, "hung up"),
    Part("100#; hang up", {}, "hung up"),
    # Star, and no more
    Part("*", {}, "link"),
    Part("9#; *#", {"score": 9}, "link"),
    Part("9#; 1#; *", {"score": 9, "about": BILL}, "link"),
    Part("*9#", {}, "stopped"),
    Part("9#; say stop calling me", {"score": 9}, "stopped"),
)
