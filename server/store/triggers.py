"""Events from outside, each kept once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from server.store.scope import SiteScope
from server.store.tables import Trigger


class ToldAlready(Exception):
    """Another process stored this trigger first; read its reply and tell that."""


def told(scope: SiteScope, source_id: int, external_id: str) -> Trigger | None:
    return scope.find(Trigger, Trigger.source_id == source_id, Trigger.external_id == external_id)


def claim(scope: SiteScope, source_id: int, external_id: str, body_hash: str, event: str, now: datetime) -> Trigger:
    """This trigger is ours to carry out. Raises ToldAlready when another write was first."""
    row = Trigger(source_id=source_id, external_id=external_id, body_hash=body_hash, event=event, reply={})
    row.received_at = now
    try:
        return scope.add(row)
    except IntegrityError as why:
        raise ToldAlready(external_id) from why


def answer(trigger: Trigger, reply: dict[str, Any]) -> None:
    """What was replied, to be replied again."""
    trigger.reply = reply
