"""How the database means to carry a question out: by an index, or by reading a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session


@dataclass
class Plan:
    """Every step that reads `table`, in the database's own words."""

    table: str
    lines: list[str] = field(default_factory=list)
    sorts: bool = False
    """Whether what was found had to be put in order: then all of it is read, however little is wanted."""

    def uses_an_index(self) -> bool:
        """On SQLite a scan of an index is a scan: only a search counts."""
        return bool(self.lines) and all(" INDEX " in line and not line.startswith("SCAN") for line in self.lines)


@contextmanager
def plan_of(db: Session, table: str) -> Iterator[Plan]:
    """The plan of whatever is asked of `table`, or changed in it, within the block."""
    plan = Plan(table)
    connection = db.connection()

    def asked(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.lower().startswith(("select", "update")):
            return
        if connection.dialect.name == "sqlite":
            rows = connection.connection.cursor().execute(f"explain query plan {statement}", parameters).fetchall()
            said = [row[3] for row in rows]
            plan.lines += [line for line in said if line.split()[1] == table]
            plan.sorts |= any("TEMP B-TREE FOR ORDER BY" in line for line in said)
        else:
            beside = connection.connection.cursor()
            beside.execute(f"explain (format json) {statement}", parameters)
            [(found,)] = beside.fetchall()
            nodes = [node for node in _nodes(found[0]["Plan"]) if node["Node Type"] != "ModifyTable"]
            plan.lines += [_line(node) for node in nodes if node.get("Relation Name") == table]
            plan.sorts |= any("Sort" in node["Node Type"] for node in nodes)

    event.listen(connection, "before_cursor_execute", asked)
    try:
        yield plan
    finally:
        event.remove(connection, "before_cursor_execute", asked)


def _line(node: dict[str, Any]) -> str:
    how = node["Node Type"]
    by = f"INDEX {node.get('Index Name', '')}" if "Index Cond" in node else "INDEX below" if "Bitmap" in how else ""
    return f"{how} {node['Relation Name']} {by} "


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)
