"""A visitor on a slow line, or one who stops in the middle of a request, does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from threading import Semaphore
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

READERS = 128  # threads that may wait for a body; waiting costs memory, no processor
_USUAL = 1 << 20  # bytes of a request that is read before it gets a slot


def in_slots(app: Application, slots: int) -> Application:
    """`app`, run by at most `slots` threads at once, each request read to its end before it takes one.

    The web server hands over a request when its head is there, and has no time-out for the body: without this
    as many half-sent requests as there are threads stop it for good. Requests above a mebibyte or of unknown
    size are read by the app, one at a time; a second one meanwhile is answered 503.
    """
    usual, large = Semaphore(slots), Semaphore(1)

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        size = _size(environ)
        if size is None or size > _USUAL:
            return _alone(app, large, environ, start_response)
        if size:
            body = environ["wsgi.input"].read(size)
            if len(body) < size:  # hung up half-way: half an answer is not an answer
                return _refuse("400 Bad Request", start_response)
            environ["wsgi.input"] = BytesIO(body)
        with usual:
            return app(environ, start_response)

    return call


def _size(environ: dict[str, Any]) -> int | None:
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    try:
        return int(environ.get("CONTENT_LENGTH") or environ.get("HTTP_CONTENT_LENGTH") or 0)
    except ValueError:
        return None


def _alone(
    app: Application, large: Semaphore, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    if not large.acquire(blocking=False):
        return _refuse("503 Service Unavailable", start_response)
    try:
        return app(environ, start_response)
    finally:
        large.release()


def _refuse(status: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response(status, [("Content-Length", "0"), ("Retry-After", "5")])
    return [b""]
