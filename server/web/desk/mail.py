"""What mails look like: sender, logo, colour and words of the site, beside a mail as it would be; a test to oneself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import closing
from email.utils import parseaddr
from typing import Any, assert_never

from flask import Response, make_response, redirect, request
from flask_limiter import RateLimitExceeded

from channels.channel import Accepted, Outcome, Rejected, Retry, Unknown
from server.core.letterhead import BadLetterhead
from server.core.pictures import BYTES_MAX, BadPicture
from server.core.surveys import BadSurvey
from server.core.surveys.edit import languages_of
from server.core.texts import direction, texts
from server.flows.set_letterhead import check, put_logo, remove_logo, set_letterhead
from server.flows.try_mail import NotSent, Sample, open_sample, sample_mail, send_sample
from server.store import survey_versions
from server.store.scope import SiteScope
from server.store.tables import Site
from server.web.desk.door import desk, for_a_site, page
from server.web.desk.mail_form import HeadDraft, draft_from, draft_of, shown
from server.web.desk.survey_preview import THEMES, WIDTHS, framed_mail
from server.web.desk.survey_view import spoken
from server.web.desk.surveys import roomy
from server.web.headers import policy
from server.web.limits import count_test
from server.web.parts import services

SURVEYS_MOST = 100
"""To look at."""


@desk.get("/mail")
@for_a_site
def mail(site: Site) -> Response:
    """The letterhead in force, ready to be changed."""
    return _page(site, draft_of(site, request.args.get("in", site.language)), request.args)


@desk.post("/mail")
@for_a_site
def change_mail(site: Site) -> Response:
    """A button of the form: one saves it, one sends a test of what is typed, the others change the page alone."""
    draft, do = draft_from(request.form, site), request.form.get("do", "")
    if do.startswith("in:"):
        draft.language, draft.focus = do.removeprefix("in:")[:20], "in"
    if do not in ("save", "test"):
        return _page(site, draft, request.form)
    try:
        if do == "test":
            return _tested(site, draft)
        set_letterhead(services(), site, draft.document)
    except BadLetterhead as why:
        draft.complaints = why.complaints
        return _page(site, draft, request.form, status=422)
    return _saved(site, "save", draft.language)


@desk.post("/mail/logo")
@roomy
@for_a_site
def change_logo(site: Site) -> Response:
    """A logo from a file, on every mail from now on; or none any more."""
    if request.form.get("do") == "remove":
        remove_logo(services(), site.id)
        return _saved(site, "removed", site.language)
    try:
        put_logo(services(), site.id, _uploaded())
    except BadPicture as why:
        draft = draft_of(site, site.language)
        draft.complaints["logo"] = str(why)
        return _page(site, draft, request.args, status=422)
    return _saved(site, "logo", site.language)


def _uploaded() -> bytes:
    """The file that was sent, as far as it may be a logo."""
    sent = request.files.get("logo")
    if sent is None or not sent.filename:
        raise BadPicture("Choose a file first.")
    with closing(sent):
        return bytes(sent.read(BYTES_MAX + 1))


@desk.get("/mail/seen/<token>")
@for_a_site
def seen_mail(site: Site, token: str) -> Response:
    """A mail as its reader sees it, in the frame beside the form."""
    html = sample_mail(services(), site, open_sample(services(), site, token)).html
    return framed_mail(html, request.args.get("theme", ""))


def _saved(site: Site, what: str, language: str) -> Response:
    return make_response(redirect(f"/desk/mail?site={site.key}&in={language}&saved={what}", 303))


def _tested(site: Site, draft: HeadDraft) -> Response:
    """Sends what is typed to the address that was typed, and says what the provider said."""
    check(services(), site, draft.document)
    sample = _sample(site, draft, request.form)
    to, told = request.form.get("to", "").strip(), {"is_good": False, "text": ""}
    try:
        if sample is None:
            raise NotSent("There is no survey to send yet.")
        count_test()
        told = _told(send_sample(services(), site, sample, to), to)
    except RateLimitExceeded:
        told["text"] = "Nothing was sent: there were many tests in the last hour. Try again later."
    except NotSent as why:
        told["text"] = str(why)
    return _page(site, draft, request.form, tested=told, status=200 if told["is_good"] else 422)


def _told(outcome: Outcome, to: str) -> dict[str, Any]:
    match outcome:
        case Accepted():
            return {"is_good": True, "text": f"A test is on its way to {to}."}
        case Rejected(reason, scope):
            whose = {"account": "us; see Providers", "address": "this address"}.get(scope, "this mail")
            return {"is_good": False, "text": f"Nothing was sent. The provider refused {whose}: {reason}"}
        case Retry(reason, _, _):
            return {"is_good": False, "text": f"Nothing was sent, because the provider cannot now: {reason}"}
        case Unknown(detail):
            return {"is_good": False, "text": f"Nobody can tell whether it was sent: {detail}"}
    assert_never(outcome)


def _sample(site: Site, draft: HeadDraft, chosen: Mapping[str, str]) -> Sample | None:
    """Of the survey that was chosen to be looked at, or the site's default; None while there is none."""
    rows = _surveys(site)
    raw = chosen.get("show.survey", "")
    wanted = int(raw) if re.fullmatch("[0-9]{1,15}", raw) else site.default_survey
    found = next((row for row in rows if row.row.id == wanted), rows[0] if rows else None)
    return Sample(found.newest.id, draft.language, draft.document) if found else None


