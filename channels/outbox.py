"""The development mailbox: each message becomes a file to look at, and nothing leaves the machine."""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from channels.channel import Accepted, Caps, Kind, Outcome, Outgoing, Problem, Retry
from channels.email import mime
from channels.silent import Silent

KEPT = 1_000


class Outbox(Silent):
    """One JSON file for each send, named by time and id; a second send of one id makes a second file."""

    name = "outbox"
    account = "outbox"
    per_second = 1_000.0
    caps = Caps(batch_max=100)

    def __init__(self, folder: Path, kind: Kind, sender: str):
        self.folder = folder
        self.kind: Kind = kind
        self.sender = sender

    def check(self) -> list[Problem]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as why:
            return [Problem(f"The mailbox folder {self.folder} cannot be made: {why.strerror}")]
        return []

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        outcomes = [self._keep(item) for item in items]
        self._trim()
        return outcomes

    def read(self, limit: int = KEPT) -> list[dict[str, Any]]:
        """The newest messages of every kind in the folder, newest first.

        Keys: id, kind, at (unix seconds), to, subject, text, html, headers (name to value, as on the wire).
        """
        found = []
        for path in reversed(self._files()[-limit:] if limit > 0 else []):
            try:
                found.append(json.loads(path.read_bytes()))
            except FileNotFoundError:
                continue  # trimmed by another process since we looked
        return found

    def _keep(self, item: Outgoing) -> Outcome:
        try:
            headers = mime.wire_headers(mime.build(item, self.sender)) if self.kind == "email" else {}
        except ValueError as why:
            return mime.refusal(why)
        at = time.time_ns()
        name = f"{at:020d}-{re.sub(r'[^A-Za-z0-9_-]', '_', item.id)[:80]}-{secrets.token_hex(3)}.json"
        try:
            self._write(name, _record(item, at / 1e9, headers))
        except OSError as why:
            return Retry(f"the mailbox folder cannot be written: {why.strerror}", timedelta(minutes=1))
        return Accepted(name.removesuffix(".json"))

    def _write(self, name: str, record: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(record, file, ensure_ascii=False)
        os.replace(temporary, self.folder / name)  # a reader never sees half a message

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.json"))

    def _trim(self) -> None:
        for path in self._files()[:-KEPT]:
            path.unlink(missing_ok=True)


def _record(item: Outgoing, at: float, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "at": at,
        "to": item.to,
        "subject": item.subject,
        "text": item.text,
        "html": item.html,
        "headers": headers,
    }
