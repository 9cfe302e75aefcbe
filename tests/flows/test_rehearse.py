"""A policy is tried on what really happened, and changed only when somebody says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.people import Claim
from server.core.policy import BadPolicy
from server.core.policy_document import policy_from
from server.flows.decide import decide, decisions, read_policy
from server.flows.invite import Wish, invite
from server.flows.rehearse import rehearse
from server.gate.words import tale_as_json, tale_lines
from server.services import Services
from server.store.tables import Site
from tests.parts import Clock, Waiting

pytestmark = pytest.mark.both_databases


def ask(services: Services, site: Site, queue: Waiting, email: str) -> None:
    invite(services, site.id, Wish((Claim("email", email),), "", "email", timedelta(0), True, {}, None))
    queue.carry_out(services)


@pytest.fixture
def past(services: Services, site: Site, queue: Waiting, clock: Clock) -> None:
    """Ann was asked twice and held once, Bo asked once."""
    ask(services, site, queue, "ann@example.com")
    clock.forward(days=10)
    ask(services, site, queue, "ann@example.com")
    ask(services, site, queue, "bo@example.com")
    clock.forward(days=21)
    ask(services, site, queue, "ann@example.com")


@pytest.mark.usefixtures("past")
def test_the_same_policy_tells_what_happened(services: Services, site: Site) -> None:
    tale = rehearse(services, site.id, policy_from({}), 90)
    assert (tale.people, tale.chances) == (2, 4)
    assert tale.was_asked == tale.would_be_asked == {"email": 3}
    assert tale.was_held == tale.would_be_held == {("email", "rest"): 1}


@pytest.mark.usefixtures("past")
def test_another_policy_stands_beside_it_and_changes_nothing(services: Services, site: Site) -> None:
    tale = rehearse(services, site.id, policy_from({"rest_days": 7}), 90)
    assert tale_as_json(tale) == {
        "people": 2,
        "chances": 4,
        "happened": {"asked": {"email": 3}, "held": {"email": {"rest": 1}}},
        "would": {"asked": {"email": 4}, "held": {}},
    }
    assert tale_lines(tale, 90)[-1].split() == ["asked", "in", "all", "3", "4", "+1"]
    assert decisions(services, site.id) == []


@pytest.mark.usefixtures("past")
def test_only_the_days_asked_for_are_told_and_what_came_before_still_counts(services: Services, site: Site) -> None:
    tale = rehearse(services, site.id, policy_from({"rest_days": 60}), 5)
    assert (tale.was_asked["email"], tale.would_be_held) == (1, {("email", "rest"): 1})


def test_a_policy_is_in_force_from_the_moment_it_is_decided(
    services: Services, site: Site, queue: Waiting, clock: Clock
) -> None:
    ask(services, site, queue, "ann@example.com")
    clock.forward(days=8)
    assert decide(services, site.id, {"rest_days": 7}, "ann") == 1
    ask(services, site, queue, "ann@example.com")
    assert rehearse(services, site.id, policy_from({}), 90).was_asked == {"email": 2}


def test_every_version_is_kept_with_who_made_it(services: Services, site: Site) -> None:
    decide(services, site.id, {"rest_days": 7}, "ann")
    decide(services, site.id, {}, "bo")
    assert [(v.number, v.made_by, v.document) for v in decisions(services, site.id)] == [
        (2, "bo", {}),
        (1, "ann", {"rest_days": 7}),
    ]


def test_a_policy_that_makes_no_sense_changes_nothing_and_says_everything(services: Services, site: Site) -> None:
    with pytest.raises(BadPolicy) as why:
        read_policy(services, site.id, {"rest_days": -1, "surveys": {"gone": {"repeat": "daily"}}})
    assert len(why.value.complaints) == 3
    with pytest.raises(BadPolicy):
        decide(services, site.id, {"rest": 3}, "ann")
    assert decisions(services, site.id) == []
