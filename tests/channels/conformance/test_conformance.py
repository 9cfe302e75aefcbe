"""Every way out keeps the same promises, against its real other side or a strict stand-in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from channels import PROVIDERS, provider
from channels.channel import Accepted, BadSignature, Event, Provider, RawRequest, Rejected, Retry, Unknown
from channels.email.sendgrid import SendGrid
from channels.email.smtp import Smtp
from channels.outbox import Outbox
from channels.sms.twilio import TwilioSms

if TYPE_CHECKING:
    from tests.channels.conformance.conftest import World

HTTP = ["sendgrid", "twilio_sms"]
REMOTE = ["smtp", "smtps", *HTTP]
ALL = ["outbox-email", "outbox-sms", *REMOTE]
every = pytest.mark.parametrize("world", ALL, indirect=True)
remote = pytest.mark.parametrize("world", REMOTE, indirect=True)
http = pytest.mark.parametrize("world", HTTP, indirect=True)
SCOPES = [
    *(("smtp", scope) for scope in ("address", "account", "content")),
    *(("sendgrid", scope) for scope in ("address", "content")),
    *(("twilio_sms", scope) for scope in ("address", "optout", "account", "content")),
    ("outbox-email", "content"),
]


@every
def test_accepts_each_message_and_names_it(world: World) -> None:
    outcomes = world.provider.send([world.item, replace(world.item, id="inv-2")])
    assert all(isinstance(outcome, Accepted) and outcome.ref for outcome in outcomes)
    assert len(outcomes) == world.held() == 2


@every
def test_a_good_set_up_has_no_problem(world: World) -> None:
    assert world.provider.check() == []
    assert world.held() == 0


@every
def test_an_empty_batch_is_no_error(world: World) -> None:
    assert world.provider.send([]) == []


@pytest.mark.parametrize(("world", "scope"), SCOPES, indirect=["world"])
def test_a_refusal_says_who_must_act_and_spares_the_others(world: World, scope: str) -> None:
    before, refused, after = world.provider.send([world.item, world.refused[scope], world.item])
    assert isinstance(refused, Rejected)
    assert refused.scope == scope
    assert refused.reason
    assert isinstance(before, Accepted)
    assert isinstance(after, Accepted)
    assert world.held() == 2


@remote
def test_a_wrong_password_is_ours_to_mend(world: World) -> None:
    assert world.stranger is not None
    (outcome,) = world.stranger.send([world.item])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == "account"
    assert len(world.stranger.check()) == 1


@every
def test_what_cannot_be_reached_is_tried_later(world: World) -> None:
    assert world.unreachable is not None
    (outcome,) = world.unreachable.send([world.item])
    assert isinstance(outcome, Retry)
    assert outcome.after > timedelta(0)
    assert len(world.unreachable.check()) == 1


@remote
def test_throttled_is_tried_later(world: World) -> None:
    world.fail("later")
    (outcome,) = world.provider.send([world.item])
    assert isinstance(outcome, Retry)
    assert world.held() == 0


@http
def test_the_provider_may_say_how_much_later(world: World) -> None:
    world.fail("later")
    (outcome,) = world.provider.send([world.item])
    assert outcome == Retry(outcome.reason, timedelta(seconds=7))  # type: ignore[union-attr]


@remote
@pytest.mark.parametrize("fault", ["drop-after", "hang"])
def test_no_word_after_the_message_left_is_unknown(world: World, fault: str) -> None:
    world.fail(fault)
    (outcome,) = world.provider.send([world.item])
    assert isinstance(outcome, Unknown)
    assert world.held() == (0 if fault == "hang" and world.provider.name in HTTP else 1)


@http
@pytest.mark.parametrize("fault", ["reset", "garbage"])
def test_a_broken_answer_is_unknown(world: World, fault: str) -> None:
    world.fail(fault)
    (outcome,) = world.provider.send([world.item])
    assert isinstance(outcome, Unknown)


@http
def test_a_genuine_callback_becomes_events(world: World) -> None:
    assert world.callback is not None
    world.provider.verify(world.callback)
    first, again = world.provider.parse(world.callback), world.provider.parse(world.callback)
    assert first == again
    assert [event.kind for event in first] == ["delivered"]
    assert first[0].ref
    assert first[0].raw_id


@http
@pytest.mark.parametrize("change", ["body", "header", "no header", "odd header"])
def test_a_changed_callback_is_refused(world: World, change: str) -> None:
    assert world.callback is not None
    signed = world.callback
    forged = {
        "body": replace(signed, body=signed.body + b" "),
        "header": replace(signed, headers={**signed.headers, **_flipped(signed)}),
        "no header": replace(signed, headers={}),
        "odd header": replace(signed, headers=dict.fromkeys(signed.headers, "é")),
    }[change]
    with pytest.raises(BadSignature):
        world.provider.verify(forged)


def _flipped(request: RawRequest) -> dict[str, str]:
    return {name: value.swapcase() for name, value in request.headers.items() if "signature" in name}


@pytest.mark.parametrize("world", ["outbox-email", "smtp"], indirect=True)
def test_who_makes_no_callbacks_believes_none(world: World) -> None:
    with pytest.raises(BadSignature):
        world.provider.verify(RawRequest("https://ask.example.com/", {}, b""))
    assert world.provider.parse(RawRequest("https://ask.example.com/", {}, b"")) == []


@http
@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[1]", b"\xff\xfe", b"&".join([b"a=1"] * 999)])
def test_odd_callbacks_do_no_harm(world: World, body: bytes) -> None:
    events: list[Event] = world.provider.parse(RawRequest("https://ask.example.com/", {}, body))
    assert events == []


@pytest.mark.parametrize("world", ["outbox-email", "smtp", "sendgrid"], indirect=True)
def test_who_cannot_look_up_says_so(world: World) -> None:
    assert world.provider.find(world.item) is None


KEEPERS: list[type[Provider]] = [Outbox, Smtp, SendGrid, TwilioSms]  # the type checker reads this line


def test_every_name_in_the_registry_is_a_provider_of_its_kind() -> None:
    for kind, names in PROVIDERS.items():
        for name in names:
            made = provider(kind, name)
            assert made in KEEPERS
            assert made.name == name
            assert getattr(made, "kind", kind) == kind


@every
def test_the_account_is_named_and_tells_no_secret(world: World) -> None:
    said = world.provider.account
    assert said.startswith(world.provider.name)
    assert len(said) <= 40
    assert not any(secret in said for secret in ("SG.", "t0ken", "p@ss", "a" * 32))
    assert world.provider.per_second > 0
    assert world.provider.caps.batch_max >= 1
    if world.stranger and world.provider.name != "smtp":
        assert (world.stranger.account == said) == (world.provider.name == "twilio_sms")
