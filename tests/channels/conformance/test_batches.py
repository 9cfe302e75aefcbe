"""Many messages at once: each gets its own outcome, and each good one leaves once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from channels.channel import Accepted, Rejected, Unknown
from tests.channels.conformance.test_conformance import ALL, HTTP

if TYPE_CHECKING:
    from tests.channels.conformance.conftest import World

every = pytest.mark.parametrize("world", ALL, indirect=True)
choosy = pytest.mark.parametrize("world", ["smtp", "smtp-fake", *HTTP], indirect=True)


@every
def test_as_many_as_it_says_go_in_one_call(world: World) -> None:
    many = world.provider.caps.batch_max
    items = [world.person(n) for n in range(many)]
    outcomes = world.provider.send(items)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert Counter(world.reached()) == Counter(item.to for item in items)


@choosy
@pytest.mark.parametrize("places", [{0}, {4}, {1, 2}, {0, 2, 4}, {0, 1, 2, 3, 4}], ids=str)
def test_the_bad_are_refused_and_spoil_nothing(world: World, places: set[int]) -> None:
    items = [world.refused["address"] if n in places else world.person(n) for n in range(5)]
    outcomes = world.provider.send(items)
    assert {n for n, outcome in enumerate(outcomes) if isinstance(outcome, Rejected)} == places
    assert {outcome.scope for outcome in outcomes if isinstance(outcome, Rejected)} == {"address"}
    assert Counter(world.reached()) == Counter(world.person(n).to for n in range(5) if n not in places)


@choosy
def test_refusals_of_every_kind_at_once(world: World) -> None:
    bad = [(scope, item) for scope, item in world.refused.items() if scope != "account"]
    items = [world.person(1), *(item for _, item in bad), world.person(2)]
    first, *middle, last = world.provider.send(items)
    assert (type(first), type(last)) == (Accepted, Accepted)
    assert [outcome.scope for outcome in middle if isinstance(outcome, Rejected)] == [scope for scope, _ in bad]
    assert Counter(world.reached()) == Counter([world.person(1).to, world.person(2).to])


@choosy
def test_taken_and_then_cut_off_is_unknown_and_leaves_once(world: World) -> None:
    world.fail("drop-after")
    outcomes = world.provider.send([world.person(n) for n in range(3)])
    reached = Counter(world.reached())
    assert isinstance(outcomes[0], Unknown)
    assert max(reached.values()) == 1
    for n, outcome in enumerate(outcomes):
        assert (reached[world.person(n).to] == 1) == isinstance(outcome, Accepted | Unknown)
