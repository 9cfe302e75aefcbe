"""For a first look: a page with the widget on it, and the mailbox where every message ends up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, render_template

from server.flows.welcome import script_tag
from server.services import mailbox
from server.store import sites
from server.web.assets import asset
from server.web.headers import policy
from server.web.parts import services

web = Blueprint("trial", __name__)

SHOWN = 100


@web.before_request
def only_in_a_trial() -> None:
    """Open to others, or with a real provider, these pages are not there."""
    if not services().settings.is_trial:
        abort(404)


@web.get("/demo")
def demo() -> Response:
    """A shop with the tag on it, as a site owner would paste it."""
    with services().db.reading() as db:
        site = next(iter(sites.all_sites(db)), None)
    if site is None:
        abort(404)
    tag = script_tag(services(), site)
    public = services().settings.public_url
    page = render_template(
        "demo.html", script=f"{public}/askonce.js", site_key=site.key, snippet=tag, stub=_stub(public, site.key),
        css=asset("demo.css").url,
    )  # fmt: skip
    response = make_response(page)
    ours = {"script-src": f"'self' {public}", "connect-src": f"'self' {public}", "frame-src": f"'self' {public}"}
    response.headers["Content-Security-Policy"] = policy(**ours)
    return response


def _stub(public: str, key: str) -> str:
    return (
        "<script>\n"
        'addEventListener("load", function () {\n'
        '  var tag = document.createElement("script");\n'
        f'  tag.src = "{public}/askonce.js";\n'
        f'  tag.dataset.site = "{key}";\n'
        "  document.head.append(tag);\n"
        "});\n"
        "</script>"
    )


@web.get("/outbox")
def outbox() -> Response:
    """The development mailbox, the latest first."""
    mails = [{**mail, "time": datetime.fromtimestamp(mail["at"], UTC)} for mail in _mails()]
    page = render_template("outbox.html", mails=mails, now=services().now(), css=asset("desk.css").url)
    response = make_response(page)
    response.headers["Content-Security-Policy"] = policy(**{"frame-src": "'self'"})
    return response


@web.get("/outbox/<id>.html")
def outbox_mail(id: str) -> Response:
    """One mail as its reader sees it, in a frame: with its own styles, without scripts, links in a new tab."""
    html = next((mail["html"] for mail in _mails() if mail["id"] == id and mail["html"]), None)
    if html is None:
        abort(404)
    response = make_response(html.replace("<head>", '<head><base target="_blank">', 1))
    # Inline styles are how mail is made; this page alone may have them, and it can do nothing else.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    return response


@web.get("/outbox.json")
def outbox_json() -> Response:
    """The same as JSON: `[{"to", "subject", "text", "html", "headers": {name: raw value}, …}]`."""
    return jsonify(_mails())


def _mails() -> list[dict[str, Any]]:
    return mailbox(services().settings, "email").read(SHOWN)
