"""A survey on a page: offered without a trace, shown once it has its place, and gone without a cost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from server.core.links import BadLink
from server.core.people import Claim
from server.core.throttle import LEASE_SHOWN, with_slack
from server.flows.offer import OFFER_LASTS, NotNow, Offered, Visitor, offer
from server.flows.show import UNSEEN_WITHIN, NotShown, show, withdraw
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases


def test_an_offer_writes_nothing(town: Town) -> None:
    before = town.rows()

    assert town.offered().survey.slug == "nps"
    assert isinstance(offer(town.services, town.site, "widget", Visitor()), Offered)
    assert town.rows() == before


def test_what_is_shown_is_a_touch(town: Town) -> None:
    made = town.offered()

    show(town.services, made.token)

    [touch] = town.touches()
    assert (touch.ticket, touch.kind, touch.channel) == (made.offer.ticket, "ask", "widget")
    assert town.row(made.offer.ticket).state == "shown"
    assert town.ask() == NotNow("rest", with_slack(made.rest))


def test_the_gate_hears_of_it_and_knows_it_when_the_place_would_have_lapsed(town: Town) -> None:
    show(town.services, town.offered().token)
    town.clock.forward(days=31)
    again = town.offered()  # by now the gate knows her, and reads the ledger no more

    show(town.services, again.token)

    town.clock.forward(seconds=LEASE_SHOWN.total_seconds())
    assert town.ask() == NotNow("rest", with_slack(again.rest) - LEASE_SHOWN)


def test_telling_it_twice_shows_it_once(town: Town) -> None:
    made = town.offered()
    show(town.services, made.token)
    before = town.rows()

    town.clock.forward(minutes=10)
    show(town.services, made.token)

    assert town.rows() == before


def test_an_offer_takes_the_place_until_it_lapses(town: Town) -> None:
    town.offered()

    assert town.ask(channel="view") == NotNow("rest", LEASE_SHOWN)
    town.clock.forward(seconds=LEASE_SHOWN.total_seconds())
    assert isinstance(town.ask(channel="view"), Offered)


def test_a_survey_is_not_shown_when_the_ledger_got_a_touch_meanwhile(town: Town) -> None:
    first = town.offered()
    town.clock.forward(seconds=LEASE_SHOWN.total_seconds())
    show(town.services, town.offered(channel="view").token)

    for _ in range(2):
        with pytest.raises(NotShown, match="rest"):
            show(town.services, first.token)
    assert len(town.touches()) == len(town.ids()) == 1


def test_a_gate_that_did_not_know_learns_from_the_refusal(town: Town) -> None:
    show(town.services, town.offered().token)
    assert isinstance(town.ask(), NotNow)
    town.services.gate.give_back(town.touches()[0].ticket, f"{town.site.id}/user/ann")
    stale = town.offered()

    with pytest.raises(NotShown):
        show(town.services, stale.token)

    assert isinstance(town.ask(), NotNow)
    town.clock.forward(seconds=LEASE_SHOWN.total_seconds())
    assert isinstance(town.ask(), NotNow)


@pytest.mark.parametrize("shown_first", [True, False])
def test_a_frame_that_never_came_up_costs_nothing(shown_first: bool, town: Town) -> None:
    made = town.offered()
    if shown_first:
        show(town.services, made.token)

    withdraw(town.services, made.token)
    withdraw(town.services, made.token)

    assert town.touches() == []
    assert town.row(made.offer.ticket).outcome == "unseen"
    with pytest.raises(NotShown, match="withdrawn"):
        show(town.services, made.token)
    assert isinstance(town.ask(), Offered)


def test_what_was_on_the_screen_is_not_withdrawn(town: Town) -> None:
    made = town.offered()
    show(town.services, made.token)
    town.clock.forward(seconds=UNSEEN_WITHIN.total_seconds() + 1)

    withdraw(town.services, made.token)

    assert town.row(made.offer.ticket).state == "shown"
    assert len(town.touches()) == 1


def test_shown_and_withdrawn_at_the_same_moment_is_one_of_the_two(town: Town) -> None:
    for n in range(6):
        made = town.offered(f"cy{n}@example.com")
        start = Barrier(2)

        def tell(story: object, token: str = made.token, start: Barrier = start) -> str:
            start.wait()
            try:
                story(town.services, token)  # type: ignore[operator]
            except NotShown:
                return "refused"
            return "done"

        with ThreadPoolExecutor(2) as two:
            _, withdrawn = two.map(tell, (show, withdraw))
        assert withdrawn == "done"
        assert town.row(made.offer.ticket).state == "cancelled"
    assert town.touches() == []


def test_somebody_new_is_met_with_all_that_was_signed(town: Town) -> None:
    show(town.services, town.offered().token)

    assert town.rows()["person"] == 1
    assert town.rows()["identifier"] == 3


def test_a_browser_that_comes_back_is_the_same_visitor(town: Town) -> None:
    first = offer(town.services, town.site, "widget", Visitor())
    assert isinstance(first, Offered)
    show(town.services, first.token)

    again = offer(town.services, town.site, "widget", Visitor(browser=first.visitor))
    other = offer(town.services, town.site, "widget", Visitor(browser="made up"))

    assert isinstance(again, NotNow)
    assert isinstance(other, Offered)
    assert other.offer.claims == (Claim("visitor", other.visitor),)
    assert other.visitor != first.visitor


def test_an_identity_that_is_not_the_sites_own_is_not_asked(town: Town) -> None:
    assert offer(town.services, town.site, "widget", Visitor(identity="made.up.token")) == NotNow("identity")


def test_an_offer_runs_out(town: Town) -> None:
    made = town.offered()
    town.clock.forward(seconds=OFFER_LASTS.total_seconds() + 1)

    for story in (show, withdraw):
        with pytest.raises(BadLink):
            story(town.services, made.token)


def test_the_rest_ends_half_a_day_early_so_that_it_does_not_creep(town: Town) -> None:
    show(town.services, town.offered().token)

    town.clock.forward(days=29, hours=11)
    assert isinstance(town.ask(), NotNow)
    town.clock.forward(hours=1)
    assert isinstance(town.ask(), Offered)
