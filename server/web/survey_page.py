"""The page around a step of a survey: which step it is, in whose language, in a frame, an app, a mail or a kiosk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, make_response, render_template, request

from server.core.look import Look as Standing
from server.core.one_click import Rule
from server.core.submissions import milliseconds
from server.core.surveys import BadAnswer, read
from server.core.texts import direction, texts
from server.flows import click
from server.flows.answer import Visit
from server.flows.compose import unsubscribe_link
from server.flows.kiosk import way_in
from server.flows.offer import Offer
from server.flows.open_link import FIELD
from server.flows.sheet import sheet
from server.store.tables import Site
from server.web import steps
from server.web.assets import asset, theme_url
from server.web.fields import raw_answers
from server.web.filled import clicked, fields_in_address, filled
from server.web.headers import packed, personal
from server.web.kiosk import Kiosk, kiosk_in
from server.web.look import Look, look
from server.web.parts import page_or_block, services, wants_fragment
from server.web.steps import Asking, Step

MODES = {"widget": "widget", "view": "view", "link": "link"}
AS_USUAL = Look()
PLAIN = theme_url("", {"base": "plain"})
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def next_step(found: Visit) -> Step:
    """What comes next; what the address fills in stands in the form. What she clicked in her mail is asked again, even
    when there is an answer. So is the question that `ask` names: a message asked for it."""
    survey = found.survey.survey
    chosen, given = clicked(survey), filled(survey)
    asked = asking(found)
    if chosen:
        return steps.clicked_step(asked, given, chosen)
    return steps.next_step(asked, given, at=request.args.get("ask", "") if request.method == "GET" else "")


def asking(found: Visit) -> Asking:
    """The survey as she is asked it here, with what she has answered."""
    opened = request.form.get("opened", "") if request.method == "POST" else str(int(services().now().timestamp()))
    return Asking(
        survey=found.survey.in_language(_language_of(found)),
        answered=found.answered,
        properties=found.properties,
        name=found.name,
        seconds=found.survey.seconds,
        opened=opened if opened_at(opened) else "",
    )


def opened_at(said: str) -> datetime | None:
    """When she first saw the survey, by the seconds that its form carries; None when that is no time."""
    return datetime.fromtimestamp(int(said), UTC) if said.isascii() and said.isdigit() and len(said) < 11 else None


def show_step(found: Visit, token: str, step: Step, status: int = 200) -> Response:
    """The page around a step, or the step alone for htmx."""
    mode = MODES.get(found.channel, "mail")
    waits = mode in ("widget", "view") and found.invitation is None
    kiosk = _kiosk(found) if mode == "link" and request.args.get("kiosk") else None
    rule = click.rule_for(found) if step.clicked else "strict"
    context = page_of(found.site, mode, token, _language_of(found), _scripts_for(found, kiosk, rule)) | {
        "action": f"/s/{token}{_carried(step)}",
        "rule": rule,
        "is_counted": rule == "instant" and _stands(found, step),
        "now": milliseconds(found.at),
        "shown": "/w/shown" if waits else "",
        "close_url": "/w/close",
        "unsubscribe_url": _unsubscribe_url(found, token),
        "origin": found.offer.origin if found.offer else "",
        "step": step,
        "kiosk": kiosk,
        "leave": kiosk.leave if kiosk and found.site.kiosk_pin else "",
    }
    response = make_response(page_or_block("survey.html", "step", **context))
    response.status_code = status
    return packed(personal(response, () if wants_fragment() else ancestors(found.site, found.offer)))


def show_preview(found: Visit, action: str, why: BadAnswer | None = None, stands: Standing | None = None) -> Response:
    """A step of a survey that nobody is asked yet, for the desk's frame: it goes on at `action` and tells nobody.
    `stands`: not as a page of its own, but as a widget that stands so."""
    given = raw_answers(found.survey.survey.questions, request.form)
    step = steps.mended(asking(found), given, why) if why else next_step(found)
    mode, scripts = "widget" if stands else "link", _scripts_for(found, None)
    context = page_of(found.site, mode, "", _language_of(found), scripts) | {"action": action, "step": step}
    if stands:
        context["assets"]["styles"].append(asset("preview.css").url)
        context |= {"stands": stands, "scheme": look_in_address().theme or stands.scheme}
    response = make_response(render_template("survey.html", **context))
    return personal(response, ["'self'"])


def closed_page(site: Site, mode: str, reason: str, origin: str = "") -> Response:
    """An almost empty page that says at once that there is nothing to ask, and why: to the app, or to the page of
    `origin`. Answers that wait in this browser are sent first."""
    language = language_of_site(site)
    t = texts(language)
    step = Step("held", t["held_heading"], t["held_text"])
    context = page_of(site, mode, "", language) | {
        "step": step, "result": "closed", "reason": reason, "origin": origin,
    }  # fmt: skip
    return personal(make_response(render_template("survey.html", **context)), ancestors(site))


def note(kind: str, heading: str, text: str) -> str:
    """A small calm page of its own, about nothing that belongs to a site."""
    return render_template("survey.html", **_bare("mail", "en", PLAIN), brand="Askonce", step=Step(kind, heading, text))


def _kiosk(found: Visit) -> Kiosk | None:
    """What begins anew for the next person: a link that is for anybody, never somebody's own."""
    if found.offer is None:
        return None
    key, said = way_in(services(), found)
    look = {"lang": look_in_address().language, "theme": look_in_address().theme}
    return kiosk_in(request.args, key, {name: text for name, text in (look | dict(said)).items() if text})


