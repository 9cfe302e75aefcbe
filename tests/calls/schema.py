"""What TwiML may look like, read from the source of the official package: it has no other description of itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from twilio.twiml import TwiML, lower_camel, voice_response


@dataclass
class Verb:
    """One element: its attributes, what may stand in it, and whether text may."""

    attributes: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)
    has_text: bool = False


class Invalid(Exception):
    """No TwiML; the message says where."""


@cache
def verbs() -> dict[str, Verb]:
    """Every element by its name. What a class makes by `self.nest(Child(…))` may stand in it, with those attributes."""
    tree = ast.parse(Path(str(voice_response.__file__)).read_text())
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    names = {name: _element(node) for name, node in classes.items()}
    found = {names[name]: Verb(has_text=_has_text(node)) for name, node in classes.items()}
    for name, node in classes.items():
        for made in _nested(node):
            assert isinstance(made.func, ast.Name)
            child = made.func.id
            own = _parameters(classes[child])
            found[names[name]].children.add(names[child])
            found[names[child]].attributes |= {_attribute(k.arg) for k in made.keywords if k.arg and k.arg not in own}
    return found


def check(document: str) -> None:
    """Raise Invalid unless `document` is TwiML, and no longer than Twilio reads."""
    if len(document.encode()) > 64 * 1024:
        raise Invalid("a document has at most 64 kB")
    root = ElementTree.fromstring(document)
    if root.tag != "Response":
        raise Invalid(f"{root.tag} is no Response")
    _check(root)


def _check(element: Element) -> None:
    verb = verbs()[element.tag]
    if extra := set(element.keys()) - verb.attributes:
        raise Invalid(f"{element.tag} has no {sorted(extra)}")
    if (element.text or "").strip() and not verb.has_text:
        raise Invalid(f"no text may stand in {element.tag}")
    if element.tag == "Say" and not 0 < len(element.text or "") <= 4096:
        raise Invalid("Say needs 1 to 4096 characters")
    for child in element:
        if child.tag not in verb.children:
            raise Invalid(f"{child.tag} may not stand in {element.tag}")
        if (child.tail or "").strip():
            raise Invalid(f"no text may stand in {element.tag}")
        _check(child)


def _element(node: ast.ClassDef) -> str:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) == "self.name":
            assert isinstance(inner.value, ast.Constant)
            return str(inner.value.value)
    return node.name


def _has_text(node: ast.ClassDef) -> bool:
    assigns = (inner for inner in ast.walk(node) if isinstance(inner, ast.Assign))
    return any(ast.unparse(each.targets[0]) == "self.value" for each in assigns)


def _nested(node: ast.ClassDef) -> Iterator[ast.Call]:
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Call)
            and ast.unparse(inner.func) == "self.nest"
            and isinstance(inner.args[0], ast.Call)
        ):
            yield inner.args[0]


def _parameters(node: ast.ClassDef) -> set[str]:
    made = next(each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
    return {argument.arg for argument in made.args.args}


def _attribute(name: str) -> str:
    return str(lower_camel(TwiML.MAP.get(name, name)))
