"""The message for one invitation, finished: words, links, the row of scores."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from channels.channel import Outgoing
from channels.email.render import EmailInvitation
from channels.email.render import render as render_email
from channels.sms.render import SmsInvitation
from channels.sms.render import render as render_sms
from server.core.links import seal
from server.core.surveys import Question, Survey
from server.core.texts import direction, rounded, takes, texts
from server.flows.way_back import with_way_back
from server.services import Services
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site

NAMED_MOST = 7
"""Points of a scale that have their words in a mail; more of them have their numbers."""


def compose(services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation) -> Outgoing:
    """What is sent for `row`, on its own channel."""
    return (_text if row.channel == "sms" else _mail)(services, site, survey, person, row)


def answer_link(services: Services, invitation_id: str) -> str:
    return services.link("/s/" + seal(services.secret, "survey", invitation_id))


def unsubscribe_link(services: Services, invitation_id: str) -> str:
    return services.link("/u/" + seal(services.secret, "unsubscribe", invitation_id))


def _mail(services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation) -> Outgoing:
    properties: dict[str, Any] = row.properties
    language = str(properties.get("locale") or site.language)
    t = texts(language)
    brand = str(properties.get("question_product_name") or site.name)
    asked = survey.in_language(language)
    question = _first(asked, person, row)
    link = answer_link(services, row.id)
    name = person.name or ""
    mail = render_email(
        EmailInvitation(
            id=row.id,
            to=row.address or "",
            to_name=name,
            subject=str(properties.get("delighted_email_subject") or t["subject"].format(brand=brand)),
            preheader=_preheader(t, survey.seconds),
            brand=site.name,
            intro=str(properties.get("delighted_intro_message") or _greeting(t, name)),
            question=question.text,
            choices=_choices(asked, question, t, link),
            low_label=question.low_label,
            high_label=question.high_label,
            answer_url=link,
            answer_text=t["answer"],
            unsubscribe_url=unsubscribe_link(services, row.id),
            unsubscribe_text=t["unsubscribe_mail"],
            footer=services.settings.mail_footer,
            lang=language,
            dir=direction(language),
            accent=site.accent,
            seconds=takes(t, survey.seconds),
            stream=survey.slug,
        )
    )
    return with_way_back(services, mail, row.id)


def _text(services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation) -> Outgoing:
    language = str(row.properties.get("locale") or site.language)
    return render_sms(
        SmsInvitation(
            id=row.id,
            to=row.address or "",
            brand=site.name,
            question=_first(survey.in_language(language), person, row).text,
            answer_url=answer_link(services, row.id),
            callback=services.link("/receipts/twilio_sms/" + seal(services.secret, "receipt", row.id)),
        )
    )


def _first(asked: Survey, person: Person, row: Invitation) -> Question:
    """What she is asked, in her own words."""
    return asked.put(asked.first, {}, row.properties, person.name or "")


def _choices(survey: Survey, question: Question, t: Any, link: str) -> list[tuple[str, str]]:
    """What one click in the mail can choose, and where it leads: to the page where it stands in the form."""
    scored = survey.scored is not None and survey.scored.id == question.id
    field = "score" if scored else quote(f"a.{question.id}", safe="")
    named = question.labels or [t.get(f"{question.kind}_{n}", str(n)) for n in question.choices]
    if len(named) > NAMED_MOST or question.kind == "stars":
        named = [str(n) for n in question.choices]
    choices = list(zip(map(str, question.choices), named, strict=True))
    if question.kind == "select_one":
        choices = [(option.id, option.text) for option in question.options]
    return [(label, f"{link}?{field}={quote(value, safe='')}") for value, label in choices]


def _preheader(t: Any, seconds: int) -> str:
    """What the list of mails shows: one click and so many seconds, where it is no more than that."""
    return str(t["preheader"].format(n=rounded(seconds))) if seconds <= 60 else takes(t, seconds)


def _greeting(t: Any, name: str) -> str:
    return str(t["greeting"].format(name=name) if name else t["greeting_bare"])