def _stands(found: Visit, step: Step) -> bool:
    """Whether what she clicked is the answer by now."""
    survey = found.survey.survey
    question = survey.question(step.clicked)
    return question is not None and found.answered.get(question.id) == read(question, filled(survey)[question.id])


def _carried(step: Step) -> str:
    """What the next page's address says too: its looks, and what fills in questions that are still to come."""
    if not request.args:
        return ""
    more = [("kiosk", request.args["kiosk"][:4])] if request.args.get("kiosk") else []
    # What was clicked stands in the form: it would be asked again on every page that is loaded anew.
    past = FIELD + step.clicked
    coming = [(key, text) for key, text in fields_in_address().items(multi=True) if key.split(".other")[0] != past]
    more += [(key, text[:300]) for key, text in coming]
    query = look_in_address().query
    return query + (("&" if query else "?") + urlencode(more) if more else "")


def _unsubscribe_url(found: Visit, token: str) -> str:
    asked = look_in_address().query
    if found.offer:
        return "" if found.channel == "link" else f"/u/{token}{asked}"
    assert found.invitation
    return urlsplit(unsubscribe_link(services(), found.invitation.id)).path + asked


def ancestors(site: Site, offer: Offer | None = None) -> list[str]:
    """The origins that may frame a survey of this site: those that this process knows of, and the one that was found
    to be among them when the offer was made, by whichever process."""
    made_for = {offer.origin} if offer and offer.origin else set()
    return sorted(sheet(services(), site.key).origins | made_for)


def look_in_address() -> Look:
    return look(request.args) if request.args else AS_USUAL


def _language_of(found: Visit) -> str:
    """Hers, as far as the survey was written in it: her invitation's, the address's, the site's; else its own."""
    said = str(found.properties.get("locale") or "").replace("_", "-")
    wanted = (said if _TAG.fullmatch(said) else "", look_in_address().language, found.site.language)
    has = {tag.split("-")[0] for tag in found.survey.survey.languages}
    return next((tag for tag in wanted if tag.split("-")[0].lower() in has), found.survey.survey.language)


def language_of_site(site: Site) -> str:
    return look_in_address().language or site.language


def page_of(site: Site, mode: str, token: str, language: str, scripts: Sequence[str] = ()) -> dict[str, Any]:
    """What the template needs for any page of `site`; `scripts` beside those of every page."""
    bare = _bare(mode, language, theme_url(site.accent, site.theme), scripts)
    return bare | {"brand": site.name, "token": token}


def _scripts_for(found: Visit, kiosk: Kiosk | None, rule: Rule = "strict") -> list[str]:
    """Scripts that this survey needs and most do without."""
    ranks = any(question.kind == "ranking" for question in found.survey.survey.questions)
    return ["ranking.js"] * ranks + ["kiosk.js"] * bool(kiosk) + ["oneclick.js"] * (rule != "strict")


def _bare(mode: str, language: str, theme: str, scripts: Sequence[str] = ()) -> dict[str, Any]:
    looks = ["survey.css"] if mode == "widget" else ["survey.css", "page.css"]
    needed = ["htmx.js", *(["bridges.js"] if mode == "view" else []), "frame.js", *scripts]
    served = {"styles": [*(asset(name).url for name in looks), theme], "scripts": [asset(name).url for name in needed]}
    empty = dict.fromkeys(("token", "origin", "shown", "close_url", "unsubscribe_url", "action"), "")
    return empty | {
        "lang": language, "dir": direction(language), "mode": mode, "t": texts(language), "assets": served,
        "scheme": look_in_address().theme, "kiosk": None, "leave": "",
    }  # fmt: skip
