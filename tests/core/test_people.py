"""One person is met as one, however her address, number or name is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.people import (
    BadClaim,
    Claim,
    IdentifierKind,
    at_odds,
    claims_of,
    email,
    guess,
    line,
    may_be,
    phone,
    user,
    visitor,
)

VISITOR = "v_AbCdEfGhIjKlMnOp"


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("ann@example.com", "ann@example.com"),
        ("  Ann@Example.COM\n", "ann@example.com"),
        ("ann+tag@example.com", "ann+tag@example.com"),
        ("a.n.n@example.com", "a.n.n@example.com"),
        ("o'hara@example.ie", "o'hara@example.ie"),
        ("root@localhost", "root@localhost"),
        ("Ünal@bücher.example", "ünal@bücher.example"),
    ],
)
def test_an_address_has_one_form(raw: str, normal: str) -> None:
    assert email(raw) == normal


@pytest.mark.parametrize(
    "raw",
    [
        "", "ann", "@example.com", "ann@", "ann@@example.com", "a b@example.com", "ann@ex ample", "a..b@example.com",
        "ann@example.com,bo@example.com", "<ann@example.com>", "ann@example.com\nBcc: x@y", "ann\x00@example.com",
        "x" * 65 + "@example.com", "ann@" + "x" * 191, '"ann"@example.com', "ann\ud83d@example.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(raw: str) -> None:
    with pytest.raises(BadClaim):
        email(raw)


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("+14155552671", "+14155552671"),
        ("+1 (415) 555-2671", "+14155552671"),
        (" +44 20 7946 0958 ", "+442079460958"),
        ("+49 30/901820", "+4930901820"),
        ("tel:+14155552671", "+14155552671"),
    ],
)
def test_a_number_has_one_form(raw: str, normal: str) -> None:
    assert phone(raw) == normal


@pytest.mark.parametrize(
    "raw", ["", "4155552671", "0171 555 0100", "+1", "+999 123", "phone", "+1415555267100000", "+"]
)
def test_what_is_no_number_of_the_world_is_refused(raw: str) -> None:
    with pytest.raises(BadClaim):
        phone(raw)


@pytest.mark.parametrize("raw", ["1", "U-17", "Ann", "x" * 255, "ü 1"])
def test_a_user_id_stays_as_it_is(raw: str) -> None:
    assert user(raw) == raw


@pytest.mark.parametrize("raw", ["", "x" * 256, "a\x00b", "a\nb", "\ud83d"])
def test_what_is_no_user_id_is_refused(raw: str) -> None:
    with pytest.raises(BadClaim):
        user(raw)


@pytest.mark.parametrize(
    "raw", ["", "v_", VISITOR + "x", VISITOR[:-1], VISITOR + "\n", "u" + VISITOR[1:], " " + VISITOR]
)
def test_only_an_id_from_here_names_a_browser(raw: str) -> None:
    with pytest.raises(BadClaim):
        visitor(raw)


@pytest.mark.parametrize(
    ("said", "claims"),
    [
        ({}, ()),
        ({"email": None, "user": "", "phone": "  "}, ()),
        ({"visitor": VISITOR, "phone": "+14155552671"}, (Claim("phone", "+14155552671"), Claim("visitor", VISITOR))),
        ({"email": "A@b.c", "user": 17}, (Claim("user", "17"), Claim("email", "a@b.c"))),
        ({"email": "nonsense", "user": "u"}, (Claim("user", "u"),)),
        ({"user": "x" * 256, "email": "a@b.c"}, (Claim("email", "a@b.c"),)),
        ({"user": "   "}, ()),
        ({"user": True}, ()),
        ({"user": ["u"], "email": {"a": 1}, "phone": 1.5}, ()),
        ({"shoe": "42"}, ()),
    ],
)
def test_claims_are_what_can_be_understood_strongest_first(said: dict[str, Any], claims: tuple[Claim, ...]) -> None:
    assert claims_of(**said) == claims


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Ann@example.com", Claim("email", "ann@example.com")),
        ("+1 415 555 2671", Claim("phone", "+14155552671")),
        (VISITOR, Claim("visitor", VISITOR)),
        ("U-17", Claim("user", "U-17")),
        ("4155552671", Claim("user", "4155552671")),
    ],
)
def test_a_person_at_a_keyboard_is_understood(text: str, claim: Claim) -> None:
    assert guess(text) == claim


def test_a_claim_is_one_word_too() -> None:
    assert [claim.text for claim in claims_of(user=42, email="Ann@example.com")] == ["user/42", "email/ann@example.com"]


@pytest.mark.parametrize(
    ("read", "raw", "why"),
    [
        (email, "ann", "is invalid"),
        (phone, "4155552671", "must be in E.164 format, such as +14155552671"),
        (phone, "+1", "must be in E.164 format, such as +14155552671"),
        (phone, "+999 123", "must be in E.164 format, such as +14155552671"),
        (phone, "+1 415", "is not a possible phone number"),
        (user, "", "must have 1 to 255 printable characters"),
        (visitor, "ann", "is no visitor id of this server"),
    ],
)
def test_who_is_refused_is_told_why(read: Callable[[str], str], raw: str, why: str) -> None:
    with pytest.raises(BadClaim) as refused:
        read(raw)

    assert str(refused.value) == why


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("Ann Arbor", "Ann Arbor"), ("a\tb\r\nc\x00", "abc"), ("Zoë 🙂 王", "Zoë 🙂 王"), ("x" * 21, "x" * 20),
        ("a\ud800b\udabcc\udfff", "abc"), ("\ud7ff\ue000", "\ud7ff\ue000"), (None, ""), ("", ""), (42, "42"),
    ],
)  # fmt: skip
def test_a_name_becomes_one_line_that_every_database_takes(raw: Any, kept: str) -> None:
    assert line(raw, 20) == kept


Known = dict[IdentifierKind, list[str]]
Said = dict[IdentifierKind, str]


@pytest.mark.parametrize(
    ("known", "said", "by", "may"),
    [
        # By a browser: whoever is signed in is nobody else who is signed in.
        ({}, {}, "visitor", True),
        ({"user": ["42"]}, {}, "visitor", True),
        ({}, {"user": "42"}, "visitor", True),
        ({"user": ["42"]}, {"user": "42"}, "visitor", False),
        ({"email": ["a@x"]}, {"phone": "+1"}, "visitor", False),
        # By a name: unless what is stronger says otherwise.
        ({"email": ["a@x"], "user": ["42"]}, {"email": "a@x"}, "email", True),
        ({"email": ["a@x"]}, {"email": "a@x", "user": "42"}, "email", True),
        ({"email": ["a@x"], "user": ["42"]}, {"email": "a@x", "user": "42"}, "email", True),
        ({"email": ["a@x"], "user": ["42"]}, {"email": "a@x", "user": "43"}, "email", False),
        ({"user": ["42"], "email": ["a@x"]}, {"user": "42", "email": "b@x"}, "user", True),
        ({"phone": ["+1"], "email": ["a@x", "b@x"]}, {"phone": "+1", "email": "b@x"}, "phone", True),
        ({"phone": ["+1"], "email": ["a@x"]}, {"phone": "+1", "email": "b@x"}, "phone", False),
        ({"phone": ["+1"], "email": ["a@x"], "user": ["42"]}, {"email": "a@x", "user": "43"}, "phone", False),
    ],
)
def test_who_is_found_by_one_thing_is_meant_unless_something_stronger_says_otherwise(
    known: Known, said: Said, by: IdentifierKind, may: bool
) -> None:
    assert may_be(known, said, by) is may


@pytest.mark.parametrize(
    ("one", "other", "by", "kind"),
    [
        # A browser says nothing of somebody who is known already.
        ({"user": ["42"]}, {"email": ["a@x"]}, "visitor", "visitor"),
        ({"user": ["42"]}, {"phone": ["+1"]}, "visitor", "visitor"),
        ({"user": ["42"]}, {"visitor": ["v"]}, "visitor", None),
        # Who has a new address has a new address; two with a user id each are two.
        ({"user": ["42"], "email": ["b@x"]}, {"email": ["a@x"]}, "email", None),
        ({"user": ["42"]}, {"user": ["43"], "email": ["a@x"]}, "email", "user"),
        ({"email": ["b@x"]}, {"user": ["43"], "email": ["a@x"]}, "email", None),
        # Colleagues who share a telephone keep their own.
        ({"email": ["a@x"]}, {"phone": ["+1"], "email": ["b@x"]}, "phone", "email"),
        ({"email": ["a@x"], "user": ["42"]}, {"phone": ["+1"], "email": ["b@x"], "user": ["43"]}, "phone", "user"),
        ({"email": []}, {"phone": ["+1"], "email": ["b@x"]}, "phone", None),
    ],
)
def test_two_stay_two_when_each_has_something_stronger_of_her_own(
    one: Known, other: Known, by: IdentifierKind, kind: IdentifierKind | None
) -> None:
    assert at_odds(one, other, by) == kind


@given(st.text())
def test_a_normal_form_is_its_own_normal_form(raw: str) -> None:
    for claim in claims_of(email=raw, phone=raw, user=raw, visitor=raw):
        assert claims_of(**{claim.kind: claim.value}) == (claim,)
        assert claim.value.encode()
