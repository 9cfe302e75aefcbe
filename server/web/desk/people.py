"""One person: everything ever asked, held and answered; and whether she may be asked now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from server.core.contact import Contact
from server.flows.consent import ADDRESSES, HAPPENED
from server.flows.judge import weigh
from server.flows.merge import NoSuchMerge, undo
from server.gate.words import RULES, because
from server.store import clicks, held, invitations, merges, people, people_lists, responses, surveys, turns
from server.store.scope import SiteScope
from server.store.tables import Invitation, Site, Turn
from server.store.tables import Response as ResponseRow
from server.web.desk.door import desk, for_a_site, page
from server.web.desk.responses import SPOKEN, display, response_lines
from server.web.desk.said import said_lines
from server.web.desk.transcripts import Line, transcripts
from server.web.parts import services

SHOWN = 100


@desk.get("/people")
@for_a_site
def everybody(site: Site) -> str:
    """People whose address, number or id begins with what was typed; the latest ones before that."""
    begins = request.args.get("q", "").strip()
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        found = people_lists.search(scope, begins, SHOWN)
        known = people_lists.known_by(scope, [p.id for p in found])
        lines = [{"person": p, "who": display(p.name, known[p.id]), "known": known[p.id]} for p in found]
    return page("people.html", lines=lines, q=begins)


@desk.get("/people/<int:id>")
@for_a_site
def one(site: Site, id: int) -> str:
    """Her whole story with us."""
    return person_page(site, id)


def person_page(site: Site, id: int, **more: Any) -> str:
    """The page of the person of whom `id` is a record; 404 when nobody is. `more` is about a form on it."""
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        person = people.get(scope, id)
        if person is None:
            abort(404, "there is no such person")
        id = person.id
        known = people_lists.known_by(scope, [id])[id]
        answers = responses.of_person(scope, id, SHOWN)
        return page(
            "person.html",
            person=person,
            who=display(person.name, known),
            known=known,
            **said_lines(scope, id),
            invitations=_story(scope, id, answers),
            held=held.of_person(scope, id, SHOWN),
            merges=_merges(scope, id),
            conflicts=_conflicts(scope, id),
            answers=response_lines(scope, answers),
            verdicts=_verdicts(scope, id, known),
            surveys=surveys.names(scope),
            rules=RULES,
            HAPPENED=HAPPENED,
            recorded=request.args.get("recorded", ""),
            **more,
        )


@desk.post("/people/<int:id>/merges/<int:merge_id>/undo")
@for_a_site
def take_apart(site: Site, id: int, merge_id: int) -> Response:
    """Two again, where they were taken for one by mistake."""
    try:
        undo(services(), site.id, merge_id)
    except NoSuchMerge:
        abort(404, "there is no such merge")
    return redirect(f"/desk/people/{id}?site={site.key}", 303)


def _merges(scope: SiteScope, person_id: int) -> list[dict[str, Any]]:
    """What became one with her, and what was taken apart from her again."""
    return [
        {"merge": merge, "with": _called(scope, merge.absorbed_id if merge.root_id in her else merge.root_id)}
        for her in [people.family(scope, person_id)]
        for merge in merges.of_person(scope, person_id)
    ]


def _conflicts(scope: SiteScope, person_id: int) -> list[dict[str, Any]]:
    """With whom she was taken for one, and is not."""
    her = people.family(scope, person_id)
    return [
        {"conflict": row, "with": _called(scope, row.other_id if row.person_id in her else row.person_id)}
        for row in merges.conflicts_of(scope, person_id)
    ]


def _called(scope: SiteScope, record_id: int) -> dict[str, Any]:
    """One record, as it is called by what is its own, and the person whom it leads to."""
    own = {row.kind: row.value for row in people_lists.own(scope, [record_id])[record_id]}
    return {"id": people.root(scope, record_id).id, "who": display(None, own)}


def _story(scope: SiteScope, person_id: int, answers: Sequence[ResponseRow]) -> list[dict[str, Any]]:
    """How she was asked. What another system told had its invitation made with the answer, and is told by that."""
    names = surveys.names(scope)
    told = {(answer.invitation_id, answer.created_at) for answer in answers}
    rows = [row for row in invitations.of_person(scope, person_id, SHOWN) if (row.id, row.created_at) not in told]
    clicked = clicks.of_invitations(scope, [row.id for row in rows])
    said, spoken = _unanswered(scope, rows), _unanswered_calls(scope, rows)
    return [
        {
            "row": row,
            "survey": names.get(row.survey_id, ""),
            "clicked": clicked.get(row.id),
            "turns": said.get(row.id, []),
            "transcript": spoken.get(row.id, []),
        }
        for row in rows
    ]


def _unanswered(scope: SiteScope, rows: Sequence[Invitation]) -> dict[str, list[Turn]]:
    """What was said where it came to no response, beside which it would stand."""
    answered = {row.story for row in rows if row.outcome == "answered"}
    return turns.of_stories(scope, [row.id for row in rows if row.channel in SPOKEN and row.story not in answered])


def _unanswered_calls(scope: SiteScope, rows: Sequence[Invitation]) -> dict[str, list[Line]]:
    """The same of calls."""
    answered = {row.story for row in rows if row.outcome == "answered"}
    stories = [row.id for row in rows if row.channel == "phone" and row.story not in answered]
    return transcripts(scope, stories, services().now())


def _verdicts(scope: SiteScope, person_id: int, known: dict[str, str]) -> list[dict[str, Any]]:
    """May she be asked now? For each live survey, on the channel that reaches her."""
    found = []
    for survey in surveys.live(scope):
        ways = (*survey.survey.delivery.channels, "email", "sms")
        channel = next((way for way in ways if ADDRESSES.get(way) in known), "widget")
        verdict, _ = weigh(scope, person_id, survey, Contact(channel), services().now())
        lines = [(f, RULES.get(f.rule, f.rule), "" if f.passed else because(f)) for f in verdict.findings]
        found.append(
            {
                "survey": survey.slug,
                "channel": channel,
                "verdict": verdict,
                "next": verdict.until,
                "lines": lines,
            }
        )
    return found
