"""By which of her identifiers a person is called, where one name is needed: in the gate, and in a sample."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from sqlalchemy import bindparam, select

from server.core.people import STRONGEST_FIRST, Claim, IdentifierKind
from server.store.merges import families, hers
from server.store.scope import SiteScope
from server.store.tables import Identifier


def called(scope: SiteScope, person_id: int) -> Claim | None:
    """The strongest kind of identifier that she has, and of that kind the one she had first. None when she has none.

    It changes only when something stronger is learned of her, or when she turns out to be somebody else too.
    """
    return min(_known(scope, hers(scope, person_id)), key=lambda claim: STRONGEST_FIRST.index(claim.kind), default=None)


def known_as(scope: SiteScope, person_ids: Iterable[int]) -> list[Claim]:
    """Everything that these persons are known by, over all their records, in the order in which it was learned."""
    return _known(scope, {id for family in families(scope, person_ids).values() for id in family})


def _known(scope: SiteScope, records: Iterable[int]) -> list[Claim]:
    return [
        Claim(cast("IdentifierKind", kind), value) for kind, value in scope.db.execute(_KNOWN, {"ids": list(records)})
    ]


_KNOWN = (
    select(Identifier.kind, Identifier.value)
    .where(Identifier.person_id.in_(bindparam("ids", expanding=True)))
    .order_by(Identifier.id)
)
