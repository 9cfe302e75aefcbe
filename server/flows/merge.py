"""Two records are one person, or were taken for one by mistake: somebody says so, and can take it back."""

from __future__ import annotations

from server.flows.ask_gate import forget, forget_names
from server.services import Services
from server.store import identities, merges, people
from server.store.scope import SiteScope
from server.store.tables import Conflict, Merge


class NoSuchMerge(Exception):
    """There is no such merge on this site; the message is its number."""


class NoSuchPerson(Exception):
    """There is no such person on this site; the message is the id."""


def merge(services: Services, site_id: int, one: int, other: int, because: str) -> Merge | Conflict | None:
    """Make one person of two. None when they are one already; a Conflict, which is kept, when each has a user id.

    Raises NoSuchPerson.
    """
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        for id in (one, other):
            if people.get(scope, id) is None:
                raise NoSuchPerson(id)
        made = identities.merge(scope, one, other, because, services.moment(db))
    forget_merged(services, scope)
    return made


def undo(services: Services, site_id: int, merge_id: int) -> Merge:
    """Take apart what that merge put together; taken apart twice, it is apart. The claims that led to it do not lead
    to it again. Raises NoSuchMerge."""
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        merges.one_at_a_time(scope)
        made = merges.get(scope, merge_id)
        if made is None:
            raise NoSuchMerge(merge_id)
        if made.undone_at:
            return made
        merges.lock_all(scope, [made.absorbed_id])
        together = people.family(scope, made.absorbed_id)
        merges.undo(scope, made, services.moment(db))
    forget(services, site_id, *together)
    return made


def forget_merged(services: Services, scope: SiteScope) -> None:
    """After the commit of a write that called `identities.find_or_make`: the gate reads again whom it joined, and
    whoever is called otherwise now."""
    forget_names(services, scope.site_id, identities.renamed_now(scope))
