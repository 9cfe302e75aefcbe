"""The survey pages: in a frame, in an app, from a mail, from an open link; and the page to say no for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request

from server.core.submissions import milliseconds
from server.core.surveys import COMMENT_MAX, BadAnswer, Question, Survey, read
from server.core.texts import direction, texts
from server.flows.answer import Visit, answer, visit
from server.flows.open_link import open_link
from server.flows.unsubscribe import Subscriber, subscriber, unsubscribe
from server.store import sites
from server.store.scope import SiteScope
from server.store.tables import Site
from server.web.assets import asset, theme_url
from server.web.headers import personal
from server.web.limits import count_offer
from server.web.look import look
from server.web.parts import page_or_block, services

web = Blueprint("respond", __name__)

MODES = {"widget": "widget", "view": "view", "link": "link"}


@web.get("/s/<token>")
def survey(token: str) -> Response:
    """An invited person's survey. A score in the address only preselects: scanners open links, people send."""
    found = visit(services(), token)
    return show_step(found, token, next_step(found, preselected=request.args.get("score", "")))


@web.post("/s/<token>")
def take_answer(token: str) -> Response:
    """One answered question; the next step comes back, as a page or as a fragment."""
    found = visit(services(), token)
    survey = found.survey.survey
    question = survey.question(request.form.get("step", "")) or survey.scored or survey.first
    raw = given(found.survey.survey, request.form)[question.id]
    try:
        found = answer(services(), token, {question.id: raw}, request.form.get("submission", ""))
    except BadAnswer as why:
        step = question_step(question, complaint=str(why), value=raw)
        return show_step(found, token, step, status=422)
    return show_step(found, found.token or token, next_step(found))


@web.get("/l/<survey_key>")
def open_survey(survey_key: str) -> Response:
    """A survey that anybody may answer; nothing is stored until she does."""
    count_offer()
    token = open_link(services(), survey_key, request.args)
    found = visit(services(), token)
    return show_step(found, token, next_step(found, preselected=request.args.get("score", "")))


@web.get("/u/<token>")
def stop_page(token: str) -> Response:
    who = subscriber(services(), token)
    return _stop_step(who, token, "unsubscribed" if who.stopped else "unsubscribe")


@web.post("/u/<token>")
def stop(token: str) -> Response:
    """The page's button, and the one click of a mail program (RFC 8058): 200 without a redirect for both."""
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    only_here = request.form.get("scope") == "channel"
    source = "one-click" if one_click else "page"
    who = unsubscribe(services(), token, "channel" if only_here else "all", source)
    return _stop_step(who, token, "unsubscribed")


def given(survey: Survey, form: Mapping[str, str]) -> dict[str, Any]:
    """What the form of a step says, raw, by question id."""
    question = survey.question(form.get("step", "")) or survey.scored or survey.first
    return {question.id: form.get("score" if question.is_scored else "text", "")}


def show_preview(found: Visit, action: str, mode: str, complaint: str = "") -> Response:
    """A step of a survey that nobody is asked yet, for the desk's frame: it goes on at `action` and tells nobody."""
    step = next_step(found) | ({"complaint": complaint} if complaint else {})
    context = _frame(found.site, mode, "") | {"action": action, "step": step}
    response = make_response(render_template("survey.html", **context))
    return personal(response, ["'self'"])


def question_step(question: Question, selected: Any = None, complaint: str = "", value: str = "") -> dict[str, Any]:
    """What the template shows of one question."""
    kind = "text" if not question.is_scored else "score" if selected is None else "confirm"
    asked = {
        "id": question.id,
        "text": question.text,
        "choices": [{"value": n, "label": str(n)} for n in question.choices],
        "low": question.low_label,
        "high": question.high_label,
        "hint": "",
    }
    more = {"complaint": complaint, "value": value, "max_length": COMMENT_MAX}
    return {"kind": kind, "question": asked, "selected": selected, **more}


