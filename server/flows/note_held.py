"""What was held back in browsers is written down, many counts in one write."""

from __future__ import annotations

from server.services import Services
from server.store import invitations
from server.store.scope import SiteScope


def note_held(services: Services) -> None:
    """Empty this process's tally into the database."""
    counted = services.tally.take()
    if not counted:
        return
    now = services.now()
    with services.db.writing() as db:
        # Sites in one order in every process: each waits for its site's turn, and two must not wait for each other.
        for held, times in sorted(counted.items(), key=lambda line: line[0].site_id):
            scope = SiteScope(db, held.site_id)
            invitations.note_held(scope, held.person_id, held.survey_id, held.channel, held.rule, times, now)
