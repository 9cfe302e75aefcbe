"""A site's rules by API: read as they are in force, and decided anew, in versions as the desk keeps them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from server.core.one_click import warning
from server.core.policy import BadPolicy
from server.flows.decide import decide, decisions, read_policy
from server.flows.trigger import Invalid
from server.store.tables import Site
from server.web.api import door
from server.web.parts import services

api = Blueprint("policy", __name__)

BY = "api"


@api.get("/v1/policy")
@api.get("/v1/policy.json")
def in_force() -> Response:
    """`{"version", "policy", "warnings"}`; what the policy does not say is the default, and version 0 says nothing."""
    return jsonify(_shape(door.site()))


@api.post("/v1/policy")
@api.post("/v1/policy.json")
def decided() -> Response:
    """`{"policy": {…}}`: the whole of it, in force from now on."""
    site = door.site()
    document = door.body().get("policy")
    if not isinstance(document, dict):
        raise Invalid({"policy": ["must be a JSON object: the whole policy, as GET tells it"]})
    try:
        decide(services(), site.id, document, BY)
    except BadPolicy as why:
        raise Invalid({"policy": list(why.complaints)}) from why
    return jsonify(_shape(door.site()))


def _shape(site: Site) -> dict[str, Any]:
    latest = next(iter(decisions(services(), site.id)), None)
    try:
        said = warning(read_policy(services(), site.id, site.policy).rules_of_clicks)
    except BadPolicy as why:
        said = f"It cannot be read any more: {why}."
    return {"version": latest.number if latest else 0, "policy": site.policy, "warnings": [said] if said else []}
