"""What other systems report: counted once, held against the next ask, and never in the way of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Thread, current_thread
from typing import Any

import pytest

from server.flows.offer import NotNow, Offered
from server.flows.report import BATCH_MAX, WRITE_MAX, Reported, report
from server.flows.set_up import create_site
from server.flows.trigger import Invalid
from server.services import Services
from server.store import people_lists
from server.store.scope import SiteScope
from server.store.tables import Identifier, Person, Site
from tests.flows.conftest import Town
from tests.parts import listening

pytestmark = pytest.mark.both_databases


def told(id: object = "n1", kind: object = "external", channel: object = "newsletter", **more: Any) -> dict[str, Any]:
    return {"id": id, "kind": kind, "channel": channel, "person": {"email": "ann@example.com"}, **more}


def tell(town: Town, *said: Any) -> Reported:
    return report(town.services, town.site.id, said)


def counts(done: Reported) -> tuple[int, int, int, int]:
    return done.accepted, done.known, done.ignored, len(done.faults)


def test_a_contact_is_a_line_in_the_ledger(town: Town) -> None:
    at = town.clock() - timedelta(days=2)
    assert counts(tell(town, told(at=int(at.timestamp())), told("n2", "ask", "call"))) == (2, 0, 0, 0)
    assert [(t.kind, t.channel, t.survey_id, t.at) for t in town.touches()] == [
        ("external", "newsletter", None, at),
        ("ask", "call", None, town.clock()),
    ]
    assert len({t.person_id for t in town.touches()}) == town.rows()["person"] == 1


def test_told_again_it_is_known_and_nothing_is_new(town: Town) -> None:
    timed, timeless = told(at=int(town.clock().timestamp())), told("n2")
    tell(town, timed, timeless)
    before, lines = town.rows(), [(t.ticket, t.at) for t in town.touches()]
    town.clock.forward(days=3)
    renamed = {**timed, "person": {"email": " Ann@Example.com ", "name": "Ann B."}}
    assert counts(tell(town, timed, timeless, renamed)) == (0, 3, 0, 0)
    assert (town.rows(), [(t.ticket, t.at) for t in town.touches()]) == (before, lines)


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "ask"},
        {"channel": "call"},
        {"at": 1_763_000_000},
        {"person": {"email": "bo@example.com"}},
        {"person": {"user_id": "bo"}},
    ],
)
def test_one_id_for_two_contacts_is_a_mistake_of_the_sender(town: Town, other: dict[str, Any]) -> None:
    tell(town, told(), told("b", person={"user_id": "bo", "email": "bo@example.com"}))
    before = town.rows()
    for said in ([told(**other)], [told("new"), told("new", **other)]):
        done = tell(town, *said)
        assert [(f.index, f.id, list(f.errors)) for f in done.faults] == [(len(said) - 1, said[-1]["id"], ["id"])]
    assert town.rows() == {**before, "touch": before["touch"] + 1}


def test_twins_in_one_batch_are_one(town: Town) -> None:
    assert counts(tell(town, told(), told(), told())) == (1, 2, 0, 0)
    assert counts(tell(town, *[told(7)] * WRITE_MAX, told(" 7"), told("7"))) == (2, WRITE_MAX, 0, 0)


def test_two_sites_may_call_their_contacts_alike(town: Town) -> None:
    other = create_site(town.services, "Elsewhere")
    assert counts(tell(town, told())) == counts(report(town.services, other.id, [told()])) == (1, 0, 0, 0)
    assert {t.site_id for t in town.touches()} == {town.site.id, other.id}


def test_what_is_too_old_to_matter_is_ignored_and_said(town: Town) -> None:
    old, young = (int((town.clock() - timedelta(days=n)).timestamp()) for n in (400, 399))
    assert counts(tell(town, told(at=old), told("n2", at=young))) == (1, 0, 1, 0)
    assert (town.rows()["touch"], town.rows()["person"]) == (1, 1)
    town.clock.forward(days=2)
    assert counts(tell(town, told(at=old), told("n2", at=young))) == (0, 1, 1, 0)  # what is stored stays known


WRONG: list[tuple[Any, list[str]]] = [
    (None, ["touch"]),
    ("n1", ["touch"]),
    ([], ["touch"]),
    ({}, ["id", "kind", "channel", "person"]),
    (told(""), ["id"]),
    (told(None), ["id"]),
    (told(True), ["id"]),
    (told(["n1"]), ["id"]),
    (told("x" * 256), ["id"]),
    (told("\ud800"), ["id"]),
    (told("a\0b"), ["id"]),
    (told(10**5000), ["id"]),
    (told(kind="answered"), ["kind"]),
    (told(kind=["ask"]), ["kind"]),
    (told(channel="News"), ["channel"]),
    (told(channel="x" * 13), ["channel"]),
    (told(channel="a|b"), ["channel"]),
    (told(channel="call\n"), ["channel"]),
    (told(channel=None), ["channel"]),
    (told(at="yesterday"), ["at"]),
    (told(at=True), ["at"]),
    (told(at=[1]), ["at"]),
    (told(at=10**30), ["at"]),
    (told(at=10**5000), ["at"]),
    (told(at=1e300), ["at"]),
    (told(at=1_763_899_200_000), ["at"]),  # milliseconds
    (told(person="ann@example.com"), ["person"]),
    (told(person={}), ["person"]),
    (told(person={"name": "Ann"}), ["person"]),
    (told(person={"email": "nobody"}), ["person.email"]),
    (told(person={"email": ["a@b.example"], "phone": "123", "user_id": "\0"}),
     ["person.user_id", "person.email", "person.phone"]),
]  # fmt: skip


def test_each_wrong_field_is_named_and_the_good_ones_are_stored(town: Town) -> None:
    done = tell(town, told("first"), *(said for said, _ in WRONG), told("last"))
    assert counts(done) == (2, 0, 0, len(WRONG))
    assert [(f.index, list(f.errors)) for f in done.faults] == [(n, f) for n, (_, f) in enumerate(WRONG, start=1)]
    assert len(town.touches()) == 2


def test_a_time_up_to_a_day_ahead_is_taken(town: Town) -> None:
    day = int(town.clock().timestamp()) + 86400
    done = tell(town, told(at=day), told("n2", at=day + 1), told("n3", at=f"{day}.9"))
    assert counts(done) == (2, 0, 0, 1)
    assert "day ahead" in done.faults[0].errors["at"][0]


def test_more_than_a_batch_is_refused_whole_with_what_to_do(town: Town) -> None:
    with pytest.raises(Invalid, match=r"1001; send at most 1000 in one call"):
        tell(town, *(told(n) for n in range(BATCH_MAX + 1)))
    assert town.rows()["touch"] == 0


def test_a_batch_is_written_in_small_commits(town: Town) -> None:
    commits: list[object] = []
    count = 3 * WRITE_MAX
    said = [told(n, person={"email": f"p{n % 100}@example.com", "name": f"P {n}"}) for n in range(count)]
    with listening(town.services.db, "commit", commits.append):
        assert counts(tell(town, *said)) == (count, 0, 0, 0)
    assert len(commits) == 3
    assert (town.rows()["touch"], town.rows()["person"]) == (count, 100)


def test_an_answer_need_not_wait_for_a_whole_batch(town: Town) -> None:
    order: list[str] = []
    batch = Thread(name="batch", target=tell, args=(town, *(told(n) for n in range(3 * WRITE_MAX))))
    with listening(town.services.db, "commit", lambda _: order.append(current_thread().name)):
        batch.start()
        while not order:
            batch.join(0.001)
        with town.services.db.writing() as db:
            db.get_one(Site, town.site.id).accent = "#000000"
        batch.join()
    assert order.count("batch") == 3
    assert order[-1] == "batch"


def test_identifiers_that_come_together_are_one_person(town: Town) -> None:
    tell(town, told(person={"email": "ann@example.com"}), told("n2", person={"user_id": 42, "phone": "+14155552671"}))
    tell(town, told("n3", person={"user_id": "43", "email": "bo@example.com", "phone": "+14155552672", "name": "Bo"}))
    with town.services.db.reading() as db:
        scope = SiteScope(db, town.site.id)
        known = {(i.kind, i.value): i.person_id for i in db.scalars(scope.select(Identifier))}
        bo = db.get_one(Person, known["user", "43"])
        assert bo.name == "Bo"
        assert people_lists.known_by(scope, [bo.id])[bo.id] == {
            "user": "43", "email": "bo@example.com", "phone": "+14155552672",
        }  # fmt: skip
    assert len(set(known.values())) == 3


def test_what_another_tool_asked_holds_our_next_ask(town: Town) -> None:
    town.invite()  # Ann is known, the gate has learned of her, and nothing holds
    assert isinstance(town.ask(), Offered)
    town.clock.forward(minutes=3)
    tell(town, told(kind="ask", channel="call"))
    refused = town.ask()
    assert isinstance(refused, NotNow)
    assert refused.reason == "rest"


def test_who_tells_again_repairs_what_a_dead_process_left_untold(town: Town, make_services: Any) -> None:
    town.invite()
    assert isinstance(town.ask(), Offered)
    town.clock.forward(minutes=3)
    cut_off = make_services(REDIS_URL="unix:///nowhere/valkey.sock")
    assert report(cut_off, town.site.id, [told(kind="ask")]).accepted == 1  # the gate does not hear of it
    assert tell(town, told(kind="ask")).known == 1
    assert isinstance(town.ask(), NotNow)


def test_without_redis_everything_is_stored(town: Town, make_services: Callable[..., Services]) -> None:
    cut_off = make_services(REDIS_URL="unix:///nowhere/valkey.sock")
    done = report(cut_off, town.site.id, [told(n, person={"user_id": str(n)}) for n in range(50)])
    assert (done.accepted, town.rows()["touch"]) == (50, 50)


def test_many_senders_at_once_count_each_contact_once(town: Town) -> None:
    said = [told(n, person=_known_as(n % 12, n), at=int(town.clock().timestamp())) for n in range(60)]
    orders = [said, said[::-1], said[30:] + said[:30], sorted(said, key=str)] * 2

    with ThreadPoolExecutor(len(orders)) as crowd:
        found = list(crowd.map(lambda batch: tell(town, *batch), orders))

    assert Counter(t.ticket for t in town.touches()) == Counter({t.ticket for t in town.touches()})
    assert sum(done.accepted for done in found) == len(town.touches()) == 60
    assert sum(done.known for done in found) == 60 * 7
    assert not any(done.faults for done in found)


def _known_as(who: int, n: int) -> dict[str, str]:
    """One person in three ways, with a name that changes each time."""
    ways = [{"user_id": f"u{who}", "email": f"p{who}@example.com"}, {"email": f"p{who}@example.com"}]
    return {**(ways[0] if n < 24 else ways[n % 2]), "name": f"N {n}"}
