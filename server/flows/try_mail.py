"""A mail as it would be: on a letterhead that nobody has saved yet, to look at, or to send to oneself."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from channels.channel import Outcome, Outgoing
from server.core.links import BadLink, new_id, unwrap, wrap
from server.core.people import BadClaim, email
from server.core.texts import texts
from server.flows.compose import Links, mail_to
from server.flows.consent import suppressed
from server.flows.letter import language_of
from server.flows.offer import Offer
from server.services import Services
from server.store import surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site

LASTS = timedelta(days=7)
"""How long the links of a mail to oneself lead anywhere."""
NAME = "Ann"
"""Whoever a mail is shown to."""
SIZE_MAX = 100_000


class NotSent(Exception):
    """No mail went to this address; the message says why."""


@dataclass(frozen=True)
class Sample:
    """A survey in one version and one language, asked on a letterhead (JSON, as `letterhead_from` takes it)."""

    version_id: int
    language: str
    head: Mapping[str, Any]

    def seal(self, services: Services, site: Site) -> str:
        """A token that carries it."""
        packed = base64.urlsafe_b64encode(zlib.compress(json.dumps(dict(self.head)).encode(), 9)).decode()
        return wrap(services.secret, "preview", {"s": site.id, "v": self.version_id, "l": self.language, "m": packed})


def open_sample(services: Services, site: Site, token: str) -> Sample:
    """What `Sample.seal` sealed for this site. Raises BadLink."""
    said = unwrap(services.secret, "preview", token)
    if said.get("s") != site.id or "m" not in said:
        raise BadLink("preview")
    head = zlib.decompressobj().decompress(base64.urlsafe_b64decode(said["m"]), SIZE_MAX)
    return Sample(said["v"], said["l"], json.loads(head))


def sample_mail(services: Services, site: Site, sample: Sample) -> Outgoing:
    """The mail, to look at; nothing leaves. Raises BadLink for a version that is none of this site's."""
    return _written(services, site, sample, _survey(services, site, sample), "ann@example.com", "")


def send_sample(services: Services, site: Site, sample: Sample, to: str) -> Outcome:
    """The mail sent to the address `to`, marked as a test: no person, no touch and no invitation, and what is answered
    in it is kept nowhere. What the provider said. Raises NotSent."""
    try:
        address = email(to)
    except BadClaim as why:
        raise NotSent("Give an address such as you@example.com.") from why
    with services.db.reading() as db:
        left_alone = suppressed(SiteScope(db, site.id), address, "email")
    if not left_alone.passed:
        raise NotSent(f"Nothing was sent: {left_alone.because}.")
    survey = _survey(services, site, sample)
    notice = texts(language_of(survey.survey, {"locale": sample.language}, site))["test_mail"]
    mail = _written(services, site, sample, survey, address, notice)
    marked = replace(mail, subject=f"[Test] {mail.subject}", letter=None, blanks={})
    return services.providers["email"][0].send([marked])[0]


def _written(
    services: Services, site: Site, sample: Sample, survey: StoredSurvey, address: str, notice: str
) -> Outgoing:
    row = Invitation(id=f"test-{new_id()}", channel="email", address=address, properties={"locale": sample.language})
    token = _preview(services, survey, sample.language)
    stop = services.link(f"/u/{token}")
    links = Links(services.link(f"/s/{token}"), stop, stop)
    return mail_to(services, _with_head(site, sample.head), survey, Person(name=NAME), row, links, notice)


def _survey(services: Services, site: Site, sample: Sample) -> StoredSurvey:
    with services.db.reading() as db:
        found = surveys.version(SiteScope(db, site.id), sample.version_id)
    if found is None:
        raise BadLink("preview")
    return found


def _preview(services: Services, survey: StoredSurvey, language: str) -> str:
    """A token that opens the survey for whoever tries it, and keeps nothing."""
    ticket, ends = new_id(), services.now() + LASTS
    made = Offer(
        ticket, survey.site_id, survey.version_id, "email", f"{survey.site_id}/preview/{ticket}", ends, name=NAME,
        kind="preview", properties={"locale": language},
    )  # fmt: skip
    return made.seal(services.secret)


def _with_head(site: Site, head: Mapping[str, Any]) -> Site:
    """The site as if `head` had been saved; a copy that no session knows."""
    return Site(
        id=site.id, key=site.key, name=site.name, language=site.language, accent=site.accent, theme=site.theme,
        mail=dict(head), policy=site.policy,
    )  # fmt: skip
