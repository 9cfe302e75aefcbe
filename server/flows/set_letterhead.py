"""The team decides what its mails look like and whom they are from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.email.mime import BadAddress, address
from server.core.letterhead import BadLetterhead, letterhead_from
from server.core.pictures import measured, name_of
from server.flows.letter import domains
from server.services import Services
from server.store import pictures
from server.store.scope import SiteScope
from server.store.tables import Site


def check(services: Services, site: Site, said: Mapping[str, Any]) -> None:
    """Raises BadLetterhead with everything that is wrong with `said`."""
    head = letterhead_from(said, site.language, domains=domains(services))
    wrong = {}
    for part, spec in (("address", head.address), ("reply_to", head.reply_to)):
        try:
            if spec:
                address("", spec)
        except BadAddress:
            wrong[part] = "No mail can be sent to this address. Give one such as hello@example.com."
    if wrong:
        raise BadLetterhead(wrong)


def set_letterhead(services: Services, site: Site, said: Mapping[str, Any]) -> None:
    """`said` in force for every mail from now on; the logo stays as it is. Raises BadLetterhead."""
    check(services, site, said)
    with services.db.writing() as db:
        row = db.get_one(Site, site.id)
        logo = {"logo": row.mail["logo"]} if row.mail and "logo" in row.mail else {}
        row.mail = ({part: each for part, each in said.items() if each and part != "logo"} | logo) or None


def put_logo(services: Services, site_id: int, body: bytes) -> None:
    """The picture `body` on every mail from now on. Raises BadPicture."""
    found = measured(body)
    width, height = found.shown()
    name = name_of(body, found.kind)
    with services.db.writing() as db:
        pictures.put(SiteScope(db, site_id), name, body, services.now())
        row = db.get_one(Site, site_id)
        row.mail = {**(row.mail or {}), "logo": {"name": name, "width": width, "height": height}}


def remove_logo(services: Services, site_id: int) -> None:
    """The site's name in place of the logo, from now on; mails that were sent keep it."""
    with services.db.writing() as db:
        row = db.get_one(Site, site_id)
        row.mail = {part: each for part, each in (row.mail or {}).items() if part != "logo"} or None
