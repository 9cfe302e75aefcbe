"""Words of the mail that asks a survey, in place of the site's: typed, and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.core.surveys.edit import Made, put, text_in
from server.web.desk.survey_fields import Form, text

PARTS = ("subject", "intro")


def read(form: Form, definition: Made, language: str, own: str) -> None:
    said = definition.get("mail")
    made = dict(said) if isinstance(said, Mapping) else {}
    for part in PARTS:
        text(form, f"mail.{part}", made, part, language, own)
    put(definition, "mail", made)


def fields(definition: Mapping[str, Any], language: str, own: str) -> list[dict[str, str]]:
    """What stands in each field, and in the survey's own language beside it."""
    said = definition.get("mail")
    made = said if isinstance(said, Mapping) else {}
    return [
        {"at": f"mail.{part}", "text": text_in(made.get(part), language, own), "own": text_in(made.get(part), own, own)}
        for part in PARTS
    ]
