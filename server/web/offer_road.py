"""The widget's one request, on a road of its own: most of what it costs elsewhere is the framework.

It takes what is in order. Whatever is odd about a request (a foreign origin, no JSON, too many, a part of ours that
fails) goes on to the same address in `server.web.widget`, which has a word for everything.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

from server.core.links import BadLink
from server.core.look import TAB
from server.core.scene import scene_from
from server.core.themes import ink_on
from server.flows.offer import NotNow, Offered, Visitor, offer
from server.flows.sheet import sheet
from server.flows.wish import wish
from server.services import Services
from server.store.surveys import StoredSurvey
from server.store.tables import Site
from server.web.assets import asset
from server.web.client import address_in, normal
from server.web.headers import EVERYWHERE
from server.web.limits import Offers

BODY_MAX = 16 * 1024
"""Bytes; an identity token is the longest thing in it."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

log = logging.getLogger("askonce.web")


@dataclass(frozen=True)
class OfferRoad:
    """Stands before the application `beyond`."""

    services: Services
    limit: Offers
    proxies: int
    beyond: Application

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/w/offer" and environ.get("REQUEST_METHOD") == "POST":
            reply = self._reply(environ)
            if reply is not None:
                start("200 OK", [*_HEADERS, ("Access-Control-Allow-Origin", environ["HTTP_ORIGIN"]),
                                 ("Content-Length", str(len(reply)))])  # fmt: skip
                return (reply,)
        return self.beyond(environ, start)

    def _reply(self, environ: dict[str, Any]) -> bytes | None:
        """None for what is odd, with the body back in its place."""
        body = _body(environ)
        try:
            said = json.loads(body)
            about = sheet(self.services, said["site"])
            network = normal(address_in(environ, self.proxies))
            origin = environ["HTTP_ORIGIN"]
            if origin not in about.origins or not self.limit.take(network):
                return None
            names = environ.get("HTTP_USER_AGENT", ""), environ.get("HTTP_ACCEPT_LANGUAGE", "")
            who = visitor_in(said, origin, network, *names)
            return json.dumps(
                answer(self.services, about.site, made_for(self.services, about.site, said, who))
            ).encode()
        except (ValueError, TypeError, KeyError, RecursionError, BadLink):
            return None
        except Exception:
            log.warning("the short way to an offer failed; it goes the long way", exc_info=True)
            return None


_HEADERS = [("Content-Type", "application/json"), ("Vary", "Origin"), *EVERYWHERE.items()]


def _body(environ: dict[str, Any]) -> bytes:
    """What was sent; empty for what is too long or of unknown length, which then is not even begun."""
    try:
        size = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return b""
    if not 0 < size <= BODY_MAX:
        return b""
    body: bytes = environ["wsgi.input"].read(size)
    environ["wsgi.input"] = BytesIO(body)
    return body


def visitor_in(said: Mapping[str, Any], origin: str, network: str, browser_name: str, languages: str = "") -> Visitor:
    """Who is there and where, as a request of the loader says."""
    page_says = {name: said[name] for name in ("email", "phone", "user", "name") if isinstance(said.get(name), str)}
    identity, browser = str(said.get("identity") or ""), str(said.get("visitor") or "")
    scene = partial(scene_from, said, browser_name, languages)
    return Visitor(identity, browser, origin, page_says, f"{network} {browser_name}", scene)


def made_for(services: Services, site: Site, said: Mapping[str, Any], who: Visitor) -> Offered | NotNow:
    """What a request of the loader gets: the survey that it names, or what the gate allows."""
    if isinstance(said.get("open"), str):
        return wish(services, site, who, said["open"])
    if isinstance(said.get("preview"), str):
        return wish(services, site, who, said["preview"], "preview")
    return offer(services, site, "widget", who)


def answer(services: Services, site: Site, made: Offered | NotNow) -> dict[str, Any]:
    """`{"show": false, "reason", "again" (seconds), "elsewhere"?, "watch"?, "watcher"?}`, or `{"show": true, "frame"
    (address), "visitor" (an id for this browser to keep), "rest" (seconds), "survey", "stage", "look"}`; either with
    a `tab`. What a `watch` has is in `server.core.targeting`; addresses without a host are scripts of ours."""
    said = _not_now(made) if isinstance(made, NotNow) else _offered(services, made)
    if made.tab:
        said["tab"] = _tab(site, made.tab)
    return said


def _not_now(made: NotNow) -> dict[str, Any]:
    said: dict[str, Any] = {"show": False, "reason": made.reason, "again": int(made.again.total_seconds())}
    if made.elsewhere:
        said["elsewhere"] = True
    if made.watch:
        said["watch"] = made.watch
        if made.watch.keys() - {"events"}:  # events are told, and need nobody who looks out for them
            said["watcher"] = asset("watch.js").url
    return said


def _offered(services: Services, made: Offered) -> dict[str, Any]:
    return {
        "show": True,
        "frame": services.link(f"/s/{made.token}"),
        "visitor": made.visitor,
        "rest": int(made.rest.total_seconds()),
        "survey": made.survey.slug,
        "stage": asset("stage.js").url,
        "look": made.survey.look.as_json(),
    }


def _tab(site: Site, survey: StoredSurvey) -> dict[str, Any]:
    """The feedback tab of a page; it `stays` on every page when its survey is for all of them."""
    look, targeting = survey.look, survey.targeting
    stays = not targeting.pages and not targeting.not_pages
    said = {"survey": survey.slug, "label": look.label or TAB, "position": look.position, "stays": stays}
    return said | {"accent": site.accent, "ink": ink_on(site.accent), "script": asset("tab.js").url}
