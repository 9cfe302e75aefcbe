"""The open links of a survey: handed out by name, as a picture to print, and as a row of scores for other mails."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import segno
from flask import Response, abort, make_response, redirect, request

from channels.email.signature import render
from server.core.policy import BadPolicy
from server.core.policy_document import policy_from
from server.core.schedule import midnight
from server.flows.make_link import BadLinkForm, end_link, make_link
from server.flows.make_survey import NoSuchSurvey
from server.flows.open_link import is_over
from server.flows.sign import CLIENTS, signature, styles_of
from server.store import links, surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import LinkRow, Site
from server.web.desk.door import desk, for_a_site, page
from server.web.desk.survey_preview import framed_mail
from server.web.desk.surveys import frame_of, newest_of
from server.web.headers import policy
from server.web.parts import services


@desk.get("/surveys/<int:id>/links")
@for_a_site
def survey_links(site: Site, id: int) -> str:
    """Every link to a survey, and what came back by it."""
    return _page(site, id)


@desk.post("/surveys/<int:id>/links")
@for_a_site
def add_link(site: Site, id: int) -> Response:
    form = request.form
    complaints: dict[str, str] = {}
    closes_at = _closing(site, form.get("closes", "").strip(), complaints)
    properties = _properties(form.get("properties", ""), complaints)
    try:
        if complaints:
            raise BadLinkForm(complaints)
        made = make_link(
            services(), site.id, id, form.get("name", ""), "desk", properties, bool(form.get("single_use")), closes_at
        )
    except NoSuchSurvey as why:
        abort(404, str(why))
    except BadLinkForm as why:
        response = make_response(_page(site, id, complaints=why.complaints, typed=form))
        response.status_code = 422
        return response
    return make_response(redirect(f"/desk/surveys/{id}/links?site={site.key}#link-{made.id}", 303))


@desk.post("/surveys/<int:id>/links/<int:link>/end")
@for_a_site
def end_now(site: Site, id: int, link: int) -> Response:
    _link(site, id, link)
    end_link(services(), site.id, link)
    return make_response(redirect(f"/desk/surveys/{id}/links?site={site.key}#link-{link}", 303))


@desk.get("/surveys/<int:id>/links/<int:link>/qr.svg")
@for_a_site
def qr_code(site: Site, id: int, link: int) -> Response:
    """The link as a QR code, for a poster or a parcel: a quarter of it may be dirty."""
    made = segno.make(_url(_link(site, id, link)), error="q", micro=False)
    drawn = io.BytesIO()
    made.save(drawn, kind="svg", scale=8, border=4, light="#fff")
    response = make_response(drawn.getvalue())
    response.headers["Content-Type"] = "image/svg+xml"
    return response


@desk.get("/surveys/<int:id>/links/<int:link>/signature")
@for_a_site
def signatures(site: Site, id: int, link: int) -> Response:
    """The link as a row of scores, ready to be pasted into a mail program or a help desk."""
    row, newest = newest_of(site, id)
    found, survey = _link(site, id, link), _survey(site, id)
    client = request.args.get("client", "")
    client = client if client in CLIENTS else next(iter(CLIENTS))
    styles = styles_of(survey.survey) if survey else ()
    style = request.args.get("style", "")
    style = style if style in styles else next(iter(styles), "")
    drawn = request.args.get("made") == "pictures"
    made = _written(site, survey, found, style, client, drawn) if survey and style else None
    said = {"link": found, "clients": CLIENTS, "client": client, "styles": styles, "style": style, "made": made}
    said |= {"drawn": drawn}
    response = make_response(page("signature.html", **said, **frame_of(site, row, newest)))
    response.headers["Content-Security-Policy"] = policy(**{"frame-src": "'self'"})
    return response


@desk.get("/surveys/<int:id>/links/<int:link>/signature.html")
@for_a_site
def signature_seen(site: Site, id: int, link: int) -> Response:
    """The row as it will look, in a frame."""
    found, survey = _link(site, id, link), _survey(site, id)
    style = request.args.get("style", "")
    if survey is None or style not in styles_of(survey.survey):
        abort(404)
    drawn = request.args.get("made") == "pictures"
    html, _ = _written(site, survey, found, style, next(iter(CLIENTS)), drawn)
    return framed_mail(f"<!doctype html><title>Signature</title><body bgcolor=#ffffff>{html}</body>", "light")


def _written(site: Site, survey: StoredSurvey, link: LinkRow, style: str, client: str, drawn: bool) -> tuple[str, str]:
    return render(signature(services(), site, survey.survey, _url(link), style, CLIENTS[client], drawn))


def _page(site: Site, id: int, **more: Any) -> str:
    row, newest = newest_of(site, id)
    now = services().now()
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        found, came = links.of_survey(scope, id), links.answers(scope, id)
    rows = [{"row": r, "url": _url(r), "over": is_over(r, now), "answers": came.get(r.id, 0)} for r in found]
    own = services().link(f"/l/{row.key}")
    return page("survey_links.html", links=rows, own=own, now=now, **frame_of(site, row, newest), **more)


def _link(site: Site, survey_id: int, id: int) -> LinkRow:
    with services().db.reading() as db:
        found = links.get(SiteScope(db, site.id), id)
    return found if found and found.survey_id == survey_id else abort(404, "there is no such link")


def _survey(site: Site, id: int) -> StoredSurvey | None:
    """As it is asked now; None when it never was."""
    with services().db.reading() as db:
        return surveys.named(SiteScope(db, site.id), str(id))


def _url(link: LinkRow) -> str:
    return services().link(f"/l/{link.key}")


def _closing(site: Site, raw: str, complaints: dict[str, str]) -> datetime | None:
    """The end of the day that was typed, where the site is."""
    if not raw:
        return None
    try:
        return midnight(date.fromisoformat(raw) + timedelta(days=1), policy_from(site.policy).zone)
    except BadPolicy:
        return midnight(date.fromisoformat(raw) + timedelta(days=1), "UTC")
    except (ValueError, OverflowError):
        complaints["closes_at"] = "Say a day such as 2026-12-31, or leave it empty."
        return None


def _properties(raw: str, complaints: dict[str, str]) -> dict[str, str]:
    """`touchpoint = invoice`, a line each."""
    found = {}
    for line in raw.replace("\r\n", "\n").split("\n"):
        name, equals, value = line.partition("=")
        if line.strip() and not equals:
            complaints["properties"] = f"“{line.strip()[:60]}” is no property; write it as name = value."
        elif line.strip():
            found[" ".join(name.split())] = " ".join(value.split())
    return found
