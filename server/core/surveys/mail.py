"""What the mail that asks a survey says besides its question: a subject and an intro, in place of the site's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.core.surveys.piping import places_in
from server.core.surveys.words import TEXT_MAX, Words
from server.core.texts import LANGUAGES

SUBJECT_MAX = 200
"""Characters; a list of mails shows about 60 of them."""


@dataclass(frozen=True)
class MailWords:
    """Empty where nothing is said."""

    subject: str = ""
    intro: str = ""


AS_THE_SITE = MailWords()


def mail_from(said: Any, words: Words, complaints: list[str], where: str = "mail") -> MailWords:
    """The words that `said` (`{"subject"?: text, "intro"?: text}`, each one or by language) has in the language of
    `words`, if it was written so. Another language is only taken where we have no words of ours in this one."""
    if said is None:
        return AS_THE_SITE
    if not isinstance(said, Mapping):
        complaints.append(f"{where} must be an object with subject and intro")
        return AS_THE_SITE
    subject = _read(said.get("subject"), words, f"{where}: subject", complaints, SUBJECT_MAX)
    intro = _read(said.get("intro"), words, f"{where}: intro", complaints)
    return MailWords(" ".join(subject.split()), intro.strip())


def _read(raw: Any, words: Words, where: str, complaints: list[str], most: int = TEXT_MAX) -> str:
    text = words.read(raw, where)
    for each in raw.values() if isinstance(raw, Mapping) else [text]:
        if places_in(str(each)):
            complaints.append(f"{where} wants an answer, and nothing is answered before the mail")
        if most < len(str(each)):
            complaints.append(f"{where} has at most {most} characters; this has {len(str(each))}")
    return text if words.has(raw) or words.language.split("-")[0].lower() not in LANGUAGES else ""
