"""Where, before whom and when a survey is asked, and how it looks there, as the form has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.core.surveys.edit import Made, put
from server.web.desk.survey_fields import Form, filled, flag, lines, number, plain, several, shown

DEVICES = ("phone", "tablet", "desktop")
VISITORS = {"": "everybody", "new": "who is here for the first time", "returning": "who was here before"}
SHAPES = {
    "card": ("A card in a corner", ("bottom-end", "bottom-start", "top-end", "top-start")),
    "bar": ("A bar along an edge", ("bottom", "top")),
    "modal": ("A window in the middle", ("center",)),
    "inline": ("Within the page, where data-askonce-inline stands", ("here",)),
    "tab": ("A feedback tab at the side", ("end", "start")),
}
"""How each shape is called, and where it may stand; the first is where it stands unless said otherwise."""
THEMES = {
    "": "as the visitor’s system has it",
    "light": "light",
    "dark": "dark",
    "page": "as the page around it has it",
}


def read(form: Form, definition: Made) -> None:
    """`targeting` and `look` with what was typed; words in them that the form does not know stay."""
    if "target.pages" in form:
        _part(definition, "targeting", lambda piece: _targeting(form, piece))
    if "look.shape" in form:
        _part(definition, "look", lambda piece: _look(form, piece))


def _part(definition: Made, name: str, change: Any) -> None:
    raw = definition.get(name)
    if raw is not None and not isinstance(raw, Mapping):
        return
    piece = dict(raw or {})
    change(piece)
    if piece != (raw or {}):
        put(definition, name, piece)


def _targeting(form: Form, piece: Made) -> None:
    for name in ("pages", "not_pages", "languages"):
        lines(form, f"target.{name}", piece, name)
    several(piece, "devices", [name for name in DEVICES if form.get(f"target.device.{name}")])
    plain(form, "target.visitors", piece, "visitors")
    for name in ("from", "until"):
        plain(form, f"target.{name}", piece, name)
    properties = _properties(filled(form, "target.properties"))
    if properties != _plain_properties(piece.get("properties")):
        put(piece, "properties", properties)
    raw = piece.get("start")
    start = dict(raw) if isinstance(raw, Mapping) else {}
    for name in ("events", "elements"):
        lines(form, f"start.{name}", start, name)
    for name in ("dwell", "scroll"):
        number(form, f"start.{name}", start, name)
    flag(form, "start.exit", start, "exit")
    if start != (raw or {}):
        put(piece, "start", start)


def _look(form: Form, piece: Made) -> None:
    shape = filled(form, "look.shape")
    if shape != str(piece.get("shape") or "card"):
        put(piece, "shape", shape)
    position = filled(form, "look.position")
    known = SHAPES.get(shape, ("", ()))[1]
    if position in ("", *known):
        plain(form, "look.position", piece, "position")
    if known and piece.get("position") in (known[0], *_elsewhere(shape)):
        piece.pop("position", None)
    plain(form, "look.theme", piece, "theme")
    plain(form, "look.label", piece, "label")


def _elsewhere(shape: str) -> tuple[str, ...]:
    """The places of every other shape."""
    own = SHAPES.get(shape, ("", ()))[1]
    return tuple(place for _, places in SHAPES.values() for place in places if place not in own)


def _properties(raw: str) -> dict[str, list[str]]:
    """`plan = pro, team`, a line each."""
    found: dict[str, list[str]] = {}
    for line in raw.split("\n"):
        name, _, values = line.partition("=")
        if name.strip():
            found[name.strip()] = [value.strip() for value in values.split(",") if value.strip()]
    return found


def _plain_properties(raw: Any) -> dict[str, list[str]]:
    said = raw if isinstance(raw, Mapping) else {}
    return {str(k): [str(v) for v in (vs if isinstance(vs, list) else [vs])] for k, vs in said.items()}


def fields(definition: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows."""
    said, look = (_mapping(definition.get(name)) for name in ("targeting", "look"))
    start = _mapping(said.get("start"))
    return {
        **{name: "\n".join(_texts(said.get(name))) for name in ("pages", "not_pages", "languages")},
        "devices": _texts(said.get("devices")),
        "visitors": str(said.get("visitors") or ""),
        "properties": "\n".join(
            f"{k} = {', '.join(vs)}" for k, vs in _plain_properties(said.get("properties")).items()
        ),
        "from": str(said.get("from") or ""),
        "until": str(said.get("until") or ""),
        **{name: "\n".join(_texts(start.get(name))) for name in ("events", "elements")},
        **{name: shown(start.get(name)) for name in ("dwell", "scroll")},
        "exit": bool(start.get("exit")),
        "shape": str(look.get("shape") or "card"),
        "position": str(look.get("position") or ""),
        "theme": str(look.get("theme") or ""),
        "label": str(look.get("label") or ""),
    }


def _mapping(raw: Any) -> Mapping[str, Any]:
    return raw if isinstance(raw, Mapping) else {}


def _texts(raw: Any) -> list[str]:
    return [str(each) for each in raw] if isinstance(raw, list) else []
