"""The letterhead's form: what was typed is put over what is kept, in one language at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.core.surveys.edit import Made, put, text_in
from server.core.surveys.words import LANGUAGE
from server.store.tables import Site
from server.web.desk.survey_fields import Form, filled, plain, text
from server.web.desk.survey_form import document_in

PLAIN = ("sender", "address", "reply_to")
WORDS = ("subject", "intro")


@dataclass
class HeadDraft:
    """A letterhead as it stands in somebody's form, and what there is to complain of, by field."""

    document: Made
    language: str
    """In which its words are typed."""
    complaints: dict[str, str] = field(default_factory=dict)
    focus: str = ""


def draft_of(site: Site, language: str) -> HeadDraft:
    """As it is kept."""
    return HeadDraft(dict(site.mail or {}), language if LANGUAGE.fullmatch(language) else site.language)


def draft_from(form: Form, site: Site) -> HeadDraft:
    """As it was typed; nothing of it is checked yet. The logo is the kept one: it has a form of its own."""
    draft = HeadDraft(document_in(form.get("document", "")), form.get("in", site.language))
    draft.language = draft.language if LANGUAGE.fullmatch(draft.language) else site.language
    document = draft.document
    for name in (*PLAIN, "footer"):
        plain(form, name, document, name)
    put(document, "colour", "" if form.get("same_colour") else filled(form, "colour"))
    for name in WORDS:
        text(form, name, document, name, draft.language, site.language)
    put(document, "logo", (site.mail or {}).get("logo"))
    return draft


def shown(draft: HeadDraft, site: Site) -> Mapping[str, Any]:
    """What stands in each field."""
    document = draft.document
    words = {name: text_in(document.get(name), draft.language, site.language) for name in WORDS}
    plain = {name: str(document.get(name) or "") for name in (*PLAIN, "footer")}
    return {**plain, **words, "colour": str(document.get("colour") or ""), "logo": document.get("logo")}
