"""Why was Ann not asked? Each rule with pass or fail, by which touch, until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.core.people import guess
from server.flows.judge import weigh
from server.gate.verdict import Verdict
from server.gate.words import as_json
from server.services import Services
from server.store import people, people_lists, surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Person


class Nobody(Exception):
    """There is no such person, or no such survey; the message says which."""


@dataclass(frozen=True)
class Explained:
    """The verdict on asking this person this survey on this channel now."""

    person: Person
    known_by: dict[str, str]
    survey: StoredSurvey
    channel: str
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """`{"person": {"id", …}, "survey", "channel"}` and the verdict's own fields."""
        who = {"id": str(self.person.id), **self.known_by}
        return {"person": who, "survey": self.survey.slug, "channel": self.channel, **as_json(self.verdict)}


def explain(services: Services, site_id: int, who: str, survey_name: str | None, channel: str = "email") -> Explained:
    """The verdict by the ledger, as a send would meet it. Reads only. Raises Nobody."""
    with services.db.reading() as db:
        scope = SiteScope(db, site_id)
        person = people.find(scope, [guess(who)])
        survey = surveys.named(scope, survey_name)
        if person is None:
            raise Nobody(f"nobody here is known as {who}")
        if survey is None:
            raise Nobody(f"there is no survey {survey_name!r}" if survey_name else "this site has no survey")
        verdict, _ = weigh(scope, person.id, survey, channel, services.now())
        return Explained(person, people_lists.known_by(scope, [person.id])[person.id], survey, channel, verdict)
