"""Numbers and a star as pictures, for mails that others write: painted in a site's colour when somebody looks."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from importlib.resources import files

from flask import Blueprint, Response, abort, make_response

web = Blueprint("marks", __name__)

MARKS = (*(f"n{n}" for n in range(11)), "star")
"""Each is a PNG of sixteen shades of one colour; tests/gallery/marks.py draws them."""

_COLOUR = re.compile("[0-9a-f]{6}")


@web.get("/marks/<colour>/<name>.png")
def mark(colour: str, name: str) -> Response:
    """No mail tells us who looks at it: these pictures are the same for all, and kept by whoever has had them."""
    if name not in MARKS or not _COLOUR.fullmatch(colour):
        abort(404)
    response = make_response(painted(name, bytes.fromhex(colour)))
    response.headers["Content-Type"] = "image/png"
    response.headers["Cache-Control"] = "public, max-age=2592000"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@lru_cache(256)  # strangers can ask for any that there might be
def painted(name: str, colour: bytes) -> bytes:
    """The drawing with `colour` (three bytes) in each place of its palette (PNG, 11.2.2): how much of it is seen says
    another part, which stays."""
    drawn: bytes = files("static").joinpath(f"marks/{name}.png").read_bytes()
    at = drawn.index(b"PLTE")
    length = int.from_bytes(drawn[at - 4 : at])
    palette = b"PLTE" + colour * (length // 3)
    return drawn[:at] + palette + zlib.crc32(palette).to_bytes(4) + drawn[at + 8 + length :]
