"""One survey in the desk: written, looked at, saved, published, paused, and put back to what it was."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, abort, make_response, redirect, request

from server.core.surveys import BadSurvey
from server.core.surveys.edit import language_of, questions_of, text_in
from server.flows.make_survey import STATES as NOTED
from server.flows.make_survey import NoSuchSurvey, NotNow, Overtaken, publish, put, restore, save, wrong_with
from server.store import survey_versions
from server.store.scope import SiteScope
from server.store.tables import Site
from server.web.desk.door import desk, for_a_site, page
from server.web.desk.survey_form import Draft, carry_out, draft_from
from server.web.desk.survey_preview import preview_of
from server.web.desk.survey_question import finish
from server.web.desk.survey_said import news, placed
from server.web.desk.survey_view import spoken, view
from server.web.desk.surveys import frame_of, newest_of, roomy
from server.web.headers import policy
from server.web.parts import services


@desk.get("/surveys/<int:id>")
@for_a_site
def edit_survey(site: Site, id: int) -> Response:
    """The newest version, ready to be changed."""
    row, newest = newest_of(site, id)
    language = request.args.get("in") or language_of(newest.definition)
    draft = Draft(dict(newest.definition), language, row.slug, newest.number)
    return _page(site, id, draft)


@desk.post("/surveys/<int:id>")
@roomy
@for_a_site
def change_survey(site: Site, id: int) -> Response:
    """A button of the form: most change the draft on the page and nothing else; two of them save it."""
    newest_of(site, id)
    draft = draft_from(request.form)
    if request.form.get("do") not in ("save", "publish"):
        carry_out(draft, request.form)
        return _page(site, id, draft)
    if not _saved(site, id, draft):
        return _page(site, id, draft, 422)
    address = f"/desk/surveys/{id}?site={site.key}&in={draft.language}"
    return make_response(redirect(f"{address}&saved={request.form['do']}", 303))


def _saved(site: Site, id: int, draft: Draft) -> bool:
    """Whether the draft was saved, and published if that was asked; else it knows why not."""
    definition = _finished(draft.definition)
    wrong = wrong_with(services(), site.id, id, definition, draft.slug)
    draft.complaints |= placed(wrong, definition) | _untold(draft)
    if draft.complaints:
        return False
    try:
        version = save(services(), site.id, id, definition, "desk", draft.slug, draft.base or None)
        draft.base = version.number
        if request.form["do"] == "publish":
            publish(services(), site.id, id, "desk", version.number)
    except BadSurvey as why:
        draft.complaints |= placed(why.complaints, definition)
    except NotNow as why:
        draft.complaints[""] = f"Saved, but not published: {why}."
    except Overtaken as why:
        draft.base = why.number
        draft.complaints[""] = (
            f"Nothing was saved: meanwhile {why.by or 'somebody'} saved version {why.number}. What you typed "
            "is still here: saving it now makes a version after that one."
        )
    return not draft.complaints


def _untold(draft: Draft) -> dict[str, str]:
    """A question without a text in the survey's own language, which is what stands where another one has none."""
    own = language_of(draft.definition)
    told = [text_in(question.get("text"), own, own) for question in questions_of(draft.definition)]
    return {f"q.{n}.text": f"Say what is asked, in {spoken(own)}." for n, text in enumerate(told) if not text}


def _finished(definition: dict[str, Any]) -> dict[str, Any]:
    questions = questions_of(definition)
    for question in questions:
        finish(question)
    return {**definition, "questions": questions}


@desk.post("/surveys/<int:id>/preview")
@roomy
@for_a_site
def preview_survey(site: Site, id: int) -> Response:
    """What was typed, as it would be met; nothing of it is stored."""
    newest_of(site, id)
    return _page(site, id, draft_from(request.form))


@desk.post("/surveys/<int:id>/state")
@for_a_site
def put_survey(site: Site, id: int) -> Response:
    """Pause, resume, close, or publish the newest version."""
    state = request.form.get("state", "")
    try:
        if state == "publish":
            publish(services(), site.id, id, "desk")
        elif state in NOTED:
            put(services(), site.id, id, state, "desk")
        else:
            abort(400, "say paused, live, closed or publish")
    except NoSuchSurvey as why:
        abort(404, str(why))
    except (NotNow, BadSurvey) as why:
        abort(409, str(why))
    return make_response(redirect(f"/desk/surveys/{id}?site={site.key}&saved={state}", 303))


@desk.get("/surveys/<int:id>/versions")
@for_a_site
def survey_history(site: Site, id: int) -> str:
    """Every version, what it says otherwise than the one before, and what was done when and by whom."""
    row, newest = newest_of(site, id)
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        found = survey_versions.versions(scope, id)
        done = survey_versions.changes(scope, id)
    before = [each.definition for each in found[1:]] + [None]
    told = [{"row": each, "news": news(past, each.definition)} for each, past in zip(found, before, strict=True)]
    return page("survey_versions.html", versions=told, changes=done, **frame_of(site, row, newest))


@desk.post("/surveys/<int:id>/restore")
@for_a_site
def restore_survey(site: Site, id: int) -> Response:
    """An old version as a new draft."""
    raw = request.form.get("number", "")
    try:
        number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0
        restore(services(), site.id, id, number, "desk")
    except NoSuchSurvey as why:
        abort(404, str(why))
    return make_response(redirect(f"/desk/surveys/{id}?site={site.key}&saved=restored", 303))


def _page(site: Site, id: int, draft: Draft, status: int = 200) -> Response:
    row, newest = newest_of(site, id)
    written = page(
        "survey.html",
        document=json.dumps(draft.definition, ensure_ascii=False, separators=(",", ":")),
        complaints=draft.complaints,
        shown=preview_of(site, draft, request.form if request.method == "POST" else request.args),
        saved=request.args.get("saved", ""),
        **frame_of(site, row, newest),
        **view(draft),
    )
    response = make_response(written)
    response.status_code = status
    response.headers["Content-Security-Policy"] = policy(**{"frame-src": "'self'"})
    return response
