"""How a survey reaches somebody who is written to: on which channels, how soon and how late, and how often again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, cast, get_args

from server.core.delivery import EXPIRES_AFTER
from server.core.surveys.words import Words
from server.core.throttle import SENT

INTERACTION = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""What sort of contact she is asked about: `call`, `chat`, `email`, or any other word that the site uses."""
OTHER = "other"
"""Stands for every interaction that is not named."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON: Mapping[str, timedelta] = {"call": HOUR, "chat": DAY, "email": DAY}
"""How long it is worth asking about each: a call is forgotten soonest."""

TextForm = Literal["link", "conversation"]
"""What a text message does: leads to the page, or asks itself, one question after the other, for answers by reply."""

LONGEST = timedelta(days=30)
"""Of any wait: whoever is asked later than that does not know what about."""
PHONE_SHAPES = {
    "voice": re.compile(r"[A-Za-z][A-Za-z0-9.-]{1,59}"),
    "accent": re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}"),
}
PHONE_EXAMPLES = {"voice": "Polly.Amy", "accent": "en-AU"}
INTERACTIONS_MOST = 20
REMINDERS_MOST = 3


@dataclass(frozen=True)
class Reminders:
    """How often somebody who has not answered is reminded, and how long after the last message. Empty words stand for
    ours."""

    times: int
    every: timedelta
    subject: str = ""
    text: str = ""


@dataclass(frozen=True)
class FollowUp:
    """Whoever gave a score without words is asked for them once, so long after it. Empty words stand for ours."""

    after: timedelta
    subject: str = ""
    text: str = ""


@dataclass(frozen=True)
class Phone:
    """How a call speaks, in the language of this survey: a `voice` by its provider's name (`Polly.Amy`), and an
    `accent`, a tag with a country (`en-AU`). Empty for the usual ones."""

    voice: str = ""
    accent: str = ""


@dataclass(frozen=True)
class Delivery:
    """`channels`: tried one after the other until one reaches her; none for the one that a hook or a program names.
    `fallback_after`: the next is tried, too, when she has not answered by then; None for only where one failed.
    `sms`: what a text message does."""

    channels: tuple[str, ...] = ()
    delays: Mapping[str, timedelta] = field(default_factory=dict)
    expiries: Mapping[str, timedelta] = field(default_factory=dict)
    fallback_after: timedelta | None = None
    reminders: Reminders | None = None
    follow_up: FollowUp | None = None
    sms: TextForm = "link"
    phone: Phone = Phone()

    def delay(self, interaction: str) -> timedelta:
        """How long after it she is asked."""
        return _of(self.delays, interaction) or timedelta(0)

    def expires_after(self, interaction: str) -> timedelta:
        """How long after it was due a message may still leave."""
        return _of(self.expiries, interaction) or SOON.get(interaction, EXPIRES_AFTER)

    @property
    def goes_on(self) -> bool:
        """Whether a message of ours is ever followed by another."""
        return bool(self.channels or self.reminders)


def _of(waits: Mapping[str, timedelta], interaction: str) -> timedelta | None:
    return waits.get(interaction, waits.get(OTHER))


def delivery_from(raw: Any, words: Words, may_follow: bool, complaints: list[str]) -> Delivery:
    """Shape: `{"channels": ["email", "sms"], "delay_minutes": n, "expires_after_hours": n, "fallback_after_hours": n,
    "reminders": {"times", "every_days"?, "subject"?, "text"?}, "follow_up": {"after_hours", "when"?: "no_comment",
    "subject"?, "text"?}, "sms": "link" | "conversation", "phone": {"voice"?, "accent"?}}`, each part optional. The
    two waits may be objects by interaction (`call`, `chat`, `email`, any other word, and `other` for those that are not
    named). `may_follow`: the survey has a score, and asks for words.
    """
    read = _Reader(words, complaints)
    said = read.part(raw, "delivery", FIELDS)
    follow_up = read.follow_up(said.get("follow_up"))
    if follow_up and not may_follow:
        complaints.append("delivery: follow_up needs a survey with a score and with a question in free words")
    return Delivery(
        channels=read.channels(said.get("channels")),
        delays=read.waits(said.get("delay_minutes"), "delay_minutes", timedelta(minutes=1), may_be_none=True),
        expiries=read.waits(said.get("expires_after_hours"), "expires_after_hours", HOUR),
        fallback_after=read.wait(said.get("fallback_after_hours"), "fallback_after_hours", HOUR),
        reminders=read.reminders(said.get("reminders")),
        follow_up=follow_up,
        sms=read.text_form(said.get("sms")),
        phone=read.phone(said.get("phone")),
    )


FIELDS = (
    "channels", "delay_minutes", "expires_after_hours", "fallback_after_hours", "reminders", "follow_up", "sms",
    "phone",
)  # fmt: skip


@dataclass(frozen=True)
class _Reader:
    words: Words
    complaints: list[str]

    def part(self, raw: Any, where: str, known: Sequence[str]) -> Mapping[str, Any]:
        if raw is None:
            return {}
        if not isinstance(raw, Mapping):
            self.complaints.append(f"{where} must be an object with {', '.join(known)}")
            return {}
        self.complaints.extend(
            f"{where} has no “{str(name)[:40]}”; it has {', '.join(known)}" for name in raw if name not in known
        )
        return raw

    def channels(self, raw: Any) -> tuple[str, ...]:
        if raw is None:
            return ()
        fine = isinstance(raw, list | tuple) and all(each in SENT for each in raw) and len(set(raw)) == len(raw)
        if not fine:
            self.complaints.append(f"delivery: channels must be a list of {', '.join(SENT)}, each once, best first")
        return tuple(raw) if fine else ()

    def text_form(self, raw: Any) -> TextForm:
        if raw is None:
            return "link"
        if raw not in get_args(TextForm):
            self.complaints.append(f"delivery: sms must be {' or '.join(get_args(TextForm))}")
            return "link"
        return cast("TextForm", raw)

    def waits(self, raw: Any, name: str, unit: timedelta, may_be_none: bool = False) -> dict[str, timedelta]:
        by_interaction = raw if isinstance(raw, Mapping) else {OTHER: raw}
        known = [each for each in by_interaction if isinstance(each, str) and INTERACTION.fullmatch(each)]
        if len(known) < len(by_interaction) or len(known) > INTERACTIONS_MOST:
            self.complaints.append(
                f"delivery: {name} must be a number, or numbers by interaction (call, chat, email or another word in "
                f"small letters; “{OTHER}” for the rest), at most {INTERACTIONS_MOST}"
            )
            return {}
        names = {each: f"{name}: {each}" if raw is by_interaction else name for each in known}
        found = {each: self.wait(by_interaction[each], names[each], unit, may_be_none) for each in known}
        return {each: wait for each, wait in found.items() if wait is not None}

    def wait(self, raw: Any, name: str, unit: timedelta, may_be_none: bool = False) -> timedelta | None:
        """So many times `unit`; `may_be_none`: 0 is a wait, too."""
        if raw is None:
            return None
        most = LONGEST // unit
        is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
        if not is_number or not 0 <= raw <= most or not (raw or may_be_none):
            at_least = "from 0" if may_be_none else "above 0 and"
            self.complaints.append(f"delivery: {name} must be a number {at_least} up to {most}")
            return None
        return float(raw) * unit

    def reminders(self, raw: Any) -> Reminders | None:
        said = self.part(raw, "delivery: reminders", ("times", "every_days", "subject", "text"))
        times = said.get("times", 0)
        if isinstance(times, bool) or not isinstance(times, int) or not 0 <= times <= REMINDERS_MOST:
            self.complaints.append(f"delivery: reminders: times must be 0 to {REMINDERS_MOST}")
            times = 0
        every = self.wait(said.get("every_days"), "reminders: every_days", DAY) or 3 * DAY
        words = self._worded(said, "delivery: reminders")
        return Reminders(times, every, **words) if times else None

    def follow_up(self, raw: Any) -> FollowUp | None:
        said = self.part(raw, "delivery: follow_up", ("when", "after_hours", "subject", "text"))
        if said.get("when", "no_comment") != "no_comment":
            self.complaints.append("delivery: follow_up: when must be no_comment")
        after = self.wait(said.get("after_hours"), "follow_up: after_hours", HOUR)
        words = self._worded(said, "delivery: follow_up")
        if said and after is None and said.get("after_hours") is None:
            self.complaints.append("delivery: follow_up: after_hours is missing")
        return FollowUp(after, **words) if after else None

    def phone(self, raw: Any) -> Phone:
        said = self.part(raw, "delivery: phone", ("voice", "accent"))
        # A voice speaks one language: what was said for another one is not hers.
        spoken = {name: said.get(name) if self.words.has(said.get(name)) else None for name in ("voice", "accent")}
        found = {name: self.words.read(raw, f"delivery: phone: {name}") for name, raw in spoken.items()}
        for name, shape in PHONE_SHAPES.items():
            if found[name] and not shape.fullmatch(found[name]):
                self.complaints.append(f"delivery: phone: {name} must look like {PHONE_EXAMPLES[name]}")
                found[name] = ""
        return Phone(**found)

    def _worded(self, said: Mapping[str, Any], where: str) -> dict[str, str]:
        return {name: self.words.read(said.get(name), f"{where}: {name}") for name in ("subject", "text")}
