"""What is asked for one site never meets the rows of another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server.core.consent import Said
from server.core.one_click import Click
from server.core.people import Claim
from server.core.throttle import ANY_KIND, Touch, Window
from server.store import (
    answers,
    calls,
    clicks,
    consents,
    counters,
    held,
    identities,
    invitations,
    links,
    merges,
    pauses,
    people,
    people_lists,
    recordings,
    rehearsals,
    reports,
    responses,
    sites,
    survey_versions,
    surveys,
    touches,
    turns,
)
from server.store.coverage import coverage
from server.store.scope import SiteScope
from server.store.tables import Identifier, Invitation, Merge, Person, PictureRow, SurveyRow, Table, TouchRow, Trigger
from tests.parts import NOON
from tests.store.conftest import Sites

pytestmark = pytest.mark.both_databases

ANN = Claim("email", "ann@example.com")
SCOPED: set[type[Table]] = {m.class_ for m in Table.registry.mappers if "site_id" in m.columns} - {SurveyRow, Trigger}
"""Every table of a site's own, but surveys (each site begins with one) and triggers (made by a flow only)."""


def furnish(scope: SiteScope) -> int:
    """A person with everything that can hang on one; the person's id."""
    ann = identities.find_or_make(scope, [ANN], "Ann", NOON)
    survey = surveys.named(scope, None)
    assert survey
    about = {"survey_id": survey.id, "version_id": survey.version_id, "person_id": ann.id, "channel": "email"}
    row = scope.add(
        Invitation(id=f"i{scope.site_id}", state="accepted", properties={}, created_at=NOON, state_at=NOON, **about)
    )
    answers.save(scope, row, survey, {"score": 9}, NOON)
    touches.write(scope, ann.id, Touch(row.id, "ask", "email", survey.id, NOON))
    counters.take(scope, counters.quota(survey.id), counters.EVER)
    consents.say(scope, [ann.id], ann.id, Said("sms", False, "link"), NOON)
    consents.suppress(scope, "email", ANN.value, "bounced", "smtp", "550", NOON)
    scope.add(Merge(root_id=ann.id, absorbed_id=ann.id, because="desk", lent_name=False, at=NOON))
    merges.note_conflict(scope, ann.id, ann.id, "user", NOON)
    held.count(scope, {held.Line(survey.id, "widget", "rest"): 3}, NOON)
    rehearsals.begin(scope, {}, 90, "desk", NOON)
    held.note(scope, {held.Hers(ann.id, survey.id, "widget", "rest"): 3}, NOON)
    sites.add_source(scope, f"src{scope.site_id}", "Desk", NOON)
    sites.add_key(scope, f"key{scope.site_id}", "abcd", NOON)
    sites.note_refused(scope, "https://shop.example", NOON)
    sites.set_policy(scope, {}, "the team", NOON)
    survey_versions.note(scope, scope.db.get_one(SurveyRow, survey.id), "paused", "the team", NOON)
    clicks.keep(scope, row, [Click(row.id, NOON, "open", "9", "Chrome", "192.0.2.0/24")], 11)
    scope.add(PictureRow(name=f"{scope.site_id:032}.png", body=b"", made_at=NOON))
    links.add(scope, survey.id, f"link{scope.site_id}", "poster", {}, False, None, "the team", NOON)
    pauses.pause(scope, "sms", "too dear", "desk", NOON)
    turns.opened(scope, row, "score", "How likely?", NOON)
    furnish_with_a_call(scope, row)
    return ann.id


def furnish_with_a_call(scope: SiteScope, row: Invitation) -> None:
    """One that was expected and came, with what was said in it."""
    ref = f"CA{scope.site_id}"
    nothing: dict[str, Any] = {"name": "", "phone": None, "pin": None, "properties": {}, "call_id": None}
    calls.expect(scope, f"x{scope.site_id}", [ANN], survey="", created_at=NOON, expires_at=NOON, **nothing)
    about = {"number": "", "survey": "", "properties": {}, "returns": "", "began_at": NOON}
    call, _ = calls.begin(scope, "twilio_voice", ref, invitation_id=row.id, **about)
    calls.add_turn(scope, call, None, kind="ask", question_id="score", again=0, said=[], at=NOON)
    spoken = {"question_id": "comment", "seconds": 3, "at": NOON, "state": "wanted"}
    recordings.want(scope, "twilio_voice", ref, invitation_id=row.id, **spoken)


