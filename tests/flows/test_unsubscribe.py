"""A person says no: on one channel or on all, from the commit on."""

from __future__ import annotations

import pytest

from server.core.links import BadLink, seal
from server.flows.deliver import deliver
from server.flows.explain import explain
from server.flows.offer import NotNow, Offered
from server.flows.show import show
from server.flows.unsubscribe import subscriber, unsubscribe
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases


def token(town: Town) -> str:
    deliver(town.services, id := town.invite("bo@example.com"))
    town.clock.forward(days=40)
    return seal(town.services.secret, "unsubscribe", id)


def test_no_to_all_is_no_on_every_channel(town: Town) -> None:
    assert unsubscribe(town.services, token(town), "all", "link").stopped

    assert town.ask("bo@example.com") == NotNow("consent")
    deliver(town.services, id := town.invite("bo@example.com"))
    assert (town.row(id).state, town.row(id).reason) == (
        "suppressed",
        "unsubscribed from every channel on 02 January 2027, by link",
    )


def test_no_to_one_channel_leaves_the_others(town: Town) -> None:
    assert unsubscribe(town.services, token(town), "channel", "link").stopped

    assert explain(town.services, town.site.id, "bo@example.com", None, "email").verdict.held_by == "consent"
    assert explain(town.services, town.site.id, "bo@example.com", None, "sms").verdict.allowed
    assert isinstance(town.ask("bo@example.com"), Offered)


def test_only_what_waits_on_that_channel_is_dropped(town: Town) -> None:
    said = token(town)
    mail, text = (town.invite("bo@example.com", channel, delay=60) for channel in ("email", "sms"))

    unsubscribe(town.services, said, "channel", "link")
    assert [town.row(id).state for id in (mail, text)] == ["suppressed", "planned"]

    unsubscribe(town.services, said, "all", "link")
    assert town.row(text).state == "suppressed"


def test_told_twice_it_holds_once(town: Town) -> None:
    said = token(town)

    for _ in range(2):
        unsubscribe(town.services, said, "all", "link")

    assert town.rows()["consent"] == 1


def test_a_visitor_says_no_in_the_frame(town: Town) -> None:
    made = town.offered("bo@example.com")
    assert not subscriber(town.services, made.token).stopped

    assert unsubscribe(town.services, made.token, "all", "widget").stopped
    town.clock.forward(minutes=3)
    assert town.ask("bo@example.com") == NotNow("consent")
    assert isinstance(town.ask("ann@example.com"), Offered)


def test_no_is_no_for_a_survey_that_was_offered_already(town: Town) -> None:
    made = town.offered("bo@example.com")
    unsubscribe(town.services, made.token, "all", "widget")

    with pytest.raises(Exception, match="consent"):
        show(town.services, made.token)
    assert town.touches() == []


def test_to_look_is_not_to_say_no(town: Town) -> None:
    said = token(town)
    before = town.rows()

    assert not subscriber(town.services, said).stopped
    assert town.rows() == before


@pytest.mark.parametrize("purpose", ["unsubscribe", "survey"])
def test_a_link_to_nobody_stops_nobody(purpose: str, town: Town) -> None:
    with pytest.raises(BadLink):
        unsubscribe(town.services, seal(town.services.secret, purpose, "nobody"), "all", "link")  # type: ignore[arg-type]
    assert town.rows()["consent"] == 0
