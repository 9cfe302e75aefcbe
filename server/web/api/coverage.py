"""Coverage by API: of how many chances to ask a survey how many were taken, and why not the others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from server.flows.trigger import Invalid
from server.store import clicks, surveys
from server.store.coverage import Coverage, OnChannel, coverage, days_of
from server.store.scope import SiteScope
from server.web.api import door
from server.web.errors import said
from server.web.parts import services

api = Blueprint("coverage", __name__)

PERIOD = timedelta(days=30)
LONGEST = timedelta(days=400)


@api.get("/v1/coverage")
@api.get("/v1/coverage.json")
def covered() -> Response:
    """Of one survey, or of each that had a chance. Whole days in UTC, as the reply says."""
    site = door.site()
    since, until = _period(services().now())
    name = request.args.get("survey", "").strip()
    if not name.isprintable() or len(name) > 255:
        raise Invalid({"survey": ["is no name of a survey"]})
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        wanted = surveys.named(scope, name) if name else None
        if name and wanted is None:
            return said(404, f"there is no survey {name!r}")
        found = coverage(scope, since, until)
        clicked = clicks.told(scope, since, until)
        slugs = {wanted.id: wanted.slug} if wanted else {id: s for id, s in surveys.names(scope).items() if id in found}
    rows = [
        {
            "survey": slug,
            **survey_json(found.get(id, Coverage())),
            "clicks": clicks_json(clicked.get(id, clicks.Clicks())),
        }
        for id, slug in slugs.items()
    ]
    first, end = days_of(since, until)
    return jsonify({"since": int(first.timestamp()), "until": int(end.timestamp()), "surveys": rows})


def _period(now: datetime) -> tuple[datetime, datetime]:
    """`since` and `until`, by default the last 30 days. Raises Invalid."""
    until = min(door.moment("until") or now, now + PERIOD)
    if until.year < 1971:
        raise Invalid({"until": ["must be after 1970"]})
    since = door.moment("since") or until - PERIOD
    if not since < until:
        raise Invalid({"since": ["must be before until"]})
    if until - since > LONGEST:
        raise Invalid({"since": [f"must be at most {LONGEST.days} days before until"]})
    return since, until


def survey_json(of: Coverage) -> dict[str, Any]:
    """`{"chances", "asked", "answered", "response_rate" (0 to 1 or null), "not_asked", "why": {rule: n}, "channels"}`;
    `channels` says the same of each channel."""
    return {**_numbers(of.all), "channels": {name: _numbers(each) for name, each in sorted(of.channels.items())}}


def clicks_json(of: clicks.Clicks) -> dict[str, Any]:
    """`{"clicks", "like_machines", "signals": {signal: messages}, "counted_on_opening"}`: clicks on the links of
    messages, and how many answers nothing stands for but the opening of a link."""
    return {
        "clicks": of.clicks,
        "like_machines": of.machines,
        "signals": dict(of.signals.most_common()),
        "counted_on_opening": of.counted,
    }


def _numbers(of: OnChannel) -> dict[str, Any]:
    return {
        "chances": of.chances,
        "asked": of.asked,
        "answered": of.answered,
        "response_rate": None if of.response_rate is None else round(of.response_rate, 4),
        "not_asked": of.unasked.total(),
        "why": dict(of.unasked.most_common()),
    }
