"""A mail comes back to the invitation that it was, however it comes, and to no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from channels.channel import Event, Outgoing
from channels.email.smtp_story import Taken, report
from server.core.links import seal_address
from server.flows.deliver import deliver
from server.flows.take_mail import take_mail
from server.flows.way_back import with_names, with_way_back
from server.services import Services
from tests.flows.conftest import Town

MAIL = Outgoing("inv-1", "email", "ann@example.com", "How?", headers={"List-Unsubscribe": "<https://ask.example/u/x>"})


@pytest.fixture
def back(make_services: Callable[..., Services]) -> Services:
    return make_services(MAIL_BOUNCE="bounces@ask.example", MAIL_REPLY="reply@ask.example")


def test_without_addresses_of_ours_a_mail_is_left_alone(services: Services) -> None:
    assert with_way_back(services, MAIL, "inv-1") == MAIL


def test_each_mail_has_addresses_of_its_own(back: Services) -> None:
    token = seal_address(back.secret, "inv-1")
    mail = with_way_back(back, MAIL, "inv-1")
    assert mail.return_path == f"bounces+{token}@ask.example"
    assert mail.reply_to == f"reply+{token}@ask.example"
    assert mail.headers["List-Unsubscribe"] == (
        f"<https://ask.example/u/x>, <mailto:reply+{token}@ask.example?subject=unsubscribe>"
    )


def test_answers_go_where_the_site_wants_them(back: Services) -> None:
    assert with_way_back(back, replace(MAIL, reply_to="help@shop.example"), "inv-1").reply_to == "help@shop.example"


def test_only_a_sealed_name_names_an_invitation(back: Services) -> None:
    address = f"reply+{seal_address(back.secret, 'inv-1')}@ask.example"
    forged = f"reply+{seal_address('x' * 40, 'inv-1')}@ask.example"
    events = [
        Event("reply", "", "", back=(forged, address)),
        Event("bounced", "", "", back=(forged,)),
        Event("bounced", "inv-9", "", back=()),
    ]
    assert [(event.kind, event.id) for event in with_names(back, events)] == [("reply", "inv-1")]


def bounce(town: Town, id: str, to: str) -> bytes:
    sender = f"bounces+{seal_address(town.services.secret, id)}@ask.example"
    return report(Taken(sender, (to,), b"Subject: x\r\n\r\n"))


@pytest.mark.both_databases
def test_a_bounce_ends_the_address_and_only_this_one(town: Town) -> None:
    one, other = town.invite("ann@example.com"), town.invite("bob@example.com")
    for id in (one, other):
        deliver(town.services, id)

    for _ in range(2):
        assert take_mail(town.services, bounce(town, one, "bounce@example.com")) == "taken"

    assert (town.row(one).state, town.row(other).state) == ("bounced", "accepted")
    assert "5.1.1" in (town.row(one).reason or "")
    assert town.rows()["suppression"] == 1


@pytest.mark.parametrize("to", ["later@example.com", "overfull@example.com"])
def test_a_full_mailbox_or_a_slow_one_is_no_end(town: Town, to: str) -> None:
    deliver(town.services, id := town.invite())
    assert take_mail(town.services, bounce(town, id, to)) == "taken"
    assert town.rows()["suppression"] == 0
    assert town.row(id).state == {"later@example.com": "accepted", "overfull@example.com": "failed"}[to]


def test_a_forged_bounce_ends_nothing(town: Town) -> None:
    deliver(town.services, id := town.invite())
    for sender in (
        f"bounces+{seal_address('x' * 40, id)}@ask.example",
        f"bounces+{id}@ask.example",
        "bounces@ask.example",
    ):
        take_mail(town.services, report(Taken(sender, ("bounce@example.com",), b"")))
    assert town.row(id).state == "accepted"
    assert town.rows()["suppression"] == 0


def test_who_writes_unsubscribe_is_not_asked_by_mail_again(town: Town) -> None:
    deliver(town.services, id := town.invite())
    address = f"reply+{seal_address(town.services.secret, id)}@ask.example"
    assert take_mail(town.services, f"From: x@example.com\nTo: {address}\nSubject: unsubscribe\n\n".encode()) == "taken"
    deliver(town.services, again := town.invite())
    assert town.row(again).state == "suppressed"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "no mail"),
        (b"\x00\x01nonsense", "no mail"),
        (b"From: eve@example.com\nTo: reply@ask.example\nSubject: hi\n\nBuy this!", "of nothing of ours"),
        (b"From: eve@example.com\nTo: reply@ask.example\nSubject: unsubscribe\n\n", "of nothing of ours"),
        (b"From: eve@example.com\nAuto-Submitted: auto-replied\n\nAway", "taken"),
    ],
)
def test_what_is_about_nothing_of_ours_changes_nothing(town: Town, raw: bytes, said: str) -> None:
    before = town.rows()
    assert take_mail(town.services, raw) == said
    assert town.rows() == before
