"""The message for one invitation, finished: words, links, the row of scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from channels.channel import Outgoing
from channels.email.marks import filled, fits
from channels.email.render import headers
from channels.sms.render import SmsInvitation
from channels.sms.render import render as render_sms
from server.core.links import seal, seal_short
from server.core.story import step_from
from server.core.surveys.continued import Continued, continued
from server.core.surveys.piping import fill
from server.core.surveys.wording import fits_text, how_by_text
from server.core.texts import texts
from server.flows.call.opening import call_to
from server.flows.letter import language_of, letter_to, sender_of
from server.flows.way_back import with_way_back
from server.services import Services
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site

CLOCKS = timedelta(minutes=15)
"""How long before its state says so a text may have been tried: a call may take ten minutes, and clocks differ."""


@dataclass(frozen=True)
class Links:
    """Where one mail leads: to the survey, to the page that stops it, and where a mail program stops it by itself."""

    answer: str
    stop: str
    one_click: str

    @property
    def trap(self) -> str:
        """Where nobody goes but a program that follows every link; who sees it all the same comes to her survey."""
        return self.answer + "/more"


def compose(services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation) -> Outgoing:
    """What is sent for `row`, on its own channel."""
    if row.channel == "sms":
        return _text(services, site, survey, person, row)
    if row.channel == "phone":
        return call_to(services, site, survey, person, row)
    links = Links(*(make(services, row.id) for make in (answer_link, unsubscribe_link, one_click_link)))
    return mail_to(services, site, survey, person, row, links)


def answer_link(services: Services, invitation_id: str) -> str:
    return services.link("/s/" + seal(services.secret, "survey", invitation_id))


def text_link(services: Services, invitation_id: str) -> str:
    """The same page by a shorter address: in a text each letter costs."""
    return services.link("/s/" + seal_short(services.secret, invitation_id))


def shown_link(services: Services) -> str:
    """What stands for it where it is kept and read: whoever reads what was said must not be able to answer for her."""
    return services.link("/s/…")


def unsubscribe_link(services: Services, invitation_id: str) -> str:
    return services.link("/u/" + seal(services.secret, "unsubscribe", invitation_id))


def one_click_link(services: Services, invitation_id: str) -> str:
    """Where a mail program unsubscribes by itself (List-Unsubscribe): it stands in the header alone."""
    return services.link("/u/" + seal(services.secret, "one-click", invitation_id))


def mail_to(
    services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation, links: Links,
    notice: str = "",
) -> Outgoing:  # fmt: skip
    """The mail of `row`, with these links in it. It carries the letter that it shares with others, unless what is hers
    in it is more than providers take beside one; then it goes by itself."""
    made = letter_to(services, site, survey, person, row.properties, notice, step_from(row.step))
    said = {**made.hers.said, "link": links.answer + _asking(made.continued), "stop": links.stop, "trap": links.trap}
    blanks = made.hers.marks.blanks(made.letter, said)
    mail, is_shared = filled(made.letter, blanks), fits(blanks)
    sender, reply_to = sender_of(services, made.head)
    finished = Outgoing(
        id=row.id,
        kind="email",
        to=row.address or "",
        to_name=person.name or "",
        sender=sender,
        reply_to=reply_to,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        headers=headers(links.one_click, survey.slug),
        letter=made.letter if is_shared else None,
        blanks=blanks if is_shared else {},
    )
    return with_way_back(services, finished, row.id)


def _text(services: Services, site: Site, survey: StoredSurvey, person: Person, row: Invitation) -> Outgoing:
    """The question with a link to its page; or, in a conversation, with how to answer it by a reply."""
    language = language_of(survey.survey, row.properties, site)
    asked, name, t, step = survey.in_language(language), person.name or "", texts(language), step_from(row.step)
    said = continued(step, asked, t, site.name, short=True)
    question = asked.put(said.question if said else asked.first, {}, row.properties, name)
    leads_on = step is not None and step.kind == "link"  # she asked on the phone for her page, and not to be asked
    speaks = asked.delivery.sms == "conversation" and fits_text(question, language) and not leads_on
    before = fill(said.text, {}, row.properties, name) if said else ""
    return render_sms(
        SmsInvitation(
            id=row.id,
            to=row.address or "",
            brand=site.name,
            question=t["call_text"] if leads_on else f"{before} {question.text}".strip(),
            hint=how_by_text(question, language) if speaks else "",
            answer_url="" if speaks else text_link(services, row.id) + _asking(said),
            stop_text=t["reply_end"].format(word="STOP") if speaks else "",
            callback=services.link("/receipts/twilio_sms/" + seal(services.secret, "receipt", row.id)),
            language=language,
            since=row.state_at - CLOCKS if row.state in ("calling", "unconfirmed") else None,
        )
    )


def _asking(said: Continued | None) -> str:
    """What is added to the link of a message that asks for more than a click: its page begins with that question."""
    return f"?ask={quote(said.question.id, safe='')}" if said and said.is_open else ""
