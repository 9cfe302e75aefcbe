"""The team hands out links to a survey: each with a name, and with what it says of whoever comes by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.core.links import new_id
from server.flows.make_survey import NoSuchSurvey
from server.flows.open_link import is_reserved
from server.services import Services
from server.store import links, survey_versions
from server.store.scope import SiteScope
from server.store.tables import LinkRow

NAME_MAX = 60
PROPERTIES_MAX = 20
VALUE_MAX = 255


class BadLinkForm(ValueError):
    """What was given makes no link: a complaint for each field that is wrong."""

    def __init__(self, complaints: Mapping[str, str]):
        super().__init__(" ".join(complaints.values()))
        self.complaints = dict(complaints)


def make_link(
    services: Services,
    site_id: int,
    survey_id: int,
    name: str,
    by: str,
    properties: Mapping[str, str] | None = None,
    single_use: bool = False,
    closes_at: datetime | None = None,
) -> LinkRow:
    """A new link. Raises BadLinkForm and NoSuchSurvey."""
    name, properties, now = " ".join(name.split()), properties or {}, services.now()
    complaints = _complaints(name, properties)
    if closes_at and closes_at <= now:
        complaints["closes_at"] = "Say a day that is still to come, or leave it empty."
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        scope.one_at_a_time("links")
        if survey_versions.get(scope, survey_id) is None:
            raise NoSuchSurvey("there is no such survey")
        if links.named(scope, survey_id, name):
            complaints["name"] = f"There is already a link “{name}”."
        if len(links.of_survey(scope, survey_id)) >= links.LINKS_MAX:
            complaints["name"] = f"A survey has at most {links.LINKS_MAX} links."
        if complaints:
            raise BadLinkForm(complaints)
        return links.add(scope, survey_id, new_id(), name, properties, single_use, closes_at, by, now)


def end_link(services: Services, site_id: int, id: int) -> LinkRow:
    """Nobody comes by this link any more. Raises NoSuchSurvey for a link that is not there."""
    with services.db.writing() as db:
        row = links.get(SiteScope(db, site_id), id)
        if row is None:
            raise NoSuchSurvey("there is no such link")
        row.ended_at = row.ended_at or services.now()
        return row


def _complaints(name: str, properties: Mapping[str, str]) -> dict[str, str]:
    complaints = {}
    if not name or len(name) > NAME_MAX or not name.isprintable():
        complaints["name"] = f"Give it a name of 1 to {NAME_MAX} characters, such as “invoice”."
    if len(properties) > PROPERTIES_MAX:
        complaints["properties"] = f"At most {PROPERTIES_MAX} properties, please."
    for key, value in properties.items():
        if not 0 < len(key) <= NAME_MAX or not key.isprintable() or is_reserved(key):
            complaints["properties"] = f"“{key[:NAME_MAX]}” cannot be the name of a property."
        elif not value or len(value) > VALUE_MAX or not value.isprintable():
            complaints["properties"] = f"Give {key} a value of 1 to {VALUE_MAX} characters."
    return complaints
