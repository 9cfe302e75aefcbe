"""The letter that a survey's invitations by mail have in common, and what in it is each person's own."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any
from urllib.parse import quote

from channels.channel import Letter
from channels.email.marks import Marks
from channels.email.render import Choice, EmailInvitation, Logo, render
from server.core.letterhead import BadLetterhead, Letterhead, Picture, letterhead_from
from server.core.links import purpose_key
from server.core.story import Step
from server.core.surveys import Question, Survey
from server.core.surveys.continued import Continued, continued
from server.core.surveys.looks import ends_of, look_of, picture_of, points_of
from server.core.surveys.piping import fill, marked
from server.core.texts import direction, language_tag, rounded, takes, texts
from server.services import Services
from server.store.surveys import StoredSurvey
from server.store.tables import Person, Site

OPTIONS_MOST = 12
"""Options in a mail; of more than these some would not be seen, and be chosen less."""
SUBJECT_MOST = 300
"""Characters of a subject that a program gave for one person; of its intro TEXT_MOST."""
TEXT_MOST = 2000

log = logging.getLogger("askonce.mail")


@dataclass
class Hers:
    """What in a letter is one person's own, by the names of its marks. Texts are read in one order for everybody, so
    that the same place has the same mark in each one's letter."""

    marks: Marks
    properties: Mapping[str, Any]
    name: str
    said: dict[str, str] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, said: str) -> str:
        """The mark of something that is said to her alone."""
        self.said[name] = said
        return self.marks.of(name)

    def read(self, text: str) -> str:
        """`text` with a mark for each of its places, such as `{person.name}`."""
        return marked(text, self._place) if "{" in text else text

    def _place(self, place: str) -> str:
        name = self._places.setdefault(place, f"w{len(self._places) + 1}")
        return self.put(name, fill(place, {}, self.properties, self.name))


@dataclass(frozen=True)
class Written:
    """A letter, on whose letterhead it is, and what in it is one person's own; her links are not among it yet."""

    letter: Letter
    head: Letterhead
    hers: Hers
    continued: Continued | None = None
    """What it says of its own, when it follows another message."""


def marks_of(services: Services) -> Marks:
    return Marks(purpose_key(services.secret, "letter").hex()[:12])


def language_of(survey: Survey, properties: Mapping[str, Any], site: Site) -> str:
    """Hers, as far as the survey was written in it, as its page has it: her invitation's, the site's; else its own."""
    return survey.spoken(language_tag(properties.get("locale")), site.language)


def letterhead_of(site: Site, language: str) -> Letterhead:
    """As the site has it; a plain one where what is kept cannot be read any more, for a mail is better than none."""
    try:
        return letterhead_from(site.mail, site.language, language)
    except BadLetterhead as why:
        log.error("the letterhead of site %s is not used: %s", site.key, why)
        return Letterhead()


def domains(services: Services) -> frozenset[str] | None:
    """Whose addresses a site may name: mail in others' names is refused on its way, or lands among spam. None for any,
    where no mail leaves."""
    settings = services.settings
    if settings.is_trial:
        return None
    own = parseaddr(settings.mail_from)[1].rpartition("@")[2].lower()
    return frozenset({own, *settings.mail_domains.split(",")} - {""})


def sender_of(services: Services, head: Letterhead) -> tuple[str, str]:
    """For the header From, as `Name <address>`, and for Reply-To. An address that a site may not name any more is left
    out."""
    name, address = parseaddr(services.settings.mail_from)
    known = domains(services)
    own, reply_to = (
        each if known is None or each.rpartition("@")[2] in known else "" for each in (head.address, head.reply_to)
    )
    quoted = re.sub(r'(["\\])', r"\\\1", head.sender or name)
    return (f'"{quoted}" <{own or address}>' if quoted else own or address), reply_to


