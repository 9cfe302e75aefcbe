"""Content templates: what WhatsApp and RCS want of whoever writes first, filled with the question and the link."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from channels.channel import Outgoing

WHATSAPP = "whatsapp:"
"""Before both numbers of a message by WhatsApp; RCS has nothing there, for its sender is in a Messaging Service
(https://www.twilio.com/docs/whatsapp/api)."""
ANY = "*"

Templates = Mapping[str, str]
"""Content SIDs (HX…) by language, ANY for all others. In a template {{1}} is the question and {{2}} the link."""


def read(raw: str) -> Templates:
    """`en=HX…,de=HX…,*=HX…`, as the settings have checked it."""
    pairs = (part.partition("=") for part in raw.replace(" ", "").split(",") if part)
    return {language.lower(): sid for language, _, sid in pairs}


def fields(templates: Templates, item: Outgoing) -> dict[str, str]:
    """What is said instead of the text; nothing where no template speaks her language. What is said in answer to a
    message of hers needs none, and never comes here."""
    language = item.language.lower()
    sid = next((templates[tag] for tag in (language, language.split("-")[0], ANY) if tag in templates), "")
    if not sid or not item.parts:
        return {}
    # WhatsApp takes no line breaks there and no wide gaps.
    variables = {str(n): re.sub(r"\s+", " ", part).strip() for n, part in enumerate(item.parts, 1)}
    return {"content_sid": sid, "content_variables": json.dumps(variables, ensure_ascii=False)}


def reached(sender: str, to: str) -> str:
    """`to` (E.164) as whom `sender` writes to."""
    return f"{WHATSAPP}{to}" if sender.startswith(WHATSAPP) else to


def number_of(address: str) -> str:
    """The number in an address of any of these channels: `whatsapp:+44…`, `rcs:+44…`, `+44…`."""
    return address.rpartition(":")[2]
