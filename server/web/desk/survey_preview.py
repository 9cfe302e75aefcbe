"""A survey beside its form, as it would be met: a page in a frame, a mail, a text message, a voice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, make_response, redirect, request

from server.core.look import TAB, BadLook, Look, look_from
from server.core.surveys import BadAnswer, BadSurvey
from server.flows.preview import (
    Preview,
    TooLong,
    answer_preview,
    mail_of,
    open_preview,
    seal_preview,
    spoken_of,
    visit_of,
)
from server.store.tables import Site
from server.web.desk.door import desk, for_a_site
from server.web.desk.survey_form import Draft
from server.web.desk.survey_said import placed
from server.web.fields import raw_answers
from server.web.parts import services
from server.web.survey_page import show_preview

WAYS = {"widget": "Widget", "page": "Page", "mail": "Mail", "text": "Text message", "phone": "Call"}
WIDTHS = {"phone": "Phone", "desktop": "Desktop"}
THEMES = {"auto": "As here", "light": "Light", "dark": "Dark"}

_PLAIN = re.compile(r"[A-Za-z0-9-]{1,35}")

MAIL = "default-src 'none'; style-src 'unsafe-inline'; img-src {}; frame-ancestors 'self'; sandbox"
"""Inline styles are how mail is made; this page alone may have them, and it can do nothing else than show pictures of
ours."""
NIGHT = "@media (prefers-color-scheme:dark)"


def preview_of(site: Site, draft: Draft, chosen: Mapping[str, str]) -> dict[str, Any]:
    """What the preview beside the form shows of a draft, in the way that was `chosen`."""
    known = {"as": WAYS, "width": WIDTHS, "theme": THEMES}
    said = {name: chosen.get(f"show.{name}", "") for name in known}
    picked = {name: said[name] if said[name] in ways else next(iter(ways)) for name, ways in known.items()}
    shown: dict[str, Any] = {**picked, "ways": WAYS, "widths": WIDTHS, "themes": THEMES, "token": "", "why": ""}
    try:
        token = seal_preview(services(), site, draft.definition, {})
        seen = open_preview(services(), site, token)
        spoken, seconds = spoken_of(services(), site, seen, draft.language), seen.survey(draft.language).seconds
    except (BadSurvey, TooLong) as why:
        wrong = placed(why.complaints, draft.definition) if isinstance(why, BadSurvey) else {"": str(why)}
        return shown | {"why": " ".join(dict.fromkeys(wrong.values()))}
    return shown | {"token": token, "spoken": spoken, "seconds": seconds}


@desk.get("/preview/<token>")
@for_a_site
def previewed(site: Site, token: str) -> Response:
    """The survey in `token` at one step, in the frame beside its form."""
    seen, language = open_preview(services(), site, token), request.args.get("lang", "")
    if request.args.get("as") == "mail":
        return framed_mail(mail_of(services(), site, seen, language), request.args.get("theme", ""))
    return show_preview(visit_of(services(), site, seen, "link", language), _address(site, token), stands=_stands(seen))


def framed_mail(html: str, theme: str) -> Response:
    """A mail for a frame of the desk: by day, by night (`theme`), or as the reader has it."""
    always = {"dark": "@media all", "light": "@media not all"}.get(theme, NIGHT)
    response = make_response(html.replace(NIGHT, always))
    response.headers["Content-Security-Policy"] = MAIL.format(f"'self' {services().settings.public_url}")
    return response


@desk.post("/preview/<token>")
@for_a_site
def go_on(site: Site, token: str) -> Response:
    """One step on; the answer is in the address, and nowhere else."""
    seen = open_preview(services(), site, token)
    try:
        token = answer_preview(services(), site, seen, raw_answers(seen.survey().questions, request.form))
    except BadAnswer as why:
        here = visit_of(services(), site, seen, "link", request.args.get("lang", ""))
        return show_preview(here, _address(site, token), why, _stands(seen))
    return make_response(redirect(_address(site, token), 303))


def _stands(seen: Preview) -> Look | None:
    """How the survey stands on a page, where it is looked at as a widget."""
    if request.args.get("as") != "widget":
        return None
    try:
        look = look_from(seen.definition.get("look"))
    except BadLook:  # its fields say so
        look = Look()
    return replace(look, label=look.label or TAB)


def _address(site: Site, token: str) -> str:
    more = "".join(
        f"&{name}={request.args[name]}"
        for name in ("lang", "theme", "as")
        if _PLAIN.fullmatch(request.args.get(name, ""))
    )
    return f"/desk/preview/{token}?site={site.key}{more}"
