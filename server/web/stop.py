"""The page to say no for good, and the one click of mail programs that does the same."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from server.core.texts import texts
from server.flows.unsubscribe import Subscriber, subscriber, takes_one_click, unsubscribe
from server.web.headers import personal
from server.web.parts import page_or_block, services
from server.web.survey_page import ancestors, language_of_site, look_in_address, page_of
from server.web.visits import note

web = Blueprint("stop", __name__)


@web.get("/u/<token>")
def stop_page(token: str) -> Response:
    """The page with its button. Opening it changes nothing, by whatever method; HEAD is answered with nothing."""
    who = subscriber(services(), token)
    if who.by_message:
        note(who.asked, "head" if request.method == "HEAD" else "stop")
    if request.method == "HEAD":
        return personal(make_response(""))
    return _stop_step(who, token, "unsubscribed" if who.stopped else "unsubscribe")


@web.post("/u/<token>")
def stop(token: str) -> Response:
    """The page's button, and the one click of a mail program (RFC 8058): 200 without a redirect or a cookie for both.
    That click is taken at the address in the mail's header alone; the link in its body stays a page."""
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    if one_click and not takes_one_click(services(), token):
        return stop_page(token)
    only_here = request.form.get("scope") == "channel"
    source = "one-click" if one_click else "page"
    who = unsubscribe(services(), token, "channel" if only_here else "all", source)
    return _stop_step(who, token, "unsubscribed")


def _stop_step(who: Subscriber, token: str, kind: str) -> Response:
    language = language_of_site(who.site)
    t = texts(language)
    context = page_of(who.site, "mail", token, language) | {
        "action": f"/u/{token}{look_in_address().query}",
        "step": {"kind": kind, "brand": who.site.name},
        "t": {**t, "unsubscribe_explain": t["unsubscribe_explain"].format(brand=who.site.name)},
    }
    return personal(make_response(page_or_block("unsubscribe.html", "step", **context)), ancestors(who.site))
