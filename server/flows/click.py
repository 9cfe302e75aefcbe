"""A click on a score in a mail: what it takes, by the site's rule, for it to become an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from server.core.one_click import USUAL, Rule
from server.core.policy import BadPolicy
from server.core.policy_document import policy_from
from server.flows.answer import Read, Visit, answer_with, visit
from server.services import Services
from server.store.tables import Site

CLICKED = ("email", "sms", "link")
"""Channels whose links may carry an answer: in a mail, in a text, under somebody else's mails."""


def rule_of(site: Site, slug: str) -> Rule:
    """The site's rule for clicks on links to the survey `slug`; the usual one where its policy cannot be read."""
    try:
        return policy_from(site.policy).one_click_of(slug)
    except BadPolicy:
        return USUAL


def rule_for(found: Visit) -> Rule:
    """The rule at work here. Once the survey is closed no click counts: an answer that stands stays as it is. What is
    sent is taken even then, for it may have waited in her browser."""
    is_clicked = found.channel in CLICKED and (found.offer is None or found.offer.kind == "ask")
    if not is_clicked or found.survey.state == "closed":
        return "strict"
    return rule_of(found.site, found.survey.slug)


def touched(services: Services, token: str, read: Read, told: str = "", opened: datetime | None = None) -> Visit:
    """She touched the page on which her click stands: `read` counts, unless only what is sent does. Raises BadAnswer,
    BadLink and Closed, as `answer_with`."""
    found = visit(services, token)
    if rule_for(found) == "strict":
        return found
    return answer_with(services, token, read, told, opened, way="touched")


def clicked(services: Services, token: str, found: Visit, given: Mapping[str, Any]) -> Visit:
    """The link was opened, with `given` in its address: that counts where the rule is `instant`, as far as nobody has
    confirmed anything else."""
    if rule_for(found) != "instant":
        return found
    return answer_with(services, token, lambda _: given, way="opened")