def letter_to(
    services: Services, site: Site, survey: StoredSurvey, person: Person, properties: Mapping[str, Any],
    notice: str = "", step: Step | None = None,
) -> Written:  # fmt: skip
    """The letter in which `survey` is asked, as `person` gets it. `notice` is said above everything else; `step` is how
    it follows another message."""
    language = language_of(survey.survey, properties, site)
    asked, t, head = survey.in_language(language), texts(language), letterhead_of(site, language)
    hers = Hers(marks_of(services), properties, person.name or "")
    said = continued(step, asked, t, site.name)
    subject = hers.read(said.subject) if said else _subject(hers, asked, head, t, site)
    intro = _before(hers, said, t) if said else _intro(hers, asked, head, t)
    question = said.question if said else asked.first
    choices, look = ((), "numbers") if said and said.is_open else _choices(services, asked, question, t)
    low, high = _ends(question, t)
    invitation = EmailInvitation(
        marks=hers.marks,
        subject=subject,
        preheader=_preheader(t, survey.seconds),
        brand=site.name,
        logo=_logo(services, head.logo),
        intro=intro,
        question=hers.read(question.text),
        hint=hers.read(question.hint),
        choices=choices,
        look=look,
        low_label=low,
        high_label=high,
        answer_text=t["answer" if choices else "answer_now"],
        unsubscribe_text=t["unsubscribe_mail"],
        footer=head.footer or services.settings.mail_footer,
        lang=language,
        dir=direction(language),
        accent=head.colour or site.accent,
        seconds=takes(t, survey.seconds),
        notice=notice,
    )
    return Written(render(invitation), head, hers, said)


def _subject(hers: Hers, asked: Survey, head: Letterhead, t: Mapping[str, str], site: Site) -> str:
    own = hers.properties.get("delighted_email_subject")
    if own:
        return hers.put("subject", " ".join(str(own).split())[:SUBJECT_MOST])
    written = asked.mail.subject or head.words.subject
    if written:
        return hers.read(written)
    product = hers.properties.get("question_product_name")
    brand = hers.put("brand", " ".join(str(product).split())[:SUBJECT_MOST]) if product else site.name
    return t["subject"].format(brand=brand)


def _intro(hers: Hers, asked: Survey, head: Letterhead, t: Mapping[str, str]) -> str:
    own = hers.properties.get("delighted_intro_message")
    if own:
        return hers.put("intro", str(own).strip()[:TEXT_MOST])
    written = asked.mail.intro or head.words.intro
    if written:
        return hers.read(written)
    return _greeting(hers, t)


def _before(hers: Hers, said: Continued, t: Mapping[str, str]) -> str:
    return hers.read(said.text) if said.is_greeted else f"{_greeting(hers, t)} {hers.read(said.text)}"


def _greeting(hers: Hers, t: Mapping[str, str]) -> str:
    name = fill("{person.name}", {}, {}, hers.name)
    return hers.put("greeting", t["greeting"].format(name=name) if name else t["greeting_bare"])


def _choices(
    services: Services, survey: Survey, question: Question, t: Mapping[str, str]
) -> tuple[tuple[Choice, ...], str]:
    """What one click in the mail can choose, where it leads on the page's form, and how it looks; none for what is
    answered on the page alone."""
    scored = survey.scored is not None and survey.scored.id == question.id
    field = "score" if scored else quote(f"a.{question.id}", safe="")
    look = look_of(question)
    if question.kind == "select_one" and len(question.options) <= OPTIONS_MOST:
        return tuple(Choice(o.text, f"{field}={quote(o.id, safe='')}") for o in question.options), look
    found = []
    for point in points_of(question, t):
        query = f"{field}={point.value}"
        if look in ("smileys", "thumbs"):
            words = point.called if look == "thumbs" else ""
            name = "" if words else point.called
            found.append(Choice(words, query, name, services.link(picture_of(look, point.face))))
        else:
            seen = str(point.value) if look == "stars" else point.text
            found.append(Choice(seen, query, point.called if point.called != seen else ""))
    return tuple(found), {"smileys": "pictures", "thumbs": "pictures"}.get(look, look)


def _ends(question: Question, t: Mapping[str, str]) -> tuple[str, str]:
    """The words at the two ends; of faces that nobody has named, our own."""
    ends = ends_of(question)
    if look_of(question) == "thumbs":
        return "", ""
    if look_of(question) == "smileys" and not any(ends):
        points = points_of(question, t)
        return points[0].called, points[-1].called
    return ends


def _logo(services: Services, picture: Picture | None) -> Logo | None:
    if picture is None:
        return None
    return Logo(services.link(f"/pictures/{picture.name}"), picture.width, picture.height)


def _preheader(t: Mapping[str, str], seconds: int) -> str:
    """What the list of mails shows: one click and so many seconds, where it is no more than that."""
    return t["preheader"].format(n=rounded(seconds)) if seconds <= 60 else takes(t, seconds)
