"""Is it alive, and may it be given work?"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from server.store.db import DatabaseTrouble
from server.web.parts import services

web = Blueprint("health", __name__)


@web.get("/livez")
def alive() -> Response:
    """The process answers. Touches nothing else: a restart would not mend a database."""
    return jsonify({"alive": True})


@web.get("/readyz")
def ready() -> Response:
    """Answers can be taken. Redis is not needed for that."""
    try:
        services().db.check()
    except DatabaseTrouble:
        response = jsonify({"ready": False, "why": "the database does not answer"})
        response.status_code = 503
        return response
    return jsonify({"ready": True})
