"""A link that anybody may open: it is never held, for she opened it herself."""

from __future__ import annotations

from server.core.links import BadLink, new_id
from server.core.people import Claim
from server.flows.offer import OFFER_LASTS, Offer
from server.services import Services
from server.store import surveys


def open_link(services: Services, survey_key: str) -> str:
    """A token to answer the survey behind `/l/<survey_key>` once. Nothing is stored until there is an answer.

    Raises BadLink for a survey that is not there or not running.
    """
    with services.db.reading() as db:
        found = surveys.public(db, survey_key)
    if found is None or found.state != "live":
        raise BadLink("survey")
    ticket = new_id()
    made = Offer(
        ticket=ticket,
        site_id=found.site_id,
        version_id=found.version_id,
        channel="link",
        gate_name=f"{found.site_id}/link/{ticket}",
        expires=services.now() + OFFER_LASTS,
        claims=(Claim("visitor", "v_" + new_id()),),
    )
    return made.seal(services.secret)
