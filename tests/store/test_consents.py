"""Statements are kept line by line, with the very record; of one person the stricter word holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise, permutations

import pytest

from server.core.consent import Said, standing
from server.core.people import claims_of
from server.services import Services
from server.store import consents, identities, merges, people
from server.store.scope import SiteScope
from server.store.tables import Consent, Merge, Site, Suppression
from tests.parts import NOON
from tests.store.conftest import Sites

pytestmark = pytest.mark.both_databases

HOUR = timedelta(hours=1)


def meet(scope: SiteScope, **said: str) -> int:
    return identities.find_or_make(scope, claims_of(**said), "", NOON).id


def say(scope: SiteScope, record: int, words: str, at: datetime | None = None, now: datetime = NOON) -> bool:
    """`"sms no"`, said of this record."""
    channel, word = words.split()
    said = Said(channel, word == "yes", "api", basis="consent" if word == "yes" else "", at=at)
    return consents.say(scope, people.family(scope, record), record, said, now)


def word(scope: SiteScope, record: int, channel: str = "sms") -> str:
    stands = standing(consents.latest(scope, people.family(scope, record)), channel)
    return "silence" if stands is None else "yes" if stands.given else "no"


def lines(scope: SiteScope) -> list[tuple[int, str, bool]]:
    rows = scope.db.scalars(scope.select(Consent).order_by(Consent.id))
    return [(row.person_id, row.scope, row.given) for row in rows]


def two(scope: SiteScope) -> tuple[int, int]:
    """Ann and Bea, before anybody knows that they are one."""
    return meet(scope, user="u1"), meet(scope, email="a@example.com")


def become_one(scope: SiteScope, at: datetime = NOON) -> None:
    identities.find_or_make(scope, claims_of(user="u1", email="a@example.com"), "", at)


def take_apart(scope: SiteScope, at: datetime) -> None:
    made = scope.find(Merge)
    assert made
    merges.one_at_a_time(scope)
    merges.lock_all(scope, [made.absorbed_id])
    merges.undo(scope, made, at)


def test_saying_it_twice_is_saying_it_once(scope: SiteScope) -> None:
    ann = meet(scope, user="u1")

    assert [say(scope, ann, words) for words in ("sms no", "sms no", "all no", "all no")] == [True, False, True, False]
    assert lines(scope) == [(ann, "sms", False), (ann, "all", False)]


def test_what_is_said_now_comes_after_all_that_was_said_though_a_clock_is_behind(scope: SiteScope) -> None:
    ann = meet(scope, user="u1")

    say(scope, ann, "sms yes", now=NOON + HOUR)
    say(scope, ann, "sms no", now=NOON)

    assert word(scope, ann) == "no"


def test_what_was_said_long_ago_and_told_today_lifts_no_later_no(scope: SiteScope) -> None:
    ann = meet(scope, user="u1")
    say(scope, ann, "sms no")

    assert say(scope, ann, "sms yes", at=NOON - HOUR)
    assert not say(scope, ann, "sms yes", at=NOON - HOUR)
    assert (word(scope, ann), len(lines(scope))) == ("no", 2)


@pytest.mark.parametrize(
    "story",
    [
        ("sms no", "sms yes", "sms no"),
        ("sms yes", "sms no", "sms yes"),
        ("all no", "sms yes", "all no", "sms yes"),
        ("sms no", "all yes", "sms no", "sms yes"),
    ],
)
def test_in_whatever_order_it_is_told_what_was_said_last_stands(scope: SiteScope, story: tuple[str, ...]) -> None:
    said = [(words, NOON - HOUR * (len(story) - n)) for n, words in enumerate(story)]

    for number, order in enumerate(permutations(said)):
        ann = meet(scope, user=f"u{number}")
        for words, at in order:
            say(scope, ann, words, at)
        assert word(scope, ann) == story[-1].split()[1], order


def test_merged_the_stricter_wins_and_a_later_yes_lifts_every_no(scope: SiteScope) -> None:
    ann, bea = two(scope)
    say(scope, ann, "sms yes")
    say(scope, bea, "sms no")
    become_one(scope)
    assert {word(scope, ann), word(scope, bea)} == {"no"}

    assert say(scope, ann, "sms yes", now=NOON + HOUR)

    assert {word(scope, ann), word(scope, bea)} == {"yes"}
    assert lines(scope) == [(ann, "sms", True), (bea, "sms", False), (bea, "sms", True)]


def test_taken_apart_each_has_her_own_word_again(scope: SiteScope) -> None:
    ann, bea = two(scope)
    say(scope, ann, "sms yes", now=NOON - HOUR)
    say(scope, bea, "sms no", now=NOON - HOUR)
    become_one(scope)
    take_apart(scope, NOON + HOUR)

    assert (word(scope, ann), word(scope, bea), len(lines(scope))) == ("yes", "no", 2)


def test_a_no_said_while_they_were_one_is_of_both(scope: SiteScope) -> None:
    ann, bea = two(scope)
    become_one(scope)
    say(scope, ann, "all no", now=NOON + HOUR)
    take_apart(scope, NOON + 2 * HOUR)

    assert word(scope, ann) == word(scope, bea) == "no"
    assert consents.latest(scope, [bea])[0].at == NOON + HOUR


@pytest.mark.parametrize(("before", "since"), [("sms no", "sms yes"), ("all no", "sms yes"), ("all no", "all yes")])
def test_a_yes_said_while_they_were_one_lifts_no_no_after_it(before: str, since: str, scope: SiteScope) -> None:
    ann, bea = two(scope)
    say(scope, bea, before, now=NOON - HOUR)
    become_one(scope)
    say(scope, ann, since, now=NOON + HOUR)
    assert word(scope, bea) == "yes"

    take_apart(scope, NOON + 2 * HOUR)

    assert (word(scope, ann), word(scope, bea)) == ("yes", "no")


def test_a_no_and_a_yes_while_they_were_one_leave_the_no_to_both(scope: SiteScope) -> None:
    ann, bea = two(scope)
    become_one(scope)
    for hour, words in enumerate(("sms no", "sms yes"), start=1):
        say(scope, ann, words, now=NOON + hour * HOUR)
    take_apart(scope, NOON + 3 * HOUR)

    assert word(scope, ann) == word(scope, bea) == "no"


def test_a_yes_and_a_no_at_once_are_both_kept_and_the_one_committed_later_stands(
    services: Services, site: Site
) -> None:
    with services.db.writing() as db:
        ann = meet(SiteScope(db, site.id), user="u1")

    def one(turn: int) -> bool:
        with services.db.writing() as db:
            scope = SiteScope(db, site.id)
            people.lock(scope, ann)
            return say(scope, ann, ("sms yes", "sms no")[turn % 2])

    with ThreadPoolExecutor(8) as crowd:
        written = sum(crowd.map(one, range(24)))
    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        told = consents.told(scope, [ann], 100)
        assert len(told) == written >= 2
        assert [s.number for s in told] == sorted((s.number for s in told), reverse=True)
        assert all(one.given != other.given for one, other in pairwise(told))
        assert word(scope, ann) == ("yes" if told[0].given else "no")


def test_an_address_is_suppressed_once_by_all_who_say_so_at_once(services: Services, site: Site) -> None:
    def one(turn: int) -> bool:
        with services.db.writing() as db:
            scope = SiteScope(db, site.id)
            return consents.suppress(scope, "email", "a@example.com", "bounced", "smtp", f"{turn}" * 300, NOON)

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(one, range(24))) == 1
    with services.db.reading() as db:
        [row] = consents.suppressions(SiteScope(db, site.id), 0, 10)
        assert len(row.detail) == 255


def test_an_address_is_suppressed_on_its_channel_and_site_alone(both: Sites) -> None:
    with both.db.writing() as db:
        here, there = SiteScope(db, both.harbour.id), SiteScope(db, both.elsewhere.id)
        assert consents.suppress(here, "email", "a@example.com", "bounced", "smtp", "", NOON)
        assert consents.suppress(there, "email", "a@example.com", "bounced", "smtp", "", NOON)

        assert consents.suppressed(here, "sms", ["a@example.com"]) == []
        [row] = consents.suppressed(here, "email", ["a@example.com", "b@example.com"])
        consents.lift(here, row)
        assert consents.suppressed(here, "email", ["a@example.com"]) == []
        assert there.find(Suppression) is not None
