"""Who is who: one person is met as one, and two who share something stay two."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.core.people import Claim, IdentifierKind
from server.services import Services
from server.store import identities, names, people, people_lists
from server.store.scope import SiteScope
from server.store.tables import Site
from tests.parts import NOON

pytestmark = pytest.mark.both_databases

BROWSER, OTHER = "v_AbCdEfGhIjKlMnOp", "v_BbCdEfGhIjKlMnOp"


def claims(**said: str) -> list[Claim]:
    order: tuple[IdentifierKind, ...] = ("user", "email", "phone", "visitor")
    return [Claim(kind, said[kind]) for kind in order if kind in said]


def meet(scope: SiteScope, **said: str) -> int:
    return identities.find_or_make(scope, claims(**said), "", NOON).id


def known(scope: SiteScope, id: int) -> dict[str, str]:
    return people_lists.known_by(scope, [id])[id]


def test_a_person_is_found_by_each_thing_she_is_known_by(scope: SiteScope) -> None:
    ann = meet(scope, user="u1", email="ann@example.com", phone="+14155552671", visitor=BROWSER)

    for kind, value in known(scope, ann).items():
        assert meet(scope, **{kind: value}) == ann


def test_what_is_learned_later_is_hers_too(scope: SiteScope) -> None:
    ann = meet(scope, email="ann@example.com")

    assert meet(scope, user="u1", email="ann@example.com") == ann
    assert meet(scope, user="u1") == ann


def test_two_who_share_an_address_are_two(scope: SiteScope) -> None:
    ann = meet(scope, user="u1", email="office@example.com")
    bo = meet(scope, user="u2", email="office@example.com")

    assert ann != bo
    assert meet(scope, email="office@example.com") == ann
    assert known(scope, bo) == {"user": "u2"}
    assert meet(scope, user="u2", email="office@example.com") == bo


def test_two_who_share_a_browser_are_two(scope: SiteScope) -> None:
    ann = meet(scope, user="u1", visitor=BROWSER)
    bo = meet(scope, user="u2", visitor=BROWSER)

    assert ann != bo
    assert known(scope, bo) == {"user": "u2"}
    assert meet(scope, visitor=BROWSER) == ann


def test_a_visitor_attaches_once(scope: SiteScope) -> None:
    nobody = meet(scope, visitor=BROWSER)
    ann = meet(scope, user="u1", visitor=BROWSER)

    assert ann == nobody
    assert meet(scope, user="u2", visitor=BROWSER) != ann
    assert meet(scope, visitor=BROWSER) == ann


def test_she_may_have_several_browsers_and_one_user_id(scope: SiteScope) -> None:
    ann = meet(scope, user="u1", visitor=BROWSER)

    assert meet(scope, user="u1", visitor=OTHER) == ann
    assert meet(scope, visitor=OTHER) == meet(scope, visitor=BROWSER) == ann


def test_the_strongest_claim_names_her(scope: SiteScope) -> None:
    ann, bo = meet(scope, user="u1"), meet(scope, user="u2", email="bo@example.com")

    assert meet(scope, user="u1", email="bo@example.com") == ann
    assert known(scope, ann) == {"user": "u1"}
    assert meet(scope, email="bo@example.com") == bo


def test_nobody_is_found_by_nothing(scope: SiteScope) -> None:
    assert identities.find(scope, []) is None
    assert identities.find(scope, claims(email="nobody@example.com")) is None


def test_fifty_who_meet_her_at_once_meet_one(services: Services, site: Site) -> None:
    def one(_: int) -> int:
        with services.db.writing() as db:
            return meet(SiteScope(db, site.id), user="u1", email="ann@example.com")

    with ThreadPoolExecutor(8) as crowd:
        assert len(set(crowd.map(one, range(50)))) == 1


def test_her_name_is_the_last_one_told_and_fits_every_database(scope: SiteScope) -> None:
    ann = identities.find_or_make(scope, claims(user="u1"), "An\x00n \ud83d", NOON)
    assert ann.name == "Ann "

    assert identities.find_or_make(scope, claims(user="u1"), "", NOON).name == "Ann "
    assert identities.find_or_make(scope, claims(user="u1"), "Ann Arbor", NOON).name == "Ann Arbor"


@pytest.mark.parametrize("begins", ["U-1", "Ann@", "ann@example.com", "+1415", ""])
def test_people_are_searched_as_they_are_written(begins: str, scope: SiteScope) -> None:
    ann = meet(scope, user="U-17", email="ann@example.com", phone="+14155552671")

    assert [p.id for p in people_lists.search(scope, begins, 10)] == [ann]
    assert people_lists.search(scope, "%", 10) == []


def test_who_has_a_new_address_is_still_herself(scope: SiteScope) -> None:
    ann = meet(scope, user="u1", email="ann@example.com")

    assert meet(scope, user="u1", email="ann@new.example") == ann
    assert known(scope, ann)["email"] == "ann@new.example"
    assert meet(scope, email="ann@example.com") == ann


def text(scope: SiteScope, id: int) -> str:
    her = names.called(scope, id)
    assert her
    return her.text


def test_the_name_that_a_person_has_is_her_strongest_and_of_that_the_oldest(scope: SiteScope) -> None:
    browser = Claim("visitor", "v_" + "a" * 16)
    ann = identities.find_or_make(scope, [browser], "", NOON).id
    assert names.called(scope, ann) == browser

    for number in ("+14155552671", "+14155552672"):
        identities.find_or_make(scope, [browser, Claim("phone", number)], "", NOON)
    assert text(scope, ann) == "phone/+14155552671"
    identities.find_or_make(scope, [Claim("phone", "+14155552671"), Claim("email", "ann@example.com")], "", NOON)
    identities.find_or_make(scope, [Claim("email", "ann@example.com"), Claim("email", "a.new@example.com")], "", NOON)
    assert text(scope, ann) == "email/ann@example.com"
    identities.find_or_make(scope, [Claim("email", "ann@example.com"), Claim("user", "42")], "", NOON)
    assert text(scope, ann) == "user/42"


def test_two_records_of_one_person_have_one_name(scope: SiteScope) -> None:
    one = identities.find_or_make(scope, [Claim("email", "ann@example.com")], "", NOON).id
    other = identities.find_or_make(scope, [Claim("user", "42")], "", NOON).id
    identities.find_or_make(scope, [Claim("user", "42"), Claim("email", "ann@example.com")], "", NOON, "hook")

    assert people.family(scope, one) == people.family(scope, other)
    assert text(scope, one) == text(scope, other) == "user/42"


def test_where_she_lives_is_kept_and_the_last_word_counts(scope: SiteScope) -> None:
    who = [Claim("email", "ann@example.com")]
    ann = identities.find_or_make(scope, who, "", NOON).id
    assert people.zone_of(scope, ann) is None

    identities.find_or_make(scope, who, "", NOON, zone="Europe/Berlin")
    identities.find_or_make(scope, who, "", NOON, zone="Asia/Tokyo")
    identities.find_or_make(scope, who, "", NOON)

    assert people.zone_of(scope, ann) == "Asia/Tokyo"


def test_where_either_record_says_she_lives_is_known_of_both(scope: SiteScope) -> None:
    one = identities.find_or_make(scope, [Claim("email", "ann@example.com")], "", NOON).id
    other = identities.find_or_make(scope, [Claim("user", "42")], "", NOON, zone="Asia/Tokyo").id
    identities.find_or_make(scope, [Claim("user", "42"), Claim("email", "ann@example.com")], "", NOON, "hook")

    assert {people.zone_of(scope, id) for id in (one, other)} == {"Asia/Tokyo"}
