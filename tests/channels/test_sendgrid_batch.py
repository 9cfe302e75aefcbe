"""A thousand mails are one request, each with its person's own words; what is bad in it spoils nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.channel import Accepted, Letter, Outgoing, Rejected, Retry, Unknown
from channels.email import sendgrid
from channels.email.sendgrid import SendGrid
from channels.email.sendgrid_batch import BLANKS_MAX, groups, prepare, request, split
from channels.email.sendgrid_fake import SendGridFake
from channels.fake import Call, Reply
from tests.running import eventually

SENDER = "Ask <ask@example.com>"
LETTER = Letter("Hello -name-", "Dear -name-, tap -link-", "<p>Dear -name-</p><a href='-link-'>9</a>")


def mail(name: str, letter: Letter | None = LETTER, **more: str) -> Outgoing:
    link = f"https://ask.example.com/s/{name}"
    return Outgoing(
        id=f"inv-{name}",
        attempt=f"try-{name}",
        kind="email",
        to=more.get("to", f"{name}@example.com"),
        subject=f"Hello {name}",
        text=f"Dear {name}, tap {link}",
        html=f"<p>Dear {name}</p><a href='{link}'>9</a>",
        headers={"List-Unsubscribe": f"<https://ask.example.com/u/{name}>"},
        reply_to=f"Ask <reply+{name}@in.example.com>",
        letter=letter,
        blanks={"-name-": name, "-link-": link},
    )


def ids(fake: SendGridFake) -> list[str]:
    return [one["personalizations"][0]["custom_args"]["askonce_id"] for one in fake.messages]


class Counting(SendGridFake):
    """Remembers how many mails each request had; with `vague` its refusals name nobody."""

    vague = False

    def __init__(self, api_key: str) -> None:
        super().__init__(api_key)
        self.sizes: list[int] = []

    def answer(self, call: Call) -> Reply:
        if call.method == "POST":
            self.sizes.append(len(json.loads(call.body)["personalizations"]))
        reply = super().answer(call)
        if self.vague and reply.status == 400:
            return Reply(400, {"errors": [{"message": "Bad Request", "field": None, "help": None}]})
        return reply


@pytest.fixture
def fake() -> Iterator[Counting]:
    with Counting("SG.right") as running:
        yield running


@pytest.fixture
def client(fake: Counting) -> SendGrid:
    return SendGrid("SG.right", SENDER, fake.url, timeout=5)


def test_a_thousand_mails_are_one_request(fake: Counting, client: SendGrid) -> None:
    outcomes = client.send([mail(f"p{n}") for n in range(1000)])
    assert fake.sizes == [1000]
    assert set(outcomes) == {Accepted(fake.messages[0]["id"])}
    assert len(set(ids(fake))) == len(outcomes) == 1000


def test_each_person_gets_her_own_words_headers_and_names(fake: Counting, client: SendGrid) -> None:
    sent = [mail("ann"), mail("bob"), mail("cy")]
    client.send(sent)
    assert fake.sizes == [3]
    for item, got in zip(sent, fake.messages, strict=True):
        (person,) = got["personalizations"]
        assert got["subject"] == item.subject
        assert [part["value"] for part in got["content"]] == [item.text, item.html]
        assert person["headers"]["List-Unsubscribe"] == item.headers["List-Unsubscribe"]
        assert person["custom_args"] == {"askonce_id": item.id, "askonce_attempt": item.attempt}
        assert got["reply_to"] == {"name": "Ask", "email": item.reply_to[5:-1]}
        assert "asm" not in got
        assert not any(setting["enable"] for setting in got["tracking_settings"].values())


def test_each_sender_has_a_request_of_her_own(fake: Counting, client: SendGrid) -> None:
    client.send([mail("ann"), replace(mail("bob"), sender="Shop <shop@example.com>", reply_to="help@example.com")])
    assert fake.sizes == [1, 1]
    ask, shop = fake.messages
    assert (ask["from"], shop["from"]) == (
        {"email": "ask@example.com", "name": "Ask"},
        {"email": "shop@example.com", "name": "Shop"},
    )
    assert shop["reply_to"] == {"email": "help@example.com"}


def test_mails_of_different_letters_do_not_share_a_request(fake: Counting, client: SendGrid) -> None:
    german = Letter("Hallo -name-", "Liebe -name-, -link-")
    other = replace(
        mail("dora", german), subject="Hallo dora", text="Liebe dora, https://ask.example.com/s/dora", html=""
    )
    outcomes = client.send([mail("ann"), other, mail("bob")])
    assert sorted(fake.sizes) == [1, 2]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert [got["subject"] for got in fake.messages] == ["Hello ann", "Hello bob", "Hallo dora"]


@pytest.mark.parametrize(
    "odd",
    [
        {"blanks": {"-name-": "-link-", "-link-": "x"}},
        {"blanks": {"-name-": "somebody else", "-link-": "x"}},
        {"blanks": {"-name-": "ann"}},
        {"letter": Letter("", "-name-", "")},
        {"letter": Letter("Hello -name-", "Dear -name-, -name-x", ""), "blanks": {"-name-": "ann", "-name-x": "y"}},
    ],
)
def test_a_letter_that_would_not_give_this_very_mail_is_not_used(
    fake: Counting, client: SendGrid, odd: dict[str, object]
) -> None:
    item = replace(mail("ann"), **odd)  # type: ignore[arg-type]
    client.send([item])
    (got,) = fake.messages
    assert (got["subject"], got["content"][0]["value"]) == (item.subject, item.text)


def test_blanks_that_weigh_too_much_are_sent_filled(fake: Counting, client: SendGrid) -> None:
    name = "é" * (BLANKS_MAX // 2)
    long = replace(
        mail("ann"), subject=f"Hello {name}", text=f"Dear {name}, tap x", html=f"<p>Dear {name}</p><a href='x'>9</a>"
    )
    (outcome,) = client.send([replace(long, blanks={"-name-": name, "-link-": "x"})])
    assert isinstance(outcome, Accepted)
    assert fake.messages[0]["content"][0]["value"] == f"Dear {name}, tap x"


def test_one_address_twice_is_two_requests(fake: Counting, client: SendGrid) -> None:
    outcomes = client.send([mail("ann"), mail("bob"), mail("again", to="ANN@example.com")])
    assert sorted(fake.sizes) == [1, 2]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)


@pytest.mark.parametrize("vague", [False, True])
@pytest.mark.parametrize("bad", [{0}, {7}, {0, 1, 6}, set(range(8))], ids=str)
def test_of_a_refused_batch_only_the_bad_are_refused(
    fake: Counting, client: SendGrid, vague: bool, bad: set[int]
) -> None:
    fake.vague = vague
    items = [mail(f"p{n}", to="nobody@localhost" if n in bad else "") for n in range(8)]
    items = [replace(item, to=item.to or f"p{n}@example.com") for n, item in enumerate(items)]
    outcomes = client.send(items)
    assert {n for n, outcome in enumerate(outcomes) if isinstance(outcome, Rejected)} == bad
    assert {outcome.scope for outcome in outcomes if isinstance(outcome, Rejected)} <= (
        {"content"} if vague else {"address"}
    )
    assert Counter(ids(fake)) == Counter(f"inv-p{n}" for n in range(8) if n not in bad)


def test_a_refusal_that_names_its_persons_costs_few_requests(fake: Counting, client: SendGrid) -> None:
    items = [mail(f"p{n}", to="x@localhost" if n == 500 else f"p{n}@example.com") for n in range(1000)]
    outcomes = client.send(items)
    assert fake.sizes == [1000, 999, 1]
    assert [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, Accepted)] == [500]


def test_what_all_share_is_refused_at_once_and_not_a_thousand_times(fake: Counting) -> None:
    outcomes = SendGrid("SG.right", "ask@localhost", fake.url, timeout=5).send([mail(f"p{n}") for n in range(9)])
    assert {outcome.scope for outcome in outcomes if isinstance(outcome, Rejected)} == {"account"}
    assert fake.sizes == [9]


def test_too_large_is_parted(fake: Counting, client: SendGrid) -> None:
    fake.faults.extend([(413, {}), (413, {})])
    assert all(isinstance(outcome, Accepted) for outcome in client.send([mail(f"p{n}") for n in range(4)]))
    assert fake.sizes == [1, 1, 2]
    assert len(ids(fake)) == 4


@pytest.mark.parametrize("fault", ["drop-after", "reset-after", "hang-after", "garbage-after", "rubbish-after"])
def test_a_batch_whose_fate_is_unknown_is_unknown_for_all_and_not_sent_again(fake: Counting, fault: str) -> None:
    fake.faults.append(fault)
    outcomes = SendGrid("SG.right", SENDER, fake.url, timeout=2).send([mail(f"p{n}") for n in range(5)])
    assert all(isinstance(outcome, Unknown) for outcome in outcomes)
    assert eventually(lambda: len(ids(fake)) == 5)
    assert fake.sizes == [5]


def test_after_a_missing_answer_the_other_letters_wait(fake: Counting, client: SendGrid) -> None:
    fake.faults.append("drop")
    first, second = client.send([mail("ann"), replace(mail("bob", None), subject="Another")])
    assert isinstance(first, Unknown)
    assert isinstance(second, Retry)
    assert fake.sizes == []


@pytest.mark.parametrize(("status", "kind"), [(401, Rejected), (402, Rejected), (403, Rejected), (429, Retry)])
def test_what_holds_for_all_is_asked_once(fake: Counting, client: SendGrid, status: int, kind: type) -> None:
    fake.faults.append((status, {"Retry-After": "9"}))
    outcomes = client.send([mail("ann"), replace(mail("bob", None), subject="Another")])
    assert [type(outcome) for outcome in outcomes] == [kind, kind]
    assert fake.count == 0
    assert all(outcome.scope == "account" for outcome in outcomes if isinstance(outcome, Rejected))
    assert all(outcome.after == timedelta(seconds=9) for outcome in outcomes if isinstance(outcome, Retry))


def test_a_batch_has_an_end(fake: Counting, client: SendGrid, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.vague = True
    monkeypatch.setattr(sendgrid, "PATIENCE", -1.0)
    outcomes = client.send([mail("ann"), mail("bob")])
    assert all(isinstance(outcome, Retry) for outcome in outcomes)
    assert fake.sizes == []


names = st.integers(0, 30).map(lambda n: f"p{n}")
good = st.builds(mail, names, st.sampled_from([LETTER, None]))
bad = st.builds(lambda item: replace(item, to="x@localhost"), good)
unfit = st.builds(lambda item: replace(item, subject="a\nb"), good)
batches = st.lists(st.one_of(good, bad, unfit), max_size=25)


@pytest.fixture(scope="module")
def town() -> Iterator[Counting]:
    with Counting("SG.right") as running:
        yield running


@given(batch=batches, vague=st.booleans())
@settings(max_examples=60, deadline=None)
def test_whatever_is_in_a_batch_each_good_mail_leaves_once(town: Counting, batch: list[Outgoing], vague: bool) -> None:
    town.vague = vague
    before = len(town.messages)
    batch = [replace(item, id=f"{n}") for n, item in enumerate(batch)]
    outcomes = SendGrid("SG.right", SENDER, town.url, timeout=5).send(batch)
    fit = [not item.to.endswith("localhost") and "\n" not in item.subject for item in batch]
    assert [isinstance(outcome, Accepted) for outcome in outcomes] == fit
    assert sorted(ids(town)[before:]) == sorted(item.id for item, is_fit in zip(batch, fit, strict=True) if is_fit)


@given(batch=st.lists(good, max_size=40))
@settings(deadline=None)
def test_groups_hold_each_mail_once_and_no_address_twice(batch: list[Outgoing]) -> None:
    made = groups([prepare(n, item, SENDER) for n, item in enumerate(batch)])
    assert sorted(one.place for group in made for one in group) == list(range(len(batch)))
    for group in made:
        assert len({one.address for one in group}) == len(group)
        assert len({one.shared for one in group}) == 1
        assert len(request(group)["personalizations"]) == len(group)


@given(st.integers(2, 9), st.sets(st.integers(0, 12)))
def test_parts_are_smaller_and_lose_nobody(count: int, named: set[int]) -> None:
    mails = [prepare(n, mail(f"p{n}"), SENDER) for n in range(count)]
    made = list(split(mails, named))
    assert sorted(one.place for part in made for one in part) == list(range(count))
    assert all(0 < len(part) < count for part in made)
