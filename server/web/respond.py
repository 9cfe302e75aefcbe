"""The survey pages: in a frame, in an app, from a mail, from an open link."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, request

from server.core.surveys import BadAnswer, Survey
from server.flows import click
from server.flows.answer import answer_with, visit
from server.flows.open_link import open_link
from server.web import steps
from server.web.fields import raw_answers
from server.web.filled import carried, clicked, filled, is_answer, words_of
from server.web.headers import personal
from server.web.limits import count_offer
from server.web.parts import services
from server.web.survey_page import asking, next_step, opened_at, show_step
from server.web.visits import counts_on_opening, note_visit

web = Blueprint("respond", __name__)


@web.get("/s/<token>")
def survey(token: str) -> Response:
    """An invited person's survey. What the address chooses stands in the form: scanners open links, people touch and
    send (`server.core.one_click`). HEAD is answered with nothing, and does nothing."""
    return _page_opened(token, "open")


@web.get("/s/<token>/more")
def trap(token: str) -> Response:
    """The same behind the link that no person sees."""
    return _page_opened(token, "trap")


def _page_opened(token: str, how: Literal["open", "trap"]) -> Response:
    found = visit(services(), token)
    survey = found.survey.survey
    chosen, given = clicked(survey), filled(survey)
    is_head = request.method == "HEAD"
    note_visit(found, "head" if is_head and how == "open" else how, words_of(given[chosen]) if chosen else "")
    if is_head:
        return personal(make_response(""))
    if chosen and counts_on_opening():
        found = click.clicked(services(), token, found, {chosen: given[chosen]})
    return show_step(found, token, next_step(found))


@web.post("/s/<token>")
def take_answer(token: str) -> Response:
    """The answers of one page; the next step comes back, as a page or as a fragment."""
    form = request.form
    if form.get("back"):
        return _go_back(token, form["back"])

    def given(survey: Survey) -> dict[str, Any]:
        return raw_answers(survey.questions, form)

    told, opened = form.get("submission", ""), opened_at(form.get("opened", ""))
    take = click.touched if form.get("touch") else answer_with
    try:
        found = take(services(), token, given, told, opened)
    except BadAnswer as why:
        found = visit(services(), token)
        return show_step(found, token, steps.mended(asking(found), given(found.survey.survey), why), status=422)
    note_visit(found, "answer")
    return show_step(found, found.token or token, next_step(found))


def _go_back(token: str, to: str) -> Response:
    """The page before. What she has filled in on this one is kept, as far as it is an answer already."""

    def so_far(survey: Survey) -> dict[str, Any]:
        given = raw_answers(survey.questions, request.form)
        return {q.id: given[q.id] for q in survey.questions if q.id in given and is_answer(q, given[q.id])}

    try:
        found = answer_with(services(), token, so_far)
    except BadAnswer:  # nothing is filled in
        found = visit(services(), token)
    return show_step(found, token, steps.next_step(asking(found), at=to))


@web.get("/l/<survey_key>")
def open_survey(survey_key: str) -> Response:
    """A survey that anybody may answer; nothing is stored until she does."""
    count_offer()
    token = open_link(services(), survey_key, request.args)
    found = visit(services(), token)
    if request.method == "HEAD":
        return personal(make_response(""))
    if clicked(found.survey.survey) and counts_on_opening() and click.rule_for(found) == "instant":
        # Under an address of its own, which may be loaded again and still is one answer.
        return make_response(redirect(f"/s/{token}?{urlencode(list(carried()))}", 303))
    return show_step(found, token, next_step(found))
