"""How a call begins: who calls, how long it takes, and how to have done with it."""

from __future__ import annotations

from channels.channel import Outgoing
from server.core.links import seal
from server.core.surveys.wording import as_speech
from server.core.texts import takes, texts
from server.flows.letter import language_of
from server.services import Services
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site


def opening(site: Site, survey: StoredSurvey, language: str, can_text: bool) -> tuple[str, ...]:
    """The company and the length come first, whoever called whom."""
    t = texts(language)
    return (f"{t['call_opening'].format(brand=site.name)} {takes(t, survey.seconds)}.", t[_KEYS[can_text]])


_KEYS = {True: "call_keys", False: "call_keys_bare"}


def call_to(services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation) -> Outgoing:
    """The call of `row`. Its text is how it begins; what is said in it is asked for at its page, turn by turn."""
    language = language_of(survey.survey, row.properties, site)
    asked = survey.in_language(language)
    question = asked.put(asked.first, {}, row.properties, person.name or "")
    return Outgoing(
        id=row.id,
        kind="phone",
        to=row.address or "",
        text=" ".join((*opening(site, survey, language, can_text=True), as_speech(question, language))),
        page=services.link("/calls/to/" + seal(services.secret, "call", row.id)),
        callback=services.link("/receipts/twilio_voice/" + seal(services.secret, "receipt", row.id)),
    )
