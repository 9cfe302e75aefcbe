"""Every way out keeps the same promises, against its real other side or a strict stand-in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from channels import PROVIDERS, provider
from channels.channel import Accepted, Provider, Rejected, Retry, Unknown
from channels.email.sendgrid import SendGrid
from channels.email.smtp import Smtp
from channels.outbox import Outbox
from channels.sms.twilio import TwilioSms
from channels.voice.twilio import TwilioVoice
from tests.running import eventually

if TYPE_CHECKING:
    from tests.channels.conformance.conftest import World

HTTP = ["sendgrid", "twilio_sms", "twilio_voice"]
REMOTE = ["smtp", "smtps", "smtp-fake", *HTTP]
ALL = ["outbox-email", "outbox-sms", "outbox-phone", *REMOTE]
every = pytest.mark.parametrize("world", ALL, indirect=True)
remote = pytest.mark.parametrize("world", REMOTE, indirect=True)
fakes = pytest.mark.parametrize("world", ["smtp-fake", *HTTP], indirect=True)
http = pytest.mark.parametrize("world", HTTP, indirect=True)
SCOPES = [
    *(("smtp", scope) for scope in ("address", "account", "content")),
    *(("smtp-fake", scope) for scope in ("address", "account", "content")),
    *(("sendgrid", scope) for scope in ("address", "content")),
    *(("twilio_sms", scope) for scope in ("address", "optout", "account", "content")),
    *(("twilio_voice", scope) for scope in ("address", "account")),
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
    assert outcome == Retry(outcome.reason, timedelta(seconds=7), "account")  # type: ignore[union-attr]


@remote
def test_no_word_after_the_message_was_taken_is_unknown(world: World) -> None:
    world.fail("drop-after")
    (outcome,) = world.provider.send([world.item])
    assert isinstance(outcome, Unknown)
    assert world.held() == 1


@fakes
@pytest.mark.parametrize("word", ["hang", "reset", "garbage", "rubbish"])
@pytest.mark.parametrize("after", ["", "-after"])
def test_a_broken_answer_is_unknown_whether_the_message_was_taken_or_not(world: World, word: str, after: str) -> None:
    assert world.hasty
    world.fail(word + after)
    (outcome,) = (world.hasty if word == "hang" else world.provider).send([world.item])
    assert isinstance(outcome, Unknown)
    assert outcome.detail
    assert eventually(lambda: world.held() == (1 if after else 0))


KEEPERS: list[type[Provider]] = [Outbox, Smtp, SendGrid, TwilioSms, TwilioVoice]  # the type checker reads this line


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
        assert (world.stranger.account == said) == (world.provider.name in ("twilio_sms", "twilio_voice"))
