"""Who or what opens the links of a message, as far as the request says; noted for reports, and never a gate."""

from __future__ import annotations

from flask import request

from server.core import one_click
from server.core.agents import family
from server.flows.answer import Visit
from server.web.client import region
from server.web.parts import services

AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
"""Headers by which browsers say that they load a page before anybody wants it."""


def note_visit(found: Visit, how: one_click.Visit, chosen: str = "") -> None:
    """A visit to a link of a message; one to a page that its reader opened herself stands for nothing."""
    if found.invitation and found.offer is None and not is_ahead():
        note(found.invitation.id, how, chosen)


def note(invitation_id: str, how: one_click.Visit, chosen: str = "") -> None:
    from_where = family(request.user_agent.string), region()
    services().clicks.add([one_click.Click(invitation_id, services().now(), how, chosen, *from_where)])


def is_ahead() -> bool:
    """Loaded before anybody wants it. When somebody does, the browser may show what it has and ask no more."""
    return any(request.headers.get(name, "").lower().startswith(("prefetch", "preview", "prerender")) for name in AHEAD)


def counts_on_opening() -> bool:
    """Whether this is a page that somebody opens, as far as the request says: not one that a browser loads ahead, and
    no picture or frame in another page."""
    return not is_ahead() and request.headers.get("Sec-Fetch-Dest", "document") == "document"
