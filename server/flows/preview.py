"""A survey as it would be, before anybody is asked: nothing of it is stored, it travels in the address itself."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.sms.render import costly, plain, segments
from server.core.links import BadLink, unwrap, wrap
from server.core.surveys import Question, Survey, Value, read_all, survey_from
from server.core.surveys.wording import as_speech, as_text, fits_text
from server.flows.answer import Visit
from server.flows.compose import compose
from server.services import Services
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site

ADDRESS_MAX = 24_000
"""Characters of a token: what browsers and proxies take in an address."""
SIZE_MAX = 300_000


class TooLong(ValueError):
    """The survey is too long for an address."""


@dataclass(frozen=True)
class Preview:
    """A survey that is looked at, and the answers given while looking."""

    definition: Mapping[str, Any]
    answers: Mapping[str, Any]

    def survey(self, language: str = "") -> Survey:
        """Raises BadSurvey."""
        return survey_from(self.definition, language)


def seal_preview(services: Services, site: Site, definition: Mapping[str, Any], answers: Mapping[str, Value]) -> str:
    """A token that carries the survey. Raises TooLong."""
    said = json.dumps([dict(definition), dict(answers)], separators=(",", ":"))
    packed = base64.urlsafe_b64encode(zlib.compress(said.encode(), 9)).decode()
    token = wrap(services.secret, "preview", {"s": site.id, "z": packed})
    if len(token) > ADDRESS_MAX:
        raise TooLong("this survey is too long to be looked at before it is saved")
    return token


def open_preview(services: Services, site: Site, token: str) -> Preview:
    """What `seal_preview` sealed for this site. Raises BadLink."""
    said = unwrap(services.secret, "preview", token)
    if said.get("s") != site.id or "z" not in said:
        raise BadLink("preview")
    unpacked = zlib.decompressobj().decompress(base64.urlsafe_b64decode(said["z"]), SIZE_MAX)
    definition, answers = json.loads(unpacked)
    return Preview(definition, answers)


def answer_preview(services: Services, site: Site, seen: Preview, given: Mapping[str, Any]) -> str:
    """The token one step on. Raises BadAnswer."""
    values = read_all(seen.survey().questions, given)
    return seal_preview(services, site, seen.definition, {**seen.answers, **values})


def visit_of(services: Services, site: Site, seen: Preview, channel: str, language: str = "") -> Visit:
    """Somebody at this survey, as the survey page knows visitors; with neither offer nor invitation."""
    stored = StoredSurvey(
        id=0, site_id=site.id, key="", slug="", state="draft", version_id=0, survey=seen.survey(language),
        definition=seen.definition,
    )  # fmt: skip
    return Visit(site, stored, channel, dict(seen.answers), None, None, services.now())


def mail_of(services: Services, site: Site, seen: Preview, language: str = "") -> str:
    """The invitation mail, as HTML."""
    row = Invitation(id="preview", channel="email", address="ann@example.com", properties=_locale(language))
    stored = visit_of(services, site, seen, "email", language).survey
    return compose(services, site, stored, Person(name="Ann"), row).html or ""


def _locale(language: str) -> dict[str, str]:
    return {"locale": language} if language else {}


@dataclass(frozen=True)
class Spoken:
    """A question where there is no page: as a text message, what that costs, and as what a voice says."""

    text: str
    """"" for what is asked at the page alone."""
    messages: int
    costly: str
    """Its letters that a message of 160 does not have."""
    speech: str


def spoken_of(services: Services, site: Site, seen: Preview, language: str = "") -> list[Spoken]:
    """Each question in turn; the first as the text that is really sent."""
    survey = seen.survey(language)
    found = []
    for question in survey.questions:
        text = _first_text(services, site, seen, language) if question == survey.first else _next_text(survey, question)
        found.append(Spoken(text, segments(text), costly(text), as_speech(question, survey.language)))
    return found


def _first_text(services: Services, site: Site, seen: Preview, language: str) -> str:
    row = Invitation(id=AN_ID, channel="sms", state="planned", address=A_NUMBER, properties=_locale(language))
    stored = visit_of(services, site, seen, "sms", language).survey
    return compose(services, site, stored, Person(name="Ann"), row).text


def _next_text(survey: Survey, question: Question) -> str:
    speaks = survey.delivery.sms == "conversation" and fits_text(question, survey.language)
    return plain(as_text(question, survey.language)) if speaks else ""


AN_ID, A_NUMBER = "An-invitation-id", "+15005550006"
"""As long as every other one: what a text costs depends on it."""
