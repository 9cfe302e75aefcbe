"""The ledger gives the rules exactly what they need to judge, and reads no more of it than that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, text

from server.core.people import Claim
from server.core.policy_document import policy_from
from server.core.throttle import ANY_KIND, Touch, Window, judge
from server.services import Services
from server.store import identities, surveys, touches
from server.store.db import Database
from server.store.scope import SiteScope
from server.store.tables import Site, TouchRow
from tests.parts import NOON, statements
from tests.store.conftest import Sites

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)
EVERYTHING = Window("all", ANY_KIND, 99, 9999 * DAY)


def ann(scope: SiteScope) -> int:
    return identities.find_or_make(scope, [Claim("user", "ann")], "Ann", NOON).id


def three_surveys(scope: SiteScope) -> list[int]:
    """The ids of the site's own survey and of two more."""
    definition = {"questions": [{"id": "csat", "kind": "csat", "text": "Satisfied?"}]}
    for slug in ("csat", "ces"):
        if surveys.named(scope, slug) is None:
            surveys.add_survey(scope, f"{slug}-{scope.site_id}", slug, definition, NOON)
    return sorted(surveys.names(scope))


def told(scope: SiteScope, *windows: Window, now: datetime = NOON) -> set[str]:
    return {t.ticket for t in touches.filling(scope, [ann(scope)], windows, now)}


def write(scope: SiteScope, ticket: str, days_ago: float = 1, **said: Any) -> Touch:
    about: dict[str, Any] = {"kind": "ask", "channel": "email", "survey": three_surveys(scope)[0], **said}
    touch = Touch(ticket=ticket, at=NOON - timedelta(days=days_ago), **about)
    touches.write(scope, ann(scope), touch)
    return touch


def test_a_touch_is_read_as_it_was_written(scope: SiteScope) -> None:
    touch = write(scope, "a", outcome="dismissed")

    assert touches.filling(scope, [ann(scope)], [EVERYTHING, EVERYTHING], NOON) == (touch,)
    assert touches.standing(scope, "a") == touch
    assert touches.filling(scope, [ann(scope)], [], NOON) == ()
    assert touches.filling(scope, [], [EVERYTHING], NOON) == ()


def test_what_was_voided_is_never_told(scope: SiteScope) -> None:
    write(scope, "a")
    write(scope, "b", 2)
    touches.void(scope, "a", NOON)

    assert told(scope, EVERYTHING) == {"b"}
    # Nor does it take the place of one that stands.
    assert told(scope, Window("rest", ("ask",), 1, 30 * DAY)) == {"b"}
    assert touches.standing(scope, "a") is None
    assert touches.came_to(scope, "a", "answered") is None


def test_what_came_of_an_ask_is_told(scope: SiteScope) -> None:
    after = Window("rest_after_answer", ("ask",), 1, 90 * DAY, outcome="answered")
    write(scope, "a")
    assert told(scope, after) == set()

    came = touches.came_to(scope, "a", "answered")

    assert came == touches.standing(scope, "a")
    assert told(scope, after) == {"a"}
    assert touches.came_to(scope, "nothing", "answered") is None


def test_a_foreign_site_is_never_told(both: Sites) -> None:
    with both.db.writing() as db:
        ours, theirs = SiteScope(db, both.harbour.id), SiteScope(db, both.elsewhere.id)
        write(theirs, "a")

        assert touches.filling(ours, [ann(theirs), ann(ours)], [EVERYTHING], NOON) == ()
        assert touches.standing(ours, "a") is None
        assert touches.came_to(ours, "a", "answered") is None


def test_of_many_touches_the_newest_are_told(scope: SiteScope) -> None:
    for days_ago in (3, 1, 4, 2, 5):
        write(scope, f"{days_ago} days ago", days_ago)

    # One more than the window needs, for one of them may be the asker's own.
    assert told(scope, Window("rest", ("ask",), 1, 30 * DAY)) == {"1 days ago", "2 days ago"}


def test_more_windows_than_one_statement_may_have_are_looked_through(scope: SiteScope) -> None:
    write(scope, "a", 100)
    write(scope, "b", 600)
    windows = [Window("rest", ("ask",), 1, days * DAY) for days in range(1, 700)]

    assert told(scope, *windows) == {"a", "b"}


