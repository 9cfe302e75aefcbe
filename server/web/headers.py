"""What every page says of itself: who may frame it, what it may load, that it is nobody else's to keep."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

from flask import Response, request

_PAGE = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
}


def policy(frame_ancestors: Sequence[str] = (), **more: str) -> str:
    """A Content-Security-Policy without any `unsafe-`; nobody frames the page unless named."""
    said = {**_PAGE, **more, "frame-ancestors": " ".join(frame_ancestors) or "'none'"}
    return "; ".join(f"{name} {value}" for name, value in said.items())


def personal(response: Response, frame_ancestors: Sequence[str] = ()) -> Response:
    """Headers of a page that belongs to one person: never cached, never indexed, framed only by her site."""
    response.headers["Content-Security-Policy"] = policy(frame_ancestors)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Vary"] = "HX-Request"
    # Isolated host pages (COEP) may show our frame only if we say so, and are isolated ourselves.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    return response


PACKED_LEAST = 1000
"""Bytes; less than this goes into the first packet anyhow."""


def packed(response: Response) -> Response:
    """The page by gzip, for whoever takes it.

    Only for pages whose address is as secret as all that is in them: where somebody else can have her open a page
    that holds a secret beside words of his, the length tells (BREACH).
    """
    if request.accept_encodings["gzip"] and len(response.data) >= PACKED_LEAST:
        response.data = gzip.compress(response.data, 6, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "HX-Request, Accept-Encoding"
    return response


EVERYWHERE = {
    "Content-Security-Policy": policy(**{"media-src": "'self'"}),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}
"""What every response says that says nothing else."""


def finish(response: Response) -> Response:
    """On every response, after its own headers."""
    said = {name for name, _ in response.headers}  # each look-up would go through all of them
    response.headers.extend((name, value) for name, value in EVERYWHERE.items() if name not in said)
    return response
