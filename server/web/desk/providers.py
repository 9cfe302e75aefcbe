"""Who carries mail and texts: set up or not, with what to mend, and the addresses that each provider calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import abort, g, request

from channels.channel import Kind, Provider
from server.store.notices import standing
from server.store.tables import Notice, Site
from server.web.desk.door import desk, for_a_site, page
from server.web.desk.provider_words import MEND, NOTHING, callbacks, called
from server.web.parts import services

SETTINGS: dict[Kind, str] = {"email": "EMAIL_PROVIDER", "sms": "SMS_PROVIDER", "phone": "PHONE_PROVIDER"}
"""What names the providers of each kind."""


@dataclass(frozen=True)
class Checked:
    """What is wrong with a provider's set-up: nothing, when `problems` is empty."""

    problems: tuple[str, ...]

    @property
    def works(self) -> bool:
        return not self.problems


@desk.get("/providers")
@for_a_site
def providers(site: Site) -> str:
    """Every provider in use. With `?check=1` each is tried before the page comes, for browsers without scripts."""
    is_checked = request.args.get("check") == "1"
    found = {kind: [_seen(each, is_checked) for each in providers_of(kind)] for kind in SETTINGS}
    return page(
        "providers.html",
        settings=SETTINGS,
        found=found,
        is_checked=is_checked,
        sender=services().settings.mail_from,
        footer=services().settings.mail_footer,
        notices=notices(),
    )


@desk.get("/providers/<kind>/<name>")
@for_a_site
def check_provider(site: Site, kind: str, name: str) -> str:
    """One provider, tried now: it may take as long as the provider does. Sends nothing."""
    for known in SETTINGS:
        for each in providers_of(known) if known == kind and re.fullmatch("[a-z0-9_]{1,20}", name) else ():
            if each.name == name:
                return page("provider_checked.html", it=_seen(each, is_checked=True), kind=kind)
    abort(404, "there is no such provider")


def providers_of(kind: Kind) -> tuple[Provider, ...]:
    """Those that carry messages of one kind, the first choice first."""
    return services().providers[kind]


def notices() -> list[Notice]:
    """What stands in the way of sending until somebody mends it."""
    with services().db.reading() as db:
        return standing(db)


def _seen(provider: Provider, is_checked: bool) -> dict[str, Any]:
    """What the page shows of a provider."""
    return {
        "provider": provider,
        "called": called(provider.name),
        "checked": Checked(tuple(problem.text for problem in provider.check())) if is_checked else None,
        "callbacks": callbacks(provider, services().settings.public_url, g.site.key),
        "mend": MEND.get(provider.name, ""),
        "nothing": NOTHING.get(provider.name, ""),
    }
