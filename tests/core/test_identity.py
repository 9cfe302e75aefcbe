"""Only what the site's own backend signed says who somebody is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from server.core.identity import LEEWAY, BadIdentity, identity_secret, read, sign
from server.core.people import Claim

NOW = datetime(2040, 2, 29, 12, 0, tzinfo=UTC)
SECRET = identity_secret("s" * 40, "pk_harbour")


def made(secret: str = SECRET, algorithm: str = "HS256", /, **facts: Any) -> str:
    return jwt.encode({"exp": NOW + timedelta(hours=1), **facts}, secret, algorithm=algorithm)


def test_every_signed_claim_comes_out_in_its_normal_form_strongest_first() -> None:
    who = read(
        SECRET, sign(SECRET, now=NOW, sub="u-1", email="Ann@Example.com", phone="+1 415 555 2671", name="Ann"), NOW
    )

    assert who.claims == (Claim("user", "u-1"), Claim("email", "ann@example.com"), Claim("phone", "+14155552671"))
    assert who.name == "Ann"


@pytest.mark.parametrize(
    ("said", "zone"), [("Europe/Berlin", "Europe/Berlin"), ("Mars/Olympus", ""), (7, ""), (None, "")]
)
def test_a_backend_may_say_where_she_lives(said: Any, zone: str) -> None:
    assert read(SECRET, made(sub="u-1", zoneinfo=said), NOW).zone == zone


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (made(sub="u-1", exp=NOW - LEEWAY - timedelta(seconds=1)), "run out"),
        (made("t" * 43, sub="u-1"), "ignature"),
        (made("", "none", sub="u-1"), "alg"),
        (made("s" * 64, "HS384", sub="u-1"), "alg"),
        (jwt.encode({"sub": "u-1"}, SECRET, algorithm="HS256"), "exp"),
        (made(sub="u-1", exp="soon"), "run out"),
        (made(sub="u-1", exp=None), "exp"),
        (made(), "nobody"),
        (made(sub="", email="not an address", phone="0171 555"), "nobody"),
        (made(sub={"id": 1}, email=["ann@example.com"]), "nobody"),
        (made(sub="u-1", nbf=NOW + timedelta(hours=1)), "not yet"),
        ("", "segments"),
        ("a.b.c", "adding|egment|nvalid"),
    ],
)
def test_a_token_that_proves_nothing_is_refused_with_its_reason(token: str, reason: str) -> None:
    with pytest.raises(BadIdentity, match=reason):
        read(SECRET, token, NOW)


@pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
def test_two_servers_clocks_may_differ_by_a_minute(claim: str) -> None:
    off = -LEEWAY if claim == "exp" else LEEWAY

    assert read(SECRET, made(**{"sub": "u-1", claim: NOW + off}), NOW).claims == (Claim("user", "u-1"),)


def test_a_token_is_judged_by_the_time_that_is_given() -> None:
    token = sign(SECRET, now=NOW, sub="u-1")

    assert read(SECRET, token, NOW + timedelta(minutes=60))
    with pytest.raises(BadIdentity):
        read(SECRET, token, NOW + timedelta(minutes=62))


def test_a_number_is_as_good_a_user_id_as_a_text() -> None:
    assert read(SECRET, made(sub=17), NOW).claims == (Claim("user", "17"),)


def test_a_name_that_no_database_takes_is_made_one_that_it_does() -> None:
    assert read(SECRET, made(sub="u-1", name="An\x00n \ud83d" + "n" * 300), NOW).name == "Ann " + "n" * 251


def test_each_site_signs_with_a_secret_of_its_own() -> None:
    assert identity_secret("s" * 40, "pk_other") != SECRET
    assert len(SECRET) == 43
