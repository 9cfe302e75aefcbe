"""What the other side tells later: believed when signed, the same when told again, harmless when odd."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from channels.call_back import call
from channels.channel import Accepted, BadSignature, RawRequest, Unknown
from tests.channels.conformance.test_conformance import ALL, HTTP

if TYPE_CHECKING:
    from channels.channel import Conversing
    from tests.channels.conformance.conftest import Door, World

every = pytest.mark.parametrize("world", ALL, indirect=True)
http = pytest.mark.parametrize("world", HTTP, indirect=True)
SILENT = [name for name in ALL if name not in HTTP]
ADDRESS = "https://ask.example.com/"


@http
@pytest.mark.parametrize("word", ["delivered", "bounced"])
def test_what_became_of_a_message_comes_back_over_the_wire(world: World, door: Door, word: str) -> None:
    (outcome,) = world.provider.send([world.item])
    assert isinstance(outcome, Accepted)
    assert world.tell
    world.tell(word)
    (event,) = door.events
    assert (event.kind, event.ref, event.attempt) == (word, outcome.ref, world.item.attempt)
    assert event.id in ("", world.item.id)
    assert event.raw_id
    assert door.refused == 0


@http
def test_a_callback_proves_what_was_unknown(world: World, door: Door) -> None:
    world.fail("reset-after")
    (outcome,) = world.provider.send([world.item])
    assert isinstance(outcome, Unknown)
    assert world.tell
    world.tell("delivered")
    assert [event.attempt for event in door.events] == [world.item.attempt]


@http
def test_told_again_it_is_the_same_event(world: World, door: Door) -> None:
    assert world.callback
    for _ in range(3):
        world.provider.verify(world.callback)
        door.events += world.provider.parse(world.callback)
    assert len(set(door.events)) == 1
    assert door.events[0].kind == "delivered"
    assert door.events[0].attempt == "try-1"


@http
@pytest.mark.parametrize("change", ["body", "header", "no header", "odd header", "time"])
def test_a_changed_callback_is_refused(world: World, change: str) -> None:
    assert world.callback
    signed = world.callback
    forged = {
        "body": replace(signed, body=signed.body + b" "),
        "header": replace(signed, headers={**signed.headers, **_flipped(signed)}),
        "no header": replace(signed, headers={}),
        "odd header": replace(signed, headers=dict.fromkeys(signed.headers, "é")),
        "time": replace(signed, url=signed.url + "&late=1", headers={k: v + "0" for k, v in signed.headers.items()}),
    }[change]
    with pytest.raises(BadSignature):
        world.provider.verify(forged)


def _flipped(request: RawRequest) -> dict[str, str]:
    return {name: value.swapcase() for name, value in request.headers.items() if "signature" in name}


@http
def test_a_forged_callback_counts_for_nothing_over_the_wire(world: World, door: Door) -> None:
    assert world.callback
    assert call(replace(world.callback, url=door.url, body=world.callback.body + b"&x=1")) == 204
    assert (door.events, door.refused) == ([], 1)


@http
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[1]",
        b"\xff\xfe",
        b"&".join([b"a=1"] * 999),
        b"[" * 100_000,
        b'[{"event": 7}, {"event": []}]',
    ],
    ids=range(8),
)
def test_odd_callbacks_do_no_harm(world: World, body: bytes) -> None:
    for headers in ({}, {"content-type": "multipart/form-data"}, {"content-type": "multipart/form-data; boundary=x"}):
        events = world.provider.parse(RawRequest(ADDRESS, headers, body))
        assert {event.kind for event in events} <= {"unknown"}


@pytest.mark.parametrize("world", SILENT, indirect=True)
def test_who_makes_no_callbacks_believes_none(world: World) -> None:
    assert not world.provider.caps.reports
    with pytest.raises(BadSignature):
        world.provider.verify(RawRequest(ADDRESS, {}, b""))
    assert world.provider.parse(RawRequest(ADDRESS, {}, b"")) == []


@http
def test_who_says_that_it_reports_does(world: World) -> None:
    assert world.provider.caps.reports
    assert world.tell


@every
def test_who_says_that_it_hands_over_what_people_write_does(world: World) -> None:
    assert world.provider.caps.inbound == (world.reply is not None)
    if world.reply:
        world.provider.verify(world.reply)
        (event,) = world.provider.parse(world.reply)
        assert (event.kind, event.text, event.id) == ("reply", "Lovely!", "")
        # What it is about says the address that it came to, or the number that it came from.
        by_address, by_number = (("reply+abcdefgh@in.example.com",), ""), ((), "+447700900123")
        assert (event.back, event.sender) in (by_address, by_number)


@every
def test_who_converses_answers_what_it_handed_over(world: World) -> None:
    provider = world.provider
    assert not provider.caps.converses or provider.caps.inbound
    if provider.caps.converses:
        talks = cast("Conversing", provider)
        said = [talks.respond(reply).body for reply in (None, world.item)]
        assert world.item.text.encode() not in said[0]
        assert world.item.text.encode() in said[1]
        assert talks.respond(None).content_type.startswith("text/xml")


@every
def test_a_look_up_proves_what_it_can_and_else_says_nothing(world: World) -> None:
    assert world.provider.find(world.item) is None
    world.fail("drop-after")
    world.provider.send([world.item])
    found = world.provider.find(world.item)
    assert isinstance(found, Accepted) == world.provider.caps.finds
    assert found is None or isinstance(found, Accepted)
    assert world.provider.find(replace(world.item, text="never sent")) is None
