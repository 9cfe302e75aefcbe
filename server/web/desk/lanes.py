"""What may leave on each channel and what that costs, with a button that stops it and one that lets it go again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, abort, make_response, redirect, request

from server.core import rates
from server.core.people import line
from server.core.throttle import SENT
from server.flows import halt
from server.flows.guard import DAY
from server.flows.rulebook import rulebook
from server.store import costs, pauses
from server.store.scope import SiteScope
from server.store.tables import Pause, Site
from server.web.desk.door import desk, for_a_site
from server.web.parts import services

MONTH = timedelta(days=30)
BY_HAND = "somebody of the team has paused them"
UNITS = {"sms": "Parts of texts", "phone": "Minutes"}
"""What is paid for."""


@dataclass(frozen=True)
class Lane:
    """One channel of a site. Money is in words; `share` is what is spent of the day's money, of a hundred."""

    channel: str
    pause: Pause | None
    waiting: int
    stopped: int
    """How many said stop, in the period."""
    costs: bool
    today: str = ""
    most: str = ""
    """Empty for no limit."""
    share: int = 0
    month: str = ""
    units: tuple[str, int] = ("", 0)
    """What was paid for in the month, and how many of it."""


def lanes(scope: SiteScope, since: datetime, now: datetime) -> list[Lane]:
    """Every channel that sends."""
    paused, waiting = pauses.every(scope), pauses.waiting(scope, "paused")
    return [
        _lane(scope, channel, paused.get(channel), waiting.get(channel, 0), since, now)
        for channel in SENT
    ]  # fmt: skip


def _lane(scope: SiteScope, channel: str, pause: Pause | None, waiting: int, since: datetime, now: datetime) -> Lane:
    stopped, settings = costs.said_stop(scope, channel, since), services().settings
    if channel not in settings.paid:
        return Lane(channel, pause, waiting, stopped, costs=False)
    policy = rulebook(scope).policy
    today = costs.since(scope, channel, DAY.begins(now, policy.zone))
    month = costs.since(scope, channel, DAY.begins(now - MONTH, policy.zone))
    most = policy.spending.get(channel)
    return Lane(
        channel,
        pause,
        waiting,
        stopped,
        costs=True,
        today=rates.said(today.money, settings.currency),
        most=rates.said(most, settings.currency) if most is not None else "",
        share=min(100, round(100 * today.money / most)) if most else 0,
        month=rates.said(month.money, settings.currency),
        units=(UNITS[channel], month.units),
    )


@desk.post("/lanes/<channel>/pause")
@for_a_site
def pause_lane(site: Site, channel: str) -> Response:
    """Nothing leaves on it from now on; for whoever looks at it later there may be a reason."""
    because = line(request.form.get("because"), 200).strip() or BY_HAND
    halt.pause(services(), site.id, _known(channel), because, "desk")
    return _back(site, "paused")


@desk.post("/lanes/<channel>/resume")
@for_a_site
def resume_lane(site: Site, channel: str) -> Response:
    """In use again; refused while the day's money is gone."""
    try:
        halt.resume(services(), site.id, _known(channel))
    except halt.StillSpent:
        return _back(site, "spent")
    return _back(site, "resumed")


def _known(channel: str) -> str:
    return channel if channel in SENT else abort(404, "there is no such channel")


def _back(site: Site, said: str) -> Response:
    return make_response(redirect(f"/desk/deliveries?site={site.key}&lane={said}#lanes", 303))
