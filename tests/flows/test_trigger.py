"""A support system tells that something was done: once, signed, now, and in words that can be understood."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.links import hook_signature
from server.flows.set_up import create_source, source_secret
from server.flows.trigger import BadHook, Hook, Invalid, OtherBody, trigger
from server.store.tables import Source
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

ANN = {"email": "ann@example.com", "name": "Ann"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def source(town: Town) -> Source:
    return create_source(town.services, town.site.id, "Desk")


def hook(town: Town, source: Source, body: dict[str, Any] | bytes, id: str = "msg_1", late: int = 0) -> Hook:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    timestamp = str(int(town.clock().timestamp()) - late)
    return Hook(id, timestamp, hook_signature(source_secret(town.services, source), id, timestamp, raw), raw)


def test_a_trigger_plans_an_invitation_and_hands_it_over(town: Town, source: Source) -> None:
    reply = trigger(town.services, source.key, hook(town, source, {"event": "solved", "person": ANN}))

    assert reply["verdict"]["allowed"] is True
    assert town.queue.ids == [reply["invitation"]]
    row = town.row(reply["invitation"])
    assert (row.channel, row.address, row.properties) == ("email", "ann@example.com", {"event": "solved"})
    town.queue.carry_out(town.services)
    assert [m.to for m in town.post.sent] == ["ann@example.com"]


@pytest.mark.parametrize(
    ("person", "channel"),
    [
        ({"email": "a@b.c"}, "email"),
        ({"phone": "+14155552671"}, "sms"),
        ({"email": "a@b.c", "phone": "+14155552671"}, "email"),
    ],
)
def test_the_channel_follows_from_what_is_known(
    person: dict[str, str], channel: str, town: Town, source: Source
) -> None:
    reply = trigger(town.services, source.key, hook(town, source, {"person": person}))

    assert town.row(reply["invitation"]).channel == channel


MINUTES: dict[str, tuple[int, int]] = {"call": (5, 60), "chat": (0, 24 * 60), "email": (0, 24 * 60), "visit": (0, 90)}
"""How soon and how long she is asked about each, by the survey below."""


@pytest.mark.parametrize("interaction", MINUTES)
def test_how_soon_and_how_late_she_is_asked_depends_on_what_about(interaction: str, town: Town, source: Source) -> None:
    town.write(delay_minutes={"call": 5}, expires_after_hours={"visit": 1.5})
    told = {"person": ANN, "interaction": interaction}

    row = town.row(trigger(town.services, source.key, hook(town, source, told))["invitation"])

    due, expires = (timedelta(minutes=n) for n in MINUTES[interaction])
    assert (row.due_at, row.expires_at) == (town.clock() + due, town.clock() + due + expires)
    assert row.state == ("planned" if due else "queued")
    assert row.properties == {"event": "", "interaction": interaction}


def test_what_the_hook_says_of_its_own_time_is_heeded(town: Town, source: Source) -> None:
    town.write(delay_minutes=30)
    told = {"person": ANN, "interaction": "call", "delay": 60, "expires_after": 120}

    row = town.row(trigger(town.services, source.key, hook(town, source, told))["invitation"])

    assert (row.due_at, row.expires_at) == (town.clock() + MINUTE, town.clock() + 3 * MINUTE)
    program = town.invite("bo@example.com", delay=60)
    assert town.row(program).due_at == town.clock() + MINUTE


def test_she_is_asked_on_the_first_of_the_survey_s_channels_that_can_reach_her(town: Town, source: Source) -> None:
    town.write(channels=["sms", "email"])
    both = {"email": "bo@example.com", "phone": "+14155552672"}
    hooks: list[tuple[dict[str, Any], str]] = [
        ({"person": both}, "sms"),
        ({"person": both, "channel": "email"}, "email"),
        ({"person": {"email": "cy@example.com"}}, "email"),
        ({"person": {"email": "bo@example.com"}, "channel": "link"}, "link"),
    ]
    for n, (told, channel) in enumerate(hooks):
        reply = trigger(town.services, source.key, hook(town, source, told, f"m{n}"))
        assert town.row(reply["invitation"]).channel == channel
    with pytest.raises(Invalid, match="has no address for sms"):
        trigger(town.services, source.key, hook(town, source, {"person": {"user_id": "7"}}, "m9"))


def test_told_fifty_times_at_once_it_is_one_trigger_with_one_reply(town: Town, source: Source) -> None:
    told = hook(town, source, {"event": "solved", "person": ANN})

    with ThreadPoolExecutor(50) as crowd:
        replies = list(crowd.map(lambda _: trigger(town.services, source.key, told), range(50)))

    assert all(reply == replies[0] for reply in replies)
    assert town.ids() == [replies[0]["invitation"]] == town.queue.ids
    assert town.rows()["trigger"] == 1


def test_told_later_with_a_new_signature_it_gets_the_first_reply(town: Town, source: Source) -> None:
    first = trigger(town.services, source.key, hook(town, source, {"person": ANN}))
    town.clock.forward(days=2)

    assert trigger(town.services, source.key, hook(town, source, {"person": ANN})) == first
    assert len(town.ids()) == 1


def test_the_same_id_with_another_body_is_refused(town: Town, source: Source) -> None:
    trigger(town.services, source.key, hook(town, source, {"person": ANN}))
    before = town.rows()

    with pytest.raises(OtherBody):
        trigger(town.services, source.key, hook(town, source, {"person": {"email": "bo@example.com"}}))
    assert town.rows() == before


def test_a_hook_with_anything_changed_is_refused_and_leaves_nothing(town: Town, source: Source) -> None:
    before, good = town.rows(), hook(town, source, {"person": ANN})
    bad = [
        replace(good, signatures=""),
        replace(good, signatures="v1,AAAA"),
        replace(good, signatures="v1,\xff"),
        replace(good, signatures=good.signatures.removeprefix("v1,")),
        replace(good, body=good.body.replace(b"ann@", b"bob@")),
        replace(good, id="msg_2"),
        replace(good, id=""),
        replace(good, timestamp="0"),
        replace(good, timestamp="soon"),
        replace(good, timestamp="²"),
    ]

    for told in bad:
        with pytest.raises(BadHook):
            trigger(town.services, source.key, told)
    assert town.rows() == before


def test_another_sources_signature_and_an_unknown_source_are_refused(town: Town, source: Source) -> None:
    other = create_source(town.services, town.site.id, "Other")

    for key in (other.key, "src_nobody"):
        with pytest.raises(BadHook):
            trigger(town.services, key, hook(town, source, {"person": ANN}))


def test_a_hook_is_good_for_five_minutes_around_its_time(town: Town, source: Source) -> None:
    for late in (301, -301):
        with pytest.raises(BadHook, match="300 s"):
            trigger(town.services, source.key, hook(town, source, {"person": ANN}, late=late))
    assert town.rows()["trigger"] == town.rows()["invitation"] == 0

    for late in (300, 0, -300):
        trigger(town.services, source.key, hook(town, source, {"person": ANN}, id=f"msg_{late}", late=late))
    assert town.rows()["trigger"] == town.rows()["invitation"] == 3


def test_one_of_several_signatures_is_enough(town: Town, source: Source) -> None:
    told = hook(town, source, {"person": ANN})

    assert trigger(town.services, source.key, replace(told, signatures=f"v1,AAAA v1a,x {told.signatures}"))


def test_a_link_is_handed_out_once_and_is_a_touch(town: Town, source: Source) -> None:
    body = {"person": ANN, "channel": "link"}
    first = trigger(town.services, source.key, hook(town, source, body))
    second = trigger(town.services, source.key, hook(town, source, body, id="msg_2"))

    assert "/s/" in first["link"]
    assert (second["link"], second["verdict"]["held_by"]) == (None, "rest")
    assert [t.ticket for t in town.touches()] == [first["invitation"]]
    assert (town.row(second["invitation"]).state, town.queue.ids) == ("held", [])


def test_what_cannot_be_planned_leaves_nothing(town: Town, source: Source) -> None:
    before = town.rows()
    no_address: dict[str, Any] = {"person": {"user_id": "u9"}, "channel": "email"}

    for field, said in (("survey", {"survey": "unknown", "person": ANN}), ("person", no_address)):
        with pytest.raises(Invalid, match=field):
            trigger(town.services, source.key, hook(town, source, said))
    assert town.rows() == before


def test_a_text_that_no_database_takes_is_stored_without_what_it_cannot_hold(town: Town, source: Source) -> None:
    said = {"event": "a\x00b", "person": {**ANN, "name": "\ud83d"}, "properties": {"k\x00": "\ud83d"}}

    reply = trigger(town.services, source.key, hook(town, source, said))

    assert town.row(reply["invitation"]).properties["event"] == "ab"
    with pytest.raises(Invalid, match="survey"):
        trigger(town.services, source.key, hook(town, source, {"person": ANN, "survey": "a\x00²"}, id="msg_2"))
