"""A message has come to rest: what follows it is planned, another channel or a reminder, or called off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.core.contact import Contact, override_from
from server.core.delivery import EXPIRES_AFTER, REMINDER, WAITING, State
from server.core.links import new_id
from server.core.people import Claim
from server.core.story import Leg, Next, Step, step_from, what_follows
from server.core.surveys.delivery import Delivery
from server.core.throttle import SENT, TouchKind
from server.flows.consent import ADDRESSES, address_of, can_reach, consent, suppressed
from server.flows.rulebook import rulebook
from server.services import Services
from server.store import identities, people, recordings, responses, stories, surveys, touches
from server.store.scope import SiteScope
from server.store.tables import Invitation

OVERTAKEN = "another message came before it"
OVER, SAID_NO, SAID_MORE = "she has answered or closed it", "she has said no", "she has said more already"


def settled(services: Services, scope: SiteScope, row: Invitation, now: datetime) -> list[Invitation]:
    """What follows `row`, now that it has come to rest: planned in this write, to be handed over after its commit.

    Told any number of times, and in any order, of the messages of one story, each step is planned once, and what is
    planned is what follows from all that has become of them. She need not be locked: whether a step is still wanted
    is looked at once more when it is about to leave.
    """
    if row.channel not in SENT:
        return []
    delivery = _delivery(scope, row)
    if not delivery.goes_on:
        return []
    rows = stories.of(scope, row.story)
    wanted = None if _over(scope, rows) else _wanted(scope, delivery, rows, now)
    return _plan(scope, delivery, rows, wanted, now)


def no_more(scope: SiteScope, row: Invitation, now: datetime) -> tuple[State, str] | None:
    """Why a message that only follows another is not sent any more, if so. Call with the person locked."""
    step = step_from(row.step)
    if step is None:
        return None
    if step.kind == "link":  # she waits for it
        return None
    rows = stories.of(scope, row.story)
    if step.kind == "follow_up":
        return ("cancelled", SAID_MORE) if _has_words(scope, row) else None
    if why := _over(scope, rows):
        return "cancelled", why
    wanted = _wanted(scope, _delivery(scope, row), [each for each in rows if each.id != row.id], now)
    return None if wanted and wanted.step == step else ("cancelled", OVERTAKEN)


def touch_kind(scope: SiteScope, row: Invitation) -> TouchKind:
    """A message that follows another continues its ask. If nothing has reached her yet, it is the ask itself: she must
    not be asked twice within a rest because the first try failed."""
    if row.step is None:
        return "ask"
    others = [each.id for each in stories.of(scope, row.story) if each.id != row.id]
    return "continuation" if touches.standing_among(scope, others) else "ask"


def contact(scope: SiteScope, row: Invitation) -> Contact:
    """What sending this invitation would be."""
    step = step_from(row.step)
    is_here = step is not None and step.kind == "link"
    return Contact(row.channel, row.id, row.address, touch_kind(scope, row), override_from(row.override), is_here)


def leave(scope: SiteScope, rows: Sequence[Invitation], reason: str, now: datetime, but: str = "") -> None:
    """Those of `rows`, of one story, that are only planned are not sent, for `reason`; the step called `but` is."""
    plans = [each.step for each in rows if each.step and each.step != but and each.state in WAITING]
    if plans:
        stories.call_off(scope, rows[0].story, plans, reason, now)


def _delivery(scope: SiteScope, row: Invitation) -> Delivery:
    return surveys.versions(scope, [row.version_id])[row.version_id].delivery


def _over(scope: SiteScope, rows: Sequence[Invitation]) -> str:
    """Why nothing follows any more; empty when something may."""
    if any(row.outcome in ("answered", "dismissed") for row in rows):
        return OVER
    channels = {row.channel for row in rows if row.step is None or row.attempts}
    said = (consent(scope, rows[0].person_id, channel) for channel in sorted(channels))
    return "" if all(each.passed for each in said) else SAID_NO


def _wanted(scope: SiteScope, delivery: Delivery, rows: Sequence[Invitation], now: datetime) -> Next | None:
    legs = [_leg(row) for row in rows if not (row.state == "cancelled" and row.reason == OVERTAKEN)]
    open_to = _open_to(scope, rows[0].person_id, delivery.channels)
    return what_follows(delivery, [leg for leg in legs if not _is_beside(leg)], open_to, now)


def _leg(row: Invitation) -> Leg:
    due = row.due_at or row.created_at
    state: State = row.state  # type: ignore[assignment]
    return Leg(step_from(row.step), row.channel, state, due, row.expires_at or due, row.attempts)


def _is_beside(leg: Leg) -> bool:
    """Nothing depends on what became of it."""
    return leg.step is not None and leg.step.kind in ("follow_up", "link")


def _open_to(scope: SiteScope, person_id: int, channels: Sequence[str]) -> list[str]:
    """Those channels on which she has an address that may be used."""
    if not channels:
        return []
    needed = rulebook(scope).policy.consent_required
    addresses = {each: address_of(scope, person_id, each) for each in channels}
    return [each for each, address in addresses.items() if can_reach(scope, person_id, each, address, each in needed)]


def _plan(
    scope: SiteScope, delivery: Delivery, rows: Sequence[Invitation], wanted: Next | None, now: datetime
) -> list[Invitation]:
    """What is planned becomes what is wanted; the rows that were planned now."""
    began = rows[0]
    leave(scope, rows, OVERTAKEN, now, but=wanted.step.name if wanted else "")
    if wanted is None:
        return []
    known = next((row for row in rows if row.step == wanted.step.name), None)
    expires_at = wanted.due_at + _worth(delivery, began, wanted.step)
    if known is None:
        row = follower(scope, rows, wanted.step, wanted.due_at, now)
        row.expires_at = expires_at
        made = stories.add(scope, row)
        return [made] if made else []
    if known.state == "cancelled" or _is_moved(known, wanted, now):
        stories.plan_anew(scope, known, wanted.due_at, expires_at, now)
        return [known]
    return []


def _is_moved(known: Invitation, wanted: Next, now: datetime) -> bool:
    """A fallback that would have waited is due at once when the message before it comes back, and the other way
    round. A reminder keeps its time, for that may be one at which it may be sent."""
    if wanted.step.kind != "fallback" or known.state not in WAITING or known.attempts or known.due_at is None:
        return False
    return wanted.due_at != known.due_at and max(wanted.due_at, known.due_at) > now


def _worth(delivery: Delivery, began: Invitation, step: Step) -> timedelta:
    """How long after it is due it may still leave."""
    interaction = str(began.properties.get("interaction") or "")
    return delivery.expires_after(interaction) if step.kind == "fallback" else EXPIRES_AFTER


def follower(scope: SiteScope, rows: Sequence[Invitation], step: Step, due_at: datetime, now: datetime) -> Invitation:
    """The invitation that is this step of the story of `rows`, not stored yet."""
    began = rows[0]
    person_id, address = _reached(scope, rows, step.channel)
    return Invitation(
        id=new_id(),
        survey_id=began.survey_id,
        version_id=began.version_id,
        person_id=person_id,
        channel=step.channel,
        state="queued" if due_at <= now else "planned",
        lane=began.lane if step.kind == "fallback" else max(began.lane, REMINDER),
        address=address,
        properties=dict(began.properties),
        override=began.override,
        due_at=due_at,
        expires_at=due_at + EXPIRES_AFTER,
        created_at=now,
        state_at=now,
        follows=began.id,
        step=step.name,
    )


def _reached(scope: SiteScope, rows: Sequence[Invitation], channel: str) -> tuple[int, str | None]:
    """Whom the story has reached on this channel already, and where, while that may be used: she may have been taken
    for one with whoever it began with, and be somebody else by now. Else the latter, where she is reached now."""
    for row in reversed(rows):
        if row.channel == channel and row.address and suppressed(scope, row.address, channel).passed:
            return row.person_id, row.address
    her = people.root(scope, rows[0].person_id)
    address = address_of(scope, her.id, channel)
    return identities.named(scope, her, [Claim(ADDRESSES[channel], address)] if address else []), address


def _has_words(scope: SiteScope, row: Invitation) -> bool:
    response = responses.of_invitation(scope, row.story)
    return bool(response and response.comment) or recordings.has(scope, row.story)
