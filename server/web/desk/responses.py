"""The first page of the desk: what people say, the latest first, as it comes in; and the score."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Response, make_response, request

from server.core.scoring import group_of, score
from server.services import Services
from server.store import clicks, people, people_lists, recordings, reports, responses, surveys, turns
from server.store.coverage import coverage
from server.store.scope import SiteScope
from server.store.tables import Response as ResponseRow
from server.store.tables import Site
from server.web.desk.door import desk, for_a_site, page
from server.web.desk.transcripts import transcripts
from server.web.parts import services

SHOWN = 50
SPOKEN = ("sms", "voice")
"""Channels on which one speaks in turns."""
PERIOD = timedelta(days=30)


@desk.get("")
@desk.get("/")
@for_a_site
def latest(site: Site) -> str:
    """Responses and the score of the last 30 days."""
    return page("responses.html", **_seen(services(), site))


@desk.get("/latest")
@for_a_site
def news(site: Site) -> Response:
    """Asked twice a second by the open page: 204 while nothing is new, one index read."""
    with services().db.reading() as db:
        mark = _mark(responses.newest_changes(SiteScope(db, site.id), SHOWN))
    if request.args.get("mark") == mark:
        return Response(status=204)
    return make_response(page("latest.html", **_seen(services(), site)))


def _seen(services: Services, site: Site) -> dict[str, Any]:
    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        rows = responses.newest(scope, SHOWN)
        return {
            "mark": _mark([(r.id, r.updated_at) for r in rows]),
            "rows": response_lines(scope, rows),
            "scores": _scores(services, scope),
            "now": services.now(),
        }


def _mark(changes: list[tuple[int, datetime]]) -> str:
    """Differs whenever what the list shows differs, also when an older answer is changed."""
    seen = ",".join(f"{id}:{updated_at.timestamp()}" for id, updated_at in changes)
    return sha256(seen.encode()).hexdigest()[:16]


def response_lines(scope: SiteScope, rows: list[ResponseRow]) -> list[dict[str, Any]]:
    """Each response with its person, its survey and the group of its score."""
    ids = [r.person_id for r in rows]
    known, names = people_lists.known_by(scope, ids), surveys.names(scope)
    called = {id: p.name for id, p in people.roots(scope, ids).items()}
    # Each answer is judged on the scale that it was given on, also after its survey changed or ended.
    tops = surveys.tops(scope, {r.version_id for r in rows})
    said = turns.of_stories(scope, [r.invitation_id for r in rows if r.channel in SPOKEN])
    stories = [r.invitation_id for r in rows]
    calls, spoken = transcripts(scope, stories, services().now()), recordings.of_stories(scope, stories)
    return [
        {
            "response": r,
            "transcript": calls.get(r.invitation_id, ()),
            "spoken": next(iter(spoken.get(r.invitation_id, {}).values()), None),
            "who": display(called.get(r.person_id), known[r.person_id]),
            "survey": names.get(r.survey_id, ""),
            "turns": said.get(r.invitation_id, []),
            "group": group_of(r.kind, r.score, tops[r.version_id]) if r.score is not None else "",
        }
        for r in rows
    ]


def display(name: str | None, known: dict[str, str]) -> str:
    """What a person is called on a page."""
    for said in (name, known.get("email"), known.get("phone"), known.get("user")):
        if said:
            return said
    return "Visitor " + known.get("visitor", "v_?")[2:8]


def _scores(services: Services, scope: SiteScope) -> list[dict[str, Any]]:
    """For each live survey: its score of the last 30 days, and what became of the chances to ask."""
    now = services.now()
    counts, covered = reports.scores(scope, now - PERIOD), coverage(scope, now - PERIOD, now)
    clicked = clicks.told(scope, now - PERIOD, now)
    found = []
    for survey in surveys.live(scope):
        scored = survey.survey.scored
        if scored is None:
            continue
        found.append(
            {
                "survey": survey,
                "score": score(scored.kind, counts.get(survey.id, {}), scored.high),
                "days": PERIOD.days,
                "coverage": covered.get(survey.id),
                "clicks": clicked.get(survey.id),
            }
        )
    return found
