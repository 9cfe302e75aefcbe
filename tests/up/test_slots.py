"""Requests are read to their end before they get a slot, and half a request is none."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from server.up.slots import in_slots


class Cut(BytesIO):
    """A body whose sender hung up half-way."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size)[:2]


def call(app: Callable[..., Any], **environ: Any) -> tuple[str, bytes]:
    said: list[str] = []
    body = b"".join(app(environ, lambda status, headers: said.append(status)))
    return said[0], body


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


@pytest.mark.parametrize("name", ["CONTENT_LENGTH", "HTTP_CONTENT_LENGTH"])
def test_the_app_reads_what_was_sent(name: str) -> None:
    environ = {name: "4", "wsgi.input": BytesIO(b"beef")}
    assert call(in_slots(echo, 1), **environ) == ("200 OK", b"beef")


def test_half_an_answer_never_reaches_the_app() -> None:
    environ = {"CONTENT_LENGTH": "4", "wsgi.input": Cut(b"beef")}
    assert call(in_slots(echo, 1), **environ) == ("400 Bad Request", b"")


@pytest.mark.parametrize("size", [{"CONTENT_LENGTH": "2000000"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_one_large_request_at_a_time(size: dict[str, str]) -> None:
    def within(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        again = {**size, "wsgi.input": BytesIO()}
        return [call(app, **again)[0].encode()] if "nested" in environ else []

    app = in_slots(within, 1)
    assert call(app, **size, nested="yes") == ("200 OK", b"503 Service Unavailable")
    assert call(app, **size) == ("200 OK", b"")