kinds = st.sampled_from(ANY_KIND)
outcomes = st.sampled_from(("", "answered", "dismissed"))
picks = st.integers(0, 2)
lines = st.tuples(
    kinds, picks | st.none(), st.integers(-50, 400), outcomes, st.sampled_from(["ann", "ann", "bo"]), st.booleans()
)
looks = st.tuples(
    st.frozensets(kinds, min_size=1), st.integers(1, 3), st.integers(1, 400), st.frozensets(picks), outcomes
)


@pytest.fixture
def open_scope(services: Services, site: Site) -> Iterator[SiteScope]:
    """Of a write that is never committed, so that each example starts with an empty ledger."""
    with services.db.writing() as db:
        three_surveys(SiteScope(db, site.id))
        identities.find_or_make(SiteScope(db, site.id), [Claim("user", "bo")], "Bo", NOON)
        ann(SiteScope(db, site.id))
    with services.db.reading() as db:
        yield SiteScope(db, site.id)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lines, max_size=14), st.lists(looks, max_size=4), st.integers(0, 13), st.booleans())
def test_what_is_told_is_judged_as_the_whole_ledger_is(
    open_scope: SiteScope, written: list[Any], looked: list[Any], mine: int, both_persons: bool
) -> None:
    scope = open_scope
    scope.db.rollback()
    ids = three_surveys(scope)
    persons = {"ann": ann(scope), "bo": identities.find_or_make(scope, [Claim("user", "bo")], "Bo", NOON).id}
    whole: list[Touch] = []
    for n, (kind, survey, ago, outcome, who, voided) in enumerate(written):
        at = NOON - timedelta(hours=ago)
        touch = Touch(str(n), kind, "email", ids[survey] if survey is not None else 0, at, outcome)
        touches.write(scope, persons[who], touch)
        if voided:
            touches.void(scope, touch.ticket, NOON)
        elif who == "ann" or both_persons:
            whole.append(touch)
    windows = [
        Window("w", tuple(k), limit, timedelta(hours=hours), frozenset(ids[n] for n in picked), outcome)
        for k, limit, hours, picked, outcome in looked
    ]

    hers = touches.filling(scope, list(persons.values()) if both_persons else [persons["ann"]], windows, NOON)

    assert judged(windows, hers, mine) == judged(windows, whole, mine)
    assert set(hers) <= set(whole)


def judged(windows: Sequence[Window], known: Sequence[Touch], mine: int) -> list[Any]:
    """Two touches of one moment may stand for each other."""
    return [(f.passed, f.until) for f in judge(windows, known, NOON, str(mine))]


MANY = 10_000
POLICY = policy_from({
    "groups": {"deals": {"rest_days": 60}},
    "surveys": {
        "nps": {"repeat": {"days": 365}, "group": "deals"},
        "csat": {"repeat": "once", "group": "deals"},
        "ces": {"repeat": "until_answered"},
    },
})  # fmt: skip


