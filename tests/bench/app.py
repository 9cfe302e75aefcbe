"""The product as it is served, with a bare Flask route beside it that does nothing but the gate's script."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, jsonify, request
from sqlalchemy import event

from server.app import serve_app
from server.core.links import new_id
from server.gate.redis import RedisGate, _key
from server.services import Services
from server.settings import Settings
from server.up.serve import serve
from tests.bench.pages import bare_routes

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def create_app() -> Application:
    """`/bare/held` and `/bare/granted` run the script with the very arguments of the last real offer of their kind."""
    product = serve_app()
    services: Services = product.extensions["askonce"]
    gate = services.gate
    assert isinstance(gate, RedisGate)
    recorded: dict[str, tuple[list[Any], list[Any]]] = {}
    statements = [0]
    claim = gate._claim
    plain = gate._redis.register_script(claim._text)  # as the client's own documentation has it

    def remember(keys: list[Any], args: list[Any]) -> Any:
        recorded["granted" if args[3] else "held"] = (keys, args)
        return claim(keys=keys, args=args)

    gate._claim = remember  # type: ignore[assignment]
    bare = Flask("bare")

    bare_routes(bare, product, services)

    @bare.post("/bare/held")
    def held() -> Response:
        keys, args = recorded["held"]
        return _plain(plain(keys=keys, args=args))

    @bare.post("/bare/granted")
    def granted() -> Response:
        _, args = recorded["granted"]
        ticket = new_id()
        return _plain(plain(keys=[_key(ticket)], args=[args[0], ticket, *args[2:]]))

    @bare.post("/bare/record")
    def record() -> Response:
        """From here on the product runs as it is."""
        gate._claim = claim
        return jsonify(sorted(recorded))

    @bare.post("/bare/counts")
    def counts() -> Response:
        taken, statements[0] = statements[0], 0
        return jsonify({"statements": taken, "process": os.getpid()})

    @event.listens_for(services.db.engine, "before_cursor_execute")
    def count(*_: Any) -> None:
        if threading.current_thread().name != "askonce-repeat":  # what is done every second is not done by a request
            statements[0] += 1

    def either(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        app = bare if environ["PATH_INFO"].startswith("/bare/") else product
        return app(environ, start)

    return either


def serve_on(settings: Settings, cores: Iterable[int]) -> None:
    """Serves all this until it is ended, on these processors alone."""
    os.sched_setaffinity(0, cores)
    serve(settings, "tests.bench.app:create_app")


def _plain(answer: Any) -> Response:
    json.loads(request.get_data())
    return jsonify({"show": answer[0] == b"leased"})
