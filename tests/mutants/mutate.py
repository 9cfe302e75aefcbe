"""Every small mistake that a file could have, one at a time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
NOISE = ("field", "dataclass", "lru_cache", "Literal")
"""What is called or indexed only to tell Python or mypy something."""
UNSEEN = ("annotation", "returns", "decorator_list", "bases", "targets", "target")

Mistake = tuple[Any, str]
"""A node of the file, and what stands there by mistake."""


@dataclass(frozen=True)
class Mutant:
    """The whole `text` of a file with one mistake in `line`."""

    line: int
    text: str


def mutants(text: str) -> Iterator[Mutant]:
    """Of types, decorators, docstrings and protocols there are none: they decide nothing."""
    source = text.encode()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in _deciding(ast.parse(text)):
        for place, wrong in _mistakes(node):
            begin, end = (
                starts[place.lineno - 1] + place.col_offset,
                starts[place.end_lineno - 1] + place.end_col_offset,
            )
            yield Mutant(place.lineno, (source[:begin] + wrong.encode() + source[end:]).decode())


def _deciding(node: ast.AST) -> Iterator[ast.AST]:
    """Statements and expressions from `node` down, but for what decides nothing."""
    if _is_noise(node):
        return
    yield node
    if isinstance(node, ast.JoinedStr):  # Python does not say where its parts stand
        return
    for name, value in ast.iter_fields(node):
        if name not in UNSEEN:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _deciding(child)


def _is_noise(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.ClassDef(bases=[ast.Name(id="Protocol")]):
            return True
        case ast.Assign(value=ast.Subscript(value=ast.Name()) | ast.BinOp(op=ast.BitOr())):
            return True
        case ast.Call(func=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name)):
            return name in NOISE
    return False


def _mistakes(node: Any) -> Iterator[Mistake]:
    match node:
        case ast.Compare():
            for n, op in enumerate(node.ops):
                yield node, _with(node, ops=[*node.ops[:n], SWAPS[type(op)](), *node.ops[n + 1 :]])
        case ast.BoolOp() | ast.BinOp() if type(node.op) in SWAPS:
            yield node, _with(node, op=SWAPS[type(node.op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node, f"({ast.unparse(node.operand)})"
        case ast.If() | ast.While() | ast.IfExp():
            yield from _turned(node.test)
        case ast.comprehension():
            yield from (mistake for test in node.ifs for mistake in _turned(test))
        case ast.Constant() | ast.JoinedStr():
            yield from ((node, wrong) for wrong in _other_values(node))
        case ast.Call():
            yield from ((node, wrong) for wrong in _other_calls(node))
            yield from ((said, "None") for said in node.args if not isinstance(said, ast.Constant))
        case _:
            yield from _other_statements(node)


def _turned(test: Any) -> Iterator[Mistake]:
    match test:
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.In() | ast.NotIn() | ast.Is() | ast.IsNot()]):
            return  # it is swapped already
        case ast.UnaryOp(op=ast.Not()):
            return
    yield test, f"(not ({ast.unparse(test)}))"


def _other_values(node: Any) -> Iterator[str]:
    match node:
        case ast.Constant(value=bool(said)):
            yield str(not said)
        case ast.Constant(value=int(said)):
            yield str(said + 1)
        case ast.Constant(value=str(said)):
            yield repr(f"XX{said}")
        case ast.JoinedStr():
            yield f"('XX' + {ast.unparse(node)})"


def _other_calls(node: ast.Call) -> Iterator[str]:
    match node.func:
        case ast.Name(id=name) if name in NAMES:
            keywords = [] if NAMES[name] == "list" else node.keywords
            yield _with(node, func=ast.Name(NAMES[name]), keywords=keywords)
        case ast.Attribute(value=whole) if not node.args and not node.keywords:
            yield f"({ast.unparse(whole)})"  # not done at all
    for keyword in node.keywords:
        yield _with(node, keywords=[other for other in node.keywords if other is not keyword])


def _other_statements(node: Any) -> Iterator[Mistake]:
    match node:
        case ast.Return(value=ast.expr()):
            yield node, "return None"
        case ast.Continue():
            yield node, "break"
        case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(value=ast.expr()):
            if node.value and not isinstance(node.value, ast.Constant) and not _is_noise(node.value):
                yield node.value, "None"
        case ast.Expr() | ast.Raise() | ast.Assign() | ast.AugAssign():
            yield node, "pass"


def _with(node: ast.AST, **changes: Any) -> str:
    changed = copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return f"({ast.unparse(changed)})"