def next_step(found: Visit, preselected: str = "") -> dict[str, Any]:
    survey = found.survey.survey
    if survey.scored:
        try:
            return question_step(survey.scored, selected=read(survey.scored, preselected))
        except BadAnswer:
            pass  # no score in the address, or none of this scale: ask as usual
    page = survey.next_page(found.answered)
    if not page:
        t = texts(_language(found.site))
        return {"kind": "thanks", "heading": t["thanks"], "text": survey.thanks_to(found.answered).text}
    return question_step(page[0])


def show_step(found: Visit, token: str, step: dict[str, Any], status: int = 200) -> Response:
    """The page around a step, or the step alone for htmx."""
    mode = MODES.get(found.channel, "mail")
    waits = mode in ("widget", "view") and found.invitation is None
    context = _frame(found.site, mode, token) | {
        "action": f"/s/{token}{look(request.args).query}",
        "now": milliseconds(found.at),
        "shown": "/w/shown" if waits else "",
        "close_url": "/w/close",
        "unsubscribe_url": _unsubscribe_url(found, token),
        "origin": found.offer.origin if found.offer else "",
        "step": step,
    }
    response = make_response(page_or_block("survey.html", "step", **context))
    response.status_code = status
    return personal(response, ancestors(found.site))


def _unsubscribe_url(found: Visit, token: str) -> str:
    asked = look(request.args).query
    if found.offer:
        return "" if found.channel == "link" else f"/u/{token}{asked}"
    assert found.invitation
    from server.flows.compose import unsubscribe_link

    return urlsplit(unsubscribe_link(services(), found.invitation.id)).path + asked


def closed_page(site: Site, mode: str, reason: str, origin: str = "") -> Response:
    """An almost empty page that says at once that there is nothing to ask, and why: to the app, or to the page of
    `origin`. Answers that wait in this browser are sent first."""
    t = texts(_language(site))
    step = {"kind": "held", "heading": t["held_heading"], "text": t["held_text"]}
    context = _frame(site, mode, "") | {"step": step, "result": "closed", "reason": reason, "origin": origin}
    return personal(make_response(render_template("survey.html", **context)), ancestors(site))


def note(kind: str, heading: str, text: str) -> str:
    """A small calm page of its own, about nothing that belongs to a site."""
    step = {"kind": kind, "heading": heading, "text": text}
    return render_template("survey.html", **_bare("mail", "en"), brand="Askonce", step=step)


def ancestors(site: Site) -> list[str]:
    """The origins that may frame a survey of this site."""
    with services().db.reading() as db:
        return [o.origin for o in sites.origins(SiteScope(db, site.id)) if o.allowed]


def _stop_step(who: Subscriber, token: str, kind: str) -> Response:
    t = texts(_language(who.site))
    context = _frame(who.site, "mail", token) | {
        "action": f"/u/{token}{look(request.args).query}",
        "step": {"kind": kind, "brand": who.site.name},
        "t": {**t, "unsubscribe_explain": t["unsubscribe_explain"].format(brand=who.site.name)},
    }
    return personal(make_response(page_or_block("unsubscribe.html", "step", **context)), ancestors(who.site))


def _frame(site: Site, mode: str, token: str) -> dict[str, Any]:
    bare = _bare(mode, _language(site))
    return bare | {"brand": site.name, "token": token, "assets": bare["assets"] | {"theme": theme_url(site.accent)}}


def _language(site: Site) -> str:
    return look(request.args).language or site.language


def _bare(mode: str, language: str) -> dict[str, Any]:
    served = {"htmx": asset("htmx.js").url, "frame": asset("frame.js").url, "css": asset("survey.css").url}
    empty = dict.fromkeys(("token", "origin", "shown", "close_url", "unsubscribe_url", "action"), "")
    return empty | {
        "lang": language, "dir": direction(language), "mode": mode, "t": texts(language), "assets": served,
        "scheme": look(request.args).theme,
    }  # fmt: skip
