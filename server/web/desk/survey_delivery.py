"""How people are written to, as the form has it: by which channels, how soon and how late, and how often again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from server.core.called import CHANNELS
from server.core.surveys.delivery import OTHER, REMINDERS_MOST
from server.core.surveys.edit import Made, put, text_in
from server.core.throttle import SENT
from server.web.desk.survey_fields import Form, as_number, filled, number, shown, text

INTERACTIONS = {"call": "a call", "chat": "a chat", "email": "a mail", OTHER: "anything else"}
"""What each interaction is called that everybody knows; a site's own words stand between them and the last."""
FORMS = {"": "leads to the page", "conversation": "asks, and takes replies"}
"""What a text message does, by what the definition says; nothing for the first."""
WORDED, SPEAKS = ("subject", "text"), ("voice", "accent")
WAITS = ("delay_minutes", "expires_after_hours")
AT = "delivery."


def read(form: Form, definition: Made, language: str, own: str) -> None:
    """`delivery` with what was typed; words in it that the form does not know stay."""
    raw = definition.get("delivery")
    if f"{AT}first" not in form or not isinstance(raw or {}, Mapping):
        return
    piece = dict(raw or {})
    _channels(form, piece)
    for name in WAITS:
        _waits(form, piece, name)
    if (form_of_texts := filled(form, f"{AT}sms")) in FORMS:
        put(piece, "sms", form_of_texts or (piece.get("sms") if piece.get("sms") == "link" else ""))
    number(form, f"{AT}fallback_after_hours", piece, "fallback_after_hours")
    for part, names in (("reminders", ("times", "every_days")), ("follow_up", ("after_hours",))):
        _part(form, piece, part, names, language, own)
    _part(form, piece, "phone", (), language, own, SPEAKS)
    if piece != (raw or {}):
        put(definition, "delivery", piece)


def _channels(form: Form, piece: Made) -> None:
    said = [each for name in ("first", "then") if (each := filled(form, AT + name)) in SENT]
    if said != _listed(piece.get("channels")):
        put(piece, "channels", list(dict.fromkeys(said)))


def _waits(form: Form, piece: Made, name: str) -> None:
    before = _by_interaction(piece.get(name))
    now = dict(before)
    for each in {*INTERACTIONS, *before}:
        field = f"{AT}{name}.{each}"
        if field in form and (said := filled(form, field)) != shown(before.get(each)):
            now.pop(each, None)
            now |= {each: as_number(said)} if said else {}
    if now != before:
        # What is said of all alike is said once.
        put(piece, name, now if now.keys() - {OTHER} else None)
        if now and not now.keys() - {OTHER}:
            piece[name] = now[OTHER]


def _part(
    form: Form, piece: Made, part: str, names: tuple[str, ...], language: str, own: str, texts: Sequence[str] = WORDED
) -> None:
    raw = piece.get(part)
    if not isinstance(raw or {}, Mapping):
        return
    made = dict(raw or {})
    for name in names:
        number(form, f"{AT}{part}.{name}", made, name)
    for name in texts:
        text(form, f"{AT}{part}.{name}", made, name, language, own)
    if made != (raw or {}):
        put(piece, part, made)


def fields(definition: Mapping[str, Any], language: str, own: str) -> dict[str, Any]:
    """What the form shows."""
    said = _mapping(definition.get("delivery"))
    channels = [*_listed(said.get("channels")), "", ""]
    waits = {name: _by_interaction(said.get(name)) for name in WAITS}
    words = [each for name in WAITS for each in waits[name] if each not in INTERACTIONS]
    known = [each for each in INTERACTIONS if each != OTHER]
    return {
        "first": channels[0],
        "then": channels[1],
        "channels": {name: CHANNELS[name] for name in SENT},
        "interactions": [
            {"name": each, "called": INTERACTIONS.get(each, each), **{n: shown(waits[n].get(each)) for n in WAITS}}
            for each in dict.fromkeys([*known, *words, OTHER])
        ],
        "forms": FORMS,
        "sms": "conversation" if said.get("sms") == "conversation" else "",
        "fallback_after_hours": shown(said.get("fallback_after_hours")),
        "times": range(REMINDERS_MOST + 1),
        "reminders": _worded(said.get("reminders"), ("times", "every_days"), language, own),
        "follow_up": _worded(said.get("follow_up"), ("after_hours",), language, own),
        "phone": _worded(said.get("phone"), (), language, own, SPEAKS),
    }


def _worded(
    raw: Any, numbers: tuple[str, ...], language: str, own: str, names: Sequence[str] = WORDED
) -> dict[str, str]:
    said = _mapping(raw)
    texts = {name: text_in(said.get(name), language, own) for name in names}
    return {
        **{name: shown(said.get(name)) for name in numbers},
        **texts,
        **{f"own_{name}": text_in(said.get(name), own, own) for name in texts},
    }


def placed(complaint: str) -> tuple[str, str] | None:
    """The field that a complaint about the delivery is about, and what is said there; None for another complaint."""
    found = re.fullmatch(r"delivery: (\w+)(?:: ([\w-]+))?:? (.*)", complaint, re.S)
    if not found:
        return ("delivery", complaint) if complaint.startswith("delivery") else None
    part, name, words = found.groups()
    name = name or {"follow_up": "after_hours", "reminders": "times", **dict.fromkeys(WAITS, OTHER)}.get(part)
    return AT + (f"{part}.{name}" if name else part), words


def _by_interaction(raw: Any) -> dict[str, Any]:
    if isinstance(raw, Mapping):
        return {str(name): each for name, each in raw.items()}
    return {} if raw is None else {OTHER: raw}


def _listed(raw: Any) -> list[str]:
    return [str(each) for each in raw] if isinstance(raw, list) else []


def _mapping(raw: Any) -> Mapping[str, Any]:
    return raw if isinstance(raw, Mapping) else {}
