"""Every script and style we serve: named by its content, packed once, cached for ever."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256, sha384
from importlib.resources import files

from flask import Blueprint, Response, abort, request

from server.web.lean import lean

web = Blueprint("assets", __name__)

HTMX = "htmx-4.0.1.min.js"
SHIPPED = {
    "askonce.js": ("widget", "loader.js", "text/javascript"),
    "stage.js": ("widget", "stage.js", "text/javascript"),
    "watch.js": ("widget", "watch.js", "text/javascript"),
    "tab.js": ("widget", "tab.js", "text/javascript"),
    "debug.js": ("widget", "debug.js", "text/javascript"),
    "frame.js": ("widget", "frame.js", "text/javascript"),
    "survey.css": ("widget", "survey.css", "text/css"),
    "demo.css": ("widget", "demo.css", "text/css"),
    "htmx.js": ("static", HTMX, "text/javascript"),
    "desk.css": ("static", "desk.css", "text/css"),
    "desk.js": ("static", "desk.js", "text/javascript"),
}


FOR_EVER = "public, max-age=31536000, immutable"


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
    body = files(package).joinpath(path).read_bytes()
    # The loader stays as it was written, for those who want to read what stands on their pages.
    return _made(name, kind, lean(body) if package == "widget" and name != "askonce.js" else body)


@lru_cache(256)  # strangers can ask for sixteen million of them
def theme(accent: str) -> Asset:
    """The stylesheet of one accent colour, `#rrggbb`: the site's own custom properties and nothing else."""
    # The second selector is as strong as that of a forced theme in survey.css, and comes later.
    rule = f":root,:root[data-theme]{{--accent:{accent};--accent-ink:{ink_on(accent)}}}\n"
    return _made("theme.css", "text/css", rule.encode())


def ink_on(accent: str) -> str:
    """What is read on this colour: white or almost black."""
    return "#ffffff" if _luminance(accent) < 0.4 else "#111111"


def _luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _made(name: str, kind: str, body: bytes) -> Asset:
    mark = sha256(body).hexdigest()[:16]
    stem, ending = name.rsplit(".", 1)
    return Asset(f"{stem}.{mark}.{ending}", f"{kind}; charset=utf-8", body, gzip.compress(body, 9, mtime=0), mark)


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


@web.get("/assets/theme/<accent>/<name>")
def styled(accent: str, name: str) -> Response:
    found = theme("#" + accent) if re.fullmatch("[0-9a-fA-F]{6}", accent) else None
    if found is None or found.name != name:
        abort(404)
    return send(found, FOR_EVER)


@web.get("/assets/<name>")
def shipped(name: str) -> Response:
    for plain in SHIPPED:
        if asset(plain).name == name:
            return send(asset(plain), FOR_EVER)
    abort(404)


def theme_url(accent: str) -> str:
    return f"/assets/theme/{accent[1:]}/{theme(accent).name}"
