"""The services of the running app, and templates that serve as page and as fragment."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, render_template, request

from server.services import Services


def services() -> Services:
    return cast(Services, current_app.extensions["askonce"])


def wants_fragment() -> bool:
    """Whether htmx asks for the step alone. The one place that reads its header."""
    return request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers


def page_or_block(template: str, block: str, **context: Any) -> str:
    """`template` whole, or only its `block` when htmx will put it into a page that is already there."""
    if not wants_fragment():
        return render_template(template, **context)
    found = current_app.jinja_env.get_template(template)
    current_app.update_template_context(context)
    return "".join(found.blocks[block](found.new_context(context)))