def _surveys(site: Site) -> list[survey_versions.Listed]:
    with services().db.reading() as db:
        return survey_versions.listed(SiteScope(db, site.id))[:SURVEYS_MOST]


def _page(
    site: Site, draft: HeadDraft, chosen: Mapping[str, str], status: int = 200, tested: dict[str, Any] | None = None
) -> Response:
    surveys, sample = _surveys(site), _sample(site, draft, chosen)
    written = page(
        "mail.html",
        draft=draft,
        complaints=draft.complaints,
        document=json.dumps(draft.document, ensure_ascii=False, separators=(",", ":")),
        values=shown(draft, site),
        language=draft.language,
        dir=direction(draft.language),
        languages=[(tag, spoken(tag)) for tag in _languages(site, draft, surveys)],
        ours=_ours(site, draft.language),
        surveys=surveys,
        shown=_seen(site, sample, surveys, draft, chosen),
        settings=services().settings,
        from_name=parseaddr(services().settings.mail_from)[0],
        to=chosen.get("to", ""),
        tested=tested,
        saved=request.args.get("saved", "") if request.method == "GET" else "",
    )
    response = make_response(written)
    response.status_code = status
    response.headers["Content-Security-Policy"] = policy(**{"frame-src": "'self'"})
    return response


def _seen(
    site: Site,
    sample: Sample | None,
    surveys: list[survey_versions.Listed],
    draft: HeadDraft,
    chosen: Mapping[str, str],
) -> dict[str, Any]:
    """What the preview shows: a mail in a frame, with its sender and subject; or why there is none."""
    known = {"width": WIDTHS, "theme": {name: said for name, said in THEMES.items() if name != "auto"}}
    said = {name: chosen.get(f"show.{name}", "") for name in known}
    picked: dict[str, Any] = {
        name: said[name] if said[name] in ways else next(iter(ways)) for name, ways in known.items()
    }
    found = picked | {"widths": WIDTHS, "themes": known["theme"], "token": "", "why": "", "survey": 0}
    if sample is None:
        return found | {"why": "There is no survey yet."}
    found["survey"] = next(each.row.id for each in surveys if each.newest.id == sample.version_id)
    try:
        check(services(), site, draft.document)
        mail = sample_mail(services(), site, sample)
    except BadLetterhead as why:
        return found | {"why": " ".join(why.complaints.values())}
    except BadSurvey as why:
        return found | {"why": "; ".join(why.complaints)}
    return found | {"token": sample.seal(services(), site), "mail": mail, "sender": parseaddr(mail.sender)}


def _languages(site: Site, draft: HeadDraft, surveys: list[survey_versions.Listed]) -> list[str]:
    """The site's own, those of its surveys, and those that something is written in already."""
    of_surveys = {tag for each in surveys for tag in languages_of(each.newest.definition)}
    written = {tag for part in ("subject", "intro") for tag in _tags(draft.document.get(part))}
    return list(dict.fromkeys([site.language, *sorted(of_surveys | written | {draft.language})]))


def _tags(raw: Any) -> list[str]:
    return [str(tag) for tag in raw] if isinstance(raw, Mapping) else []


def _ours(site: Site, language: str) -> dict[str, str]:
    """What is said where nothing is written."""
    t = texts(language)
    return {"subject": t["subject"].format(brand=site.name), "intro": t["greeting"].format(name="Ann")}
