"""Clicks on the links of messages: gathered in this process, written down together, told beside the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server.core.one_click import Click, judged
from server.store.coverage import days_of
from server.store.scope import SiteScope
from server.store.tables import Clicked, ClickRow, Invitation, Response

BASKET = 10_000
"""Visits gathered between two writes; what is beyond is not kept, for it must not eat the server."""
KEPT_EACH, ANSWERS_EACH = 64, 8
"""Visits kept of one invitation, and beside them answers: twice over what a scanner does to every link of a mail."""
KEPT_FOR = timedelta(days=90)
"""Then the single visits go, and what they looked like together stays."""


class Basket:
    """Visits that are not written down yet, safe between threads."""

    def __init__(self) -> None:
        self._clicks: list[Click] = []
        self._lock = Lock()

    def add(self, clicks: Iterable[Click]) -> None:
        with self._lock:
            self._clicks += list(clicks)[: BASKET - len(self._clicks)]

    def take(self) -> list[Click]:
        """All of them; the basket is empty."""
        with self._lock:
            taken, self._clicks = self._clicks, []
        return taken


def keep(scope: SiteScope, row: Invitation, new: Sequence[Click], choices: int) -> None:
    """`new` visits to the links of `row`, as far as there is room, and what all of them look like together. Call
    inside a write; of several invitations in the order of their ids."""
    scope.one_at_a_time(f"click:{row.id}")
    so_far = scope.select(ClickRow).where(ClickRow.invitation_id == row.id).order_by(ClickRow.at, ClickRow.id)
    visits = [_click(each) for each in scope.db.scalars(so_far)]
    answers = sum(each.visit == "answer" for each in visits)
    room = {True: ANSWERS_EACH - answers, False: KEPT_EACH - (len(visits) - answers)}
    for each in new:
        room[each.visit == "answer"] -= 1
        if room[each.visit == "answer"] >= 0:
            scope.add(_row(each))
            visits.append(each)
    _sum_up(scope, row, sorted(visits, key=lambda each: each.at), choices)


def _sum_up(scope: SiteScope, row: Invitation, visits: Sequence[Click], choices: int) -> None:
    known = scope.find(Clicked, Clicked.invitation_id == row.id)
    if known is None:
        sent = row.state_at if row.state in ("calling", "accepted", "delivered") else None
        known = Clicked(invitation_id=row.id, survey_id=row.survey_id, channel=row.channel, sent_at=sent)
    said = judged(visits, known.sent_at, choices)
    known.first_at, known.last_at = visits[0].at, visits[-1].at
    known.clicks, known.machines = said.clicks, said.machines
    known.signals = " ".join(said.signals)
    scope.add(known)


def forget(db: Session, before: datetime, limit: int) -> None:
    """Visits of before then go, the oldest first, at most `limit` of them."""
    old = select(ClickRow.id).where(ClickRow.at < before).order_by(ClickRow.at).limit(limit)
    ids = list(db.scalars(old.with_for_update(skip_locked=True)))
    db.execute(delete(ClickRow).where(ClickRow.id.in_(ids)).execution_options(synchronize_session=False))


@dataclass
class Clicks:
    """The clicks on links to one survey. `machines` of `clicks` look like a machine's; `signals`: in how many messages
    each was seen; `counted`: how many answers nothing stands for but the opening of a link."""

    clicks: int = 0
    machines: int = 0
    counted: int = 0
    signals: Counter[str] = field(default_factory=Counter)


def told(scope: SiteScope, since: datetime, until: datetime) -> dict[int, Clicks]:
    """For each survey with any, by its id: messages whose first visit was from `since` until before `until`, by whole
    days in UTC, as coverage is counted."""
    found: dict[int, Clicks] = {}
    first, end = days_of(since, until)
    sums = (
        select(Clicked.survey_id, Clicked.signals, func.sum(Clicked.clicks), func.sum(Clicked.machines), func.count())
        .where(Clicked.site_id == scope.site_id, Clicked.first_at >= first, Clicked.first_at < end)
        .group_by(Clicked.survey_id, Clicked.signals)
    )
    for survey_id, signals, clicks, machines, messages in scope.db.execute(sums):
        of = found.setdefault(survey_id, Clicks())
        of.clicks, of.machines = of.clicks + int(clicks), of.machines + int(machines)
        of.signals.update(dict.fromkeys(signals.split(), messages))
    opened = (
        select(Response.survey_id, func.count())
        .where(Response.site_id == scope.site_id, Response.created_at >= first, Response.created_at < end)
        .where(Response.one_click == "opened")
        .group_by(Response.survey_id)
    )
    for survey_id, count in scope.db.execute(opened):
        found.setdefault(survey_id, Clicks()).counted = count
    return found


def of_invitations(scope: SiteScope, ids: Collection[str]) -> dict[str, Clicked]:
    """What the visits to each of these look like; those that nobody visited are left out."""
    rows = scope.db.scalars(scope.select(Clicked).where(Clicked.invitation_id.in_(ids)))
    return {row.invitation_id: row for row in rows}


def _click(row: ClickRow) -> Click:
    return Click(row.invitation_id, row.at, row.visit, row.chosen, row.agent, row.network)  # type: ignore[arg-type]


def _row(click: Click) -> ClickRow:
    return ClickRow(
        invitation_id=click.invitation, at=click.at, visit=click.visit, chosen=click.chosen[:60],
        agent=click.agent[:40], network=click.network[:45],
    )  # fmt: skip
