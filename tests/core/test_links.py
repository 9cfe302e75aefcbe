"""A link opens what it was made for, and nothing that somebody changed or made up opens anything."""

from __future__ import annotations

import re
import string
from itertools import permutations
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.links import (
    ADDRESS_SEAL,
    BadLink,
    Purpose,
    fingerprint,
    hook_secret,
    hook_signature,
    new_id,
    purpose_key,
    same,
    seal,
    seal_address,
    seal_short,
    unseal,
    unseal_address,
    unseal_survey,
    unwrap,
    wrap,
)

SECRET = "s" * 40
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=8
)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_sealed_id_opens_for_its_purpose(purpose: Purpose) -> None:
    id = new_id()

    assert unseal(SECRET, purpose, seal(SECRET, purpose, id)) == id


@pytest.mark.parametrize(("made_for", "used_for"), [*permutations(PURPOSES, 2)])
def test_a_token_of_one_purpose_opens_nothing_of_another(made_for: Purpose, used_for: Purpose) -> None:
    token = seal(SECRET, made_for, new_id())

    with pytest.raises(BadLink):
        unseal(SECRET, used_for, token)


def test_any_changed_character_is_refused() -> None:
    token = seal(SECRET, "survey", new_id())
    changed = [token[:i] + c + token[i + 1 :] for i in range(len(token)) for c in LETTERS if c != token[i]]

    assert len(changed) == 36 * 63
    for other in changed:
        with pytest.raises(BadLink):
            unseal(SECRET, "survey", other)


def test_a_token_cut_short_or_made_longer_is_refused() -> None:
    token = seal(SECRET, "survey", new_id())

    for other in (
        [token[:n] for n in range(len(token))] + [token[n:] for n in range(1, 36)] + [token + "A", "A" + token]
    ):
        with pytest.raises(BadLink):
            unseal(SECRET, "survey", other)


@given(st.text())
def test_nothing_made_up_opens_anything(token: str) -> None:
    for open_it in (unseal, unwrap):
        with pytest.raises(BadLink):
            open_it(SECRET, "offer", token)


def test_another_servers_token_is_refused() -> None:
    with pytest.raises(BadLink):
        unseal("t" * 40, "survey", seal(SECRET, "survey", new_id()))


def test_a_token_is_short_enough_for_a_text_message() -> None:
    token = seal(SECRET, "survey", new_id())

    assert len(token) == 36
    assert set(token) <= set(LETTERS)


@given(st.dictionaries(st.text(), json_values))
def test_what_is_wrapped_comes_out_as_it_went_in(content: dict[str, object]) -> None:
    assert unwrap(SECRET, "offer", wrap(SECRET, "offer", content)) == content


@given(st.data())
def test_a_wrapped_token_with_a_changed_character_is_refused(data: st.DataObject) -> None:
    token = wrap(SECRET, "offer", {"t": "ticket", "s": 1})
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(LETTERS + ".").filter(lambda c: c != token[at]))

    with pytest.raises(BadLink):
        unwrap(SECRET, "offer", token[:at] + letter + token[at + 1 :])


def test_a_sealed_id_is_no_wrapped_content() -> None:
    with pytest.raises(BadLink):
        unwrap(SECRET, "offer", seal(SECRET, "offer", new_id()))


def test_what_a_key_is_about_cannot_run_over_into_its_neighbour() -> None:
    keys = [purpose_key(SECRET, "hook", *about) for about in (("ab",), ("a", "b"), ("b",), ())]

    assert len(set(keys)) == 4
    assert {len(key) for key in keys} == {32}


def test_a_hook_is_signed_as_standard_webhooks_says() -> None:
    # The example of the specification's own libraries (standard-webhooks, libraries/*/test).
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'

    signature = hook_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_source_has_a_secret_of_its_own() -> None:
    assert hook_secret(SECRET, "src_a") != hook_secret(SECRET, "src_b")
    assert hook_secret(SECRET, "src_a").startswith("whsec_")


def test_a_key_is_kept_as_a_fingerprint_only() -> None:
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.text(), st.text())
def test_same_is_equality(mine: str, theirs: str) -> None:
    assert same(mine, theirs) == (mine == theirs)


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_", min_size=1, max_size=24))
def test_an_address_names_an_id_in_whatever_letters_it_comes_back(id: str) -> None:
    token = seal_address(SECRET, id)
    assert re.fullmatch(r"[a-z2-7]+", token)
    for address in (f"bounces+{token}@ask.example", f"BOUNCES+{token.upper()}@ASK.EXAMPLE", f"a+b+{token}@x"):
        assert unseal_address(SECRET, address) == id
    assert len(seal_address(SECRET, new_id())) + 22 <= 64


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "+@",
        "bounces@x",
        "bounces+@x",
        "bounces+abc@x",
        f"bounces+{'a' * 42}@x",
        "bounces+é1@x",
        "+" * 50 + "@x",
    ],
)
def test_an_address_that_nobody_sealed_names_nothing(address: str) -> None:
    with pytest.raises(BadLink):
        unseal_address(SECRET, address)


def test_an_addresses_seal_is_good_for_no_other_id_and_no_other_secret() -> None:
    one, other = seal_address(SECRET, "one"), seal_address(SECRET, "two")
    for token in (one[:-ADDRESS_SEAL] + other[-ADDRESS_SEAL:], seal_address("x" * 40, "one"), one[:-1], one + "a"):
        with pytest.raises(BadLink):
            unseal_address(SECRET, f"bounces+{token}@ask.example")


def test_a_text_has_a_shorter_link_that_nobody_can_make_up() -> None:
    id = new_id()
    token = seal_short(SECRET, id)
    assert (len(token), unseal_survey(SECRET, token)) == (24, id)
    changed = [token[:i] + c + token[i + 1 :] for i in range(24) for c in LETTERS if c != token[i]]
    cut = [token[:n] for n in range(24)] + [token[n:] for n in range(1, 24)] + [token + "A"]
    for other in [*changed, *cut, seal_short("t" * 40, id), "ü" * 24, ""]:
        with pytest.raises(BadLink):
            unseal_survey(SECRET, other)


def test_the_links_of_other_messages_open_as_ever() -> None:
    id = new_id()
    assert unseal_survey(SECRET, seal(SECRET, "survey", id)) == id
    assert not seal(SECRET, "survey", id).startswith(seal_short(SECRET, id))
    for purpose in PURPOSES:
        if purpose != "survey":
            with pytest.raises(BadLink):
                unseal_survey(SECRET, seal(SECRET, purpose, id))
