"""The message for one invitation, finished: words, links, the row of scores."""

from __future__ import annotations

from channels.channel import Outgoing
from channels.email.marks import filled, fits
from channels.email.render import headers
from channels.sms.render import SmsInvitation
from channels.sms.render import render as render_sms
from server.core.links import seal
from server.core.surveys import Question, Survey
from server.flows.letter import language_of, letter_to, sender_of
from server.services import Services
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site


def compose(services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation) -> Outgoing:
    """What is sent for `row`, on its own channel."""
    if row.channel == "sms":
        return _text(services, site, survey, person, row)
    link, stop = answer_link(services, row.id), unsubscribe_link(services, row.id)
    return mail_to(services, site, survey, person, row, link, stop)


def answer_link(services: Services, invitation_id: str) -> str:
    return services.link("/s/" + seal(services.secret, "survey", invitation_id))


def unsubscribe_link(services: Services, invitation_id: str) -> str:
    return services.link("/u/" + seal(services.secret, "unsubscribe", invitation_id))


def mail_to(
    services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation, link: str, stop: str,
    notice: str = "",
) -> Outgoing:  # fmt: skip
    """The mail of `row`, with these links in it. It carries the letter that it shares with others, unless what is hers
    in it is more than providers take beside one; then it goes by itself."""
    made = letter_to(services, site, survey, person, row.properties, notice)
    blanks = made.hers.marks.blanks(made.letter, {**made.hers.said, "link": link, "stop": stop})
    mail, is_shared = filled(made.letter, blanks), fits(blanks)
    sender, reply_to = sender_of(services, made.head)
    return Outgoing(
        id=row.id,
        kind="email",
        to=row.address or "",
        to_name=person.name or "",
        sender=sender,
        reply_to=reply_to,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        headers=headers(stop, survey.slug),
        letter=made.letter if is_shared else None,
        blanks=blanks if is_shared else {},
    )


def _text(services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation) -> Outgoing:
    asked = survey.in_language(language_of(survey.survey, row.properties, site))
    return render_sms(
        SmsInvitation(
            id=row.id,
            to=row.address or "",
            brand=site.name,
            question=_first(asked, person, row).text,
            answer_url=answer_link(services, row.id),
            callback=services.link("/receipts/twilio_sms/" + seal(services.secret, "receipt", row.id)),
        )
    )


def _first(asked: Survey, person: Person, row: Invitation) -> Question:
    """What she is asked, in her own words."""
    return asked.put(asked.first, {}, row.properties, person.name or "")
