"""For a first look: a page with the widget on it, and the mailbox where every message ends up."""

from __future__ import annotations

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
    return make_response(render_template("outbox.html", mails=_mails(), css=asset("desk.css").url))


@web.get("/outbox.json")
def outbox_json() -> Response:
    """The same as JSON: `[{"to", "subject", "text", "html", "headers": {name: raw value}, …}]`."""
    return jsonify(_mails())


def _mails() -> list[dict[str, object]]:
    return mailbox(services().settings, "email").read(SHOWN)
