"""Every script and style we serve: named by its content, packed once, cached for ever."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256, sha384
from importlib.resources import files
from typing import Any

import minify
from flask import Blueprint, Response, abort, request
from zopfli.gzip import compress

from server.core.pictures import measured
from server.core.themes import THEMES, BadTheme, stylesheet, theme_from
from server.store.pictures import body_of
from server.web.parts import services

web = Blueprint("assets", __name__)

THEME_MAX = 2000
"""Characters of an address."""
HTMX = "htmx-4.0.1.min.js"
SHIPPED = {
    "askonce.js": ("widget", "loader.js", "text/javascript"),
    "stage.js": ("widget", "stage.js", "text/javascript"),
    "watch.js": ("widget", "watch.js", "text/javascript"),
    "tab.js": ("widget", "tab.js", "text/javascript"),
    "debug.js": ("widget", "debug.js", "text/javascript"),
    "frame.js": ("widget", "frame.js", "text/javascript"),
    "bridges.js": ("widget", "bridges.js", "text/javascript"),
    "ranking.js": ("widget", "ranking.js", "text/javascript"),
    "kiosk.js": ("widget", "kiosk.js", "text/javascript"),
    "oneclick.js": ("widget", "oneclick.js", "text/javascript"),
    "survey.css": ("widget", "survey.css", "text/css"),
    "page.css": ("widget", "page.css", "text/css"),
    "demo.css": ("widget", "demo.css", "text/css"),
    "preview.css": ("static", "preview.css", "text/css"),
    "htmx.js": ("static", HTMX, "text/javascript"),
    "desk.css": ("static", "desk.css", "text/css"),
    "desk.js": ("static", "desk.js", "text/javascript"),
}


PICTURES = tuple(f"{name}.png" for name in (*(f"smileys-{n}" for n in range(1, 6)), "thumbs-0", "thumbs-1"))
"""What mails show of a scale. Their names stay, for nobody can change a mail that was sent."""

FOR_EVER = "public, max-age=31536000, immutable"
A_WEEK = "public, max-age=604800"


@dataclass(frozen=True)
class Asset:
    """One file as served: `name` carries its hash."""

    name: str
    kind: str
    body: bytes
    packed: bytes
    mark: str

    @property
    def url(self) -> str:
        return f"/assets/{self.name}"

    @property
    def integrity(self) -> str:
        """For a tag's `integrity` (Subresource Integrity)."""
        return "sha384-" + b64encode(sha384(self.body).digest()).decode()


@cache
def asset(name: str) -> Asset:
    """A shipped file by its plain name; KeyError for one that we do not ship."""
    package, path, kind = SHIPPED[name]
    text = files(package).joinpath(path).read_text("utf-8")
    if ".min." not in path:
        text = minify.string(kind, text)
    body = text.encode()
    return _made(name, kind, body, compress(body))


@lru_cache(256)  # strangers can ask for any that there might be
def theme(said: str) -> Asset:
    """The stylesheet of what `theme_url` writes into an address. Raises BadTheme for what is none."""
    body = stylesheet(theme_from(_read(said))).encode()
    return _made("theme.css", "text/css", body, gzip.compress(body, 9, mtime=0))


def _read(said: str) -> Any:
    if re.fullmatch("[0-9a-fA-F]{6}", said):
        return {"accent": "#" + said}
    if said in THEMES:
        return {"base": said}
    try:
        return json.loads(urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    except (ValueError, RecursionError):
        return None


def _made(name: str, kind: str, body: bytes, packed: bytes) -> Asset:
    mark = sha256(body).hexdigest()[:16]
    stem, ending = name.rsplit(".", 1)
    return Asset(f"{stem}.{mark}.{ending}", f"{kind}; charset=utf-8", body, packed, mark)


def send(found: Asset, cache_control: str) -> Response:
    """`found` over the wire, packed for whoever takes gzip."""
    response = Response(content_type=found.kind)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = cache_control
    # The tag may carry an integrity value and the page may demand isolation: both need these two.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(found.mark)
    if request.accept_encodings["gzip"]:
        response.headers["Content-Encoding"] = "gzip"
        response.data = found.packed
    else:
        response.data = found.body
    response.make_conditional(request)
    return response


def picture(body: bytes, kind: str, cache_control: str) -> Response:
    """A picture over the wire, for mail programs and whoever fetches for them."""
    response = Response(body, content_type=kind)
    response.headers["Cache-Control"] = cache_control
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(sha256(body).hexdigest()[:16])
    response.make_conditional(request)
    return response


@web.get("/assets/theme/<look>/<name>")
def styled(look: str, name: str) -> Response:
    try:
        found = theme(look[:THEME_MAX])
    except BadTheme:
        abort(404)
    if found.name != name:
        abort(404)
    return send(found, FOR_EVER)


@web.get("/pictures/<name>")
def logo(name: str) -> Response:
    """A site's logo, at an address that says what is in it."""
    with services().db.reading() as db:
        body = body_of(db, name[:60])
    if body is None:
        abort(404)
    return picture(body, measured(body).media_type, FOR_EVER)


@web.get("/assets/<name>")
def shipped(name: str) -> Response:
    if name in PICTURES:
        return picture(files("static").joinpath("faces", name).read_bytes(), "image/png", A_WEEK)
    for plain in SHIPPED:
        if asset(plain).name == name:
            return send(asset(plain), FOR_EVER)
    abort(404)


def theme_url(accent: str, said: Mapping[str, Any] | None = None) -> str:
    """Where the stylesheet of a site is: of its `theme` (as `theme_from` reads it), or of its accent colour alone. The
    address says all of it, so that serving it needs no database."""
    if not said:
        look = accent[1:]
    elif said.keys() == {"base"}:
        look = said["base"]
    else:
        look = urlsafe_b64encode(json.dumps(said, separators=(",", ":"), sort_keys=True).encode()).rstrip(b"=").decode()
    return f"/assets/theme/{look}/{theme(look).name}"
