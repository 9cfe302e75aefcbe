"""The mail of every kind of question, narrow and wide, by day, by night, and in a mail program that turns its colours
round: `make gallery ARGS="--mails folder"`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Route

from channels.channel import Outgoing
from channels.email.colour import turned
from server.core.surveys import KINDS, survey_from
from server.environment import from_environment
from server.flows.compose import Links, mail_to
from server.services import Services, connect
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site
from tests.gallery.states import HOUSE, ORIGIN, QUESTIONS

WIDTHS = (320, 600)
LIGHTS = ("light", "dark", "turned")
LANGUAGES = ("en", "de", "ar")
FOOTER = "Harbour Pottery Ltd\n1 Quay Street, Bristol BS1 4QA"
LOGO = HOUSE / "tests/gallery/logo.png"
ALSO: Mapping[str, dict[str, Any]] = {
    "csat-3": {"kind": "csat", "scale": [1, 3], "text": QUESTIONS["csat"]["text"], "low": "Bad", "high": "Good"},
    "csat-7": {"kind": "csat", "scale": [1, 7], "text": QUESTIONS["csat"]["text"], "low": "Bad", "high": "Good"},
    "csat-10": {"kind": "csat", "scale": [1, 10], "text": QUESTIONS["csat"]["text"], "low": "Bad", "high": "Good"},
    "stars-10": {"kind": "stars", "scale": [1, 10], "text": QUESTIONS["stars"]["text"]},
    "smileys-3": {"kind": "smileys", "scale": [1, 3], "text": QUESTIONS["smileys"]["text"]},
}
"""Scales beside the usual ones."""


def parts() -> Services:
    """Enough of a server to write a mail; nothing of it is dialled."""
    settings = from_environment({}, public_url=ORIGIN, secret_key="g" * 32, mail_footer=FOOTER)
    return connect(replace(settings, database_url="sqlite:////nowhere/gallery.db", redis_url="unix:///nowhere"))


def mail(
    services: Services, question: Mapping[str, Any], language: str, accent: str = "#2457c5", logo: bool = False
) -> Outgoing:
    """The mail in which Ann is asked `question` and one more."""
    definition = {"language": "en", "questions": [{"id": "q", **question}, {"kind": "free_response", "text": "Why?"}]}
    head = {"logo": {"name": f"{'0' * 32}.png", "width": 168, "height": 48}} if logo else None
    site = Site(id=1, key="pk", name="Harbour Pottery", language=language, accent=accent, mail=head)
    stored = StoredSurvey(1, 1, "k", "nps", "live", 1, survey_from(definition), definition)
    row = Invitation(id="i", channel="email", address="ann@example.com", properties={"locale": language})
    person = Person(name="Ann")
    answer, stop = f"{ORIGIN}/s/Zk3n8Qw1", f"{ORIGIN}/u/Zk3n8Qw1"
    return mail_to(services, site, stored, person, row, Links(answer, stop, stop))


def mails(services: Services) -> Iterator[tuple[str, str]]:
    """Each mail's name and HTML."""
    for kind in KINDS:
        for language in LANGUAGES:
            yield f"{kind}-{language}", mail(services, {"kind": kind, **QUESTIONS[kind]}, language).html
    for name, question in ALSO.items():
        yield name, mail(services, question, "en").html
    yield "logo", mail(services, {"kind": "nps", **QUESTIONS["nps"]}, "en", "#b3261e", logo=True).html
    yield "yellow", mail(services, {"kind": "ces", **QUESTIONS["ces"]}, "en", "#f2b705").html


def recoloured(html: str) -> str:
    """As a mail program shows it by night that turns light to dark, whatever the mail says of nights; pictures, and
    what is painted like one, stay as they are."""
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.S)
    colour = re.compile(r"linear-gradient\(.*?\)|#[0-9a-fA-F]{6}\b")
    return colour.sub(lambda found: turned(found[0]) if found[0].startswith("#") else found[0], html)


def picture(browser: Browser, html: str, width: int, light: str, to: Path) -> None:
    """A whole mail as it is read on a screen that is so wide."""
    context = browser.new_context(
        viewport={"width": width, "height": 300},
        color_scheme="dark" if light == "dark" else "light",
        device_scale_factor=2 if width < 400 else 1,
    )
    page = context.new_page()
    page.route(f"{ORIGIN}/**", _serve)
    page.route(f"{ORIGIN}/mail", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(f"{ORIGIN}/mail", wait_until="load")
    page.screenshot(path=to, full_page=True)
    context.close()


def _serve(route: Route) -> None:
    name = route.request.url.rsplit("/", 1)[-1]
    route.fulfill(path=HOUSE / "static/faces" / name if (HOUSE / "static/faces" / name).exists() else LOGO)


def pictures(browser: Browser, folder: Path, only: str = "") -> list[str]:
    """Every mail, at each width and in each light; the names of the pictures."""
    made = []
    for name, html in mails(parts()):
        for width in WIDTHS:
            for light in LIGHTS if name.startswith(only) else ():
                file = f"mail-{name}-{width}-{light}.png"
                picture(browser, recoloured(html) if light == "turned" else html, width, light, folder / file)
                made.append(file)
    return made