def test_the_same_address_is_another_person_on_another_site(both: Sites) -> None:
    with both.db.writing() as db:
        here, there = (furnish(SiteScope(db, s.id)) for s in (both.harbour, both.elsewhere))

        assert here != there
        assert people.get(SiteScope(db, both.harbour.id), there) is None


def test_a_foreign_row_is_as_absent_as_a_missing_one(both: Sites) -> None:
    with both.db.writing() as db:
        ours, theirs = SiteScope(db, both.harbour.id), SiteScope(db, both.elsewhere.id)
        furnish(theirs)

        for table in SCOPED:
            assert theirs.find(table) is not None
            assert ours.find(table) is None
            db.execute(ours.delete(table))
            assert theirs.find(table) is not None


def test_every_question_of_the_desk_stays_on_its_site(both: Sites) -> None:
    with both.db.writing() as db:
        furnish(SiteScope(db, both.elsewhere.id))
        ours = SiteScope(db, both.harbour.id)
        theirs = identities.find(SiteScope(db, both.elsewhere.id), [ANN])
        assert theirs

        foreign = surveys.named(SiteScope(db, both.elsewhere.id), None)
        assert foreign
        assert identities.find(ours, [ANN]) is None
        questions: list[Any] = [
            people_lists.search(ours, "ann", 10),
            people.roots(ours, [theirs.id]),
            people.family(ours, theirs.id),
            people_lists.own(ours, [theirs.id])[theirs.id],
            merges.of_person(ours, theirs.id),
            merges.conflicts_of(ours, theirs.id),
            consents.latest(ours, [theirs.id]),
            consents.told(ours, [theirs.id], 10),
            consents.suppressed(ours, "email", [ANN.value]),
            consents.suppressions(ours, 0, 10),
            people_lists.holder(ours, "email", ANN.value),
            touches.filling(ours, [theirs.id], [Window("load", ANY_KIND, 9, timedelta(days=99))], NOON),
            touches.standing(ours, f"i{both.elsewhere.id}"),
            invitations.of_person(ours, theirs.id, 10),
            held.of_person(ours, theirs.id, 10),
            responses.newest(ours, 10),
            responses.listed(ours, responses.Wanted()),
            held.counted(ours, NOON.date(), NOON.date()),
            rehearsals.of_site(ours, 1),
            coverage(ours, NOON, NOON + timedelta(days=1)),
            reports.scores(ours, NOON),
            reports.states(ours, NOON),
            reports.last_sent(ours, [theirs.id]),
            sites.sources(ours),
            sites.keys(ours),
            sites.origins(ours),
            survey_versions.versions(ours, foreign.id),
            survey_versions.version(ours, foreign.id, 1),
            survey_versions.changes(ours, foreign.id),
            survey_versions.get(ours, foreign.id),
            links.of_survey(ours, foreign.id),
            links.answers(ours, foreign.id),
            clicks.told(ours, NOON, NOON + timedelta(days=1)),
            clicks.of_invitations(ours, [f"i{both.elsewhere.id}"]),
        ]
        assert not any(questions)
        assert surveys.version(ours, foreign.version_id) is None
        assert surveys.named(ours, foreign.key) is None
        assert surveys.named(ours, str(foreign.id)) is None


def test_what_hangs_on_a_person_was_counted(both: Sites) -> None:
    with both.db.writing() as db:
        furnish(SiteScope(db, both.harbour.id))

        for table in (Person, Identifier, TouchRow, Invitation):
            assert db.scalar(select(func.count()).select_from(table)) == 1