def crowd_the_ledger(scope: SiteScope, count: int) -> tuple[Window, ...]:
    """`count` contacts of Ann within a week, and as many of other people; every window of a large policy."""
    ids = three_surveys(scope)
    persons = [ann(scope)] + [identities.find_or_make(scope, [Claim("user", f"p{n}")], "", NOON).id for n in range(20)]
    rows = [
        {"ticket": f"{hers}-{n}", "site_id": scope.site_id, "person_id": persons[0 if hers else 1 + n % 20],
         "kind": ("ask", "external", "continuation")[n % 3], "channel": "email",
         "survey_id": ids[n // 3 % 3] if n % 3 == 0 else None, "voided_at": None,
         "outcome": ("answered", "dismissed", "", "")[n // 9 % 4] if n % 3 == 0 else "",
         "at": NOON - timedelta(minutes=n)}
        for hers in (True, False) for n in range(count)
    ]  # fmt: skip
    scope.db.execute(insert(TouchRow), rows)
    known = dict(zip(("nps", "csat", "ces"), ids, strict=True))
    return tuple(dict.fromkeys(w for slug in known for w in POLICY.windows(slug, known)))


def test_each_window_is_one_look_into_an_index(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        windows = crowd_the_ledger(scope, MANY)
        person = ann(scope)
    analyze(services.db)
    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        for window in windows:
            with statements(services.db) as sent:
                touches.filling(scope, [person], [window], NOON)
            [(statement, parameters)] = [each for each in sent if each[0].startswith("SELECT")]
            looks_into_an_index(db.connection(), services.db.is_sqlite, statement, parameters)


def test_a_window_on_one_survey_reads_nothing_of_its_other_touches(services: Services, site: Site) -> None:
    """Ann has had countless reminders of the survey, and asks of it that came to nothing, and has answered others."""
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        person, ids = ann(scope), three_surveys(scope)
        told: list[tuple[str, int, str]] = [
            ("continuation", ids[0], ""), ("ask", ids[0], ""), ("ask", ids[0], "dismissed"),
            ("ask", ids[1], "answered"), ("ask", ids[2], "answered"), ("answered", ids[0], "answered"),
        ]  # fmt: skip
        rows = [
            {"ticket": f"{n}-{m}", "site_id": scope.site_id, "person_id": person, "kind": kind, "channel": "email",
             "survey_id": survey, "outcome": outcome, "voided_at": None, "at": NOON - timedelta(minutes=n)}
            for m, (kind, survey, outcome) in enumerate(told) for n in range(MANY // 5)
        ]  # fmt: skip
        db.execute(insert(TouchRow), rows)
    analyze(services.db)
    windows = [
        Window("repeat", ("ask",), 1, 90 * DAY, frozenset({ids[0]})),
        Window("repeat", ("ask",), 1, 36_500 * DAY, frozenset({ids[0]})),
        Window("until_answered", ("ask",), 1, 36_500 * DAY, frozenset({ids[0]}), "answered"),
        Window("until_answered", ("ask",), 1, 36_500 * DAY, frozenset({ids[1]}), "answered"),
        Window("group_rest", ("ask",), 1, 60 * DAY, frozenset(ids)),
    ]
    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        for window in windows:
            with statements(services.db) as sent:
                touches.filling(scope, [person], [window], NOON)
            [(statement, parameters)] = [each for each in sent if each[0].startswith("SELECT")]
            looks_into_an_index(db.connection(), services.db.is_sqlite, statement, parameters)
            if services.db.is_sqlite:
                plan = [
                    row[3] for row in db.connection().exec_driver_sql(f"explain query plan {statement}", parameters)
                ]
                reads = [line for line in plan if "SEARCH touch" in line]
                assert all("survey_id=? AND kind=?" in line for line in reads), plan
                assert not window.outcome or all("outcome=?" in line for line in reads), plan


def analyze(db: Database) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))


def looks_into_an_index(connection: Connection, is_sqlite: bool, statement: str, parameters: Any) -> None:
    if is_sqlite:
        plan = [row[3] for row in connection.exec_driver_sql(f"explain query plan {statement}", parameters)]
        reads = [line for line in plan if "touch" in line]
        assert reads
        assert all(line.startswith("SEARCH touch USING INDEX ix_touch_person_id") for line in reads), plan
        assert all("person_id=? AND" in line and "at>?" in line for line in reads), plan
        assert not any("B-TREE" in line for line in plan), plan
    else:
        found = connection.exec_driver_sql(f"explain (analyze, format json) {statement}", parameters).scalar_one()
        nodes = list(every_node(found[0]["Plan"]))
        reads = [node for node in nodes if "Scan" in node["Node Type"] and node.get("Relation Name") == "touch"]
        assert reads
        assert {node["Node Type"] for node in reads} == {"Index Scan"}, nodes
        assert all("person_id" in node["Index Cond"] for node in reads), reads
        assert not any("Sort" in node["Node Type"] for node in nodes), nodes
        # The rows that were visited: those returned, and those that a filter took away.
        assert sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in reads) <= 60, reads


def every_node(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from every_node(each)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("analyzed", [True, False])
def test_ten_thousand_touches_cost_no_more_than_a_hundred(analyzed: bool, services: Services, site: Site) -> None:
    """In steps of SQLite's machine, which are the same on every computer; PostgreSQL's rows are counted above."""
    steps = []
    for count in (100, MANY):
        with services.db.writing() as db:
            scope = SiteScope(db, site.id)
            db.execute(delete(TouchRow))
            windows = crowd_the_ledger(scope, count)
            if analyzed:
                db.execute(text("analyze"))
            steps.append(steps_of(scope, windows))

    assert steps[1] < 2 * steps[0], steps


def steps_of(scope: SiteScope, windows: Sequence[Window]) -> int:
    """How many instructions SQLite carries out for these windows."""
    person = ann(scope)
    machine: Any = scope.db.connection().connection.dbapi_connection
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    machine.set_progress_handler(step, 1)
    touches.filling(scope, [person], windows, NOON)
    machine.set_progress_handler(None, 0)
    return steps
