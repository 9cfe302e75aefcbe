"""The body of a hook says who is to be asked; what is wrong with it is said for each field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.core.contact import Override
from server.flows.trigger import Invalid, read_body


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {"body"}),
        (b"\xff", {"body"}),
        (b"[]", {"body"}),
        (b"[" * 100_000, {"body"}),
        (b'{"person": {"email": "a@b.c"}, "properties": {"x": NaN}}', {"body"}),
        (b'{"person": {"email": "a@b.c"}, "properties": {"x": -Infinity}}', {"body"}),
        (b"{}", {"person"}),
        (b'{"person": "ann"}', {"person"}),
        (b'{"person": {"name": "Ann"}, "channel": "link"}', {"person"}),
        (b'{"person": {"email": "ann", "phone": "1"}}', {"person.email", "person.phone"}),
        (b'{"person": {"phone": "+14155552671"}, "channel": "email"}', {"person.email"}),
        (b'{"person": {"email": "a@b.c"}, "channel": "sms"}', {"person.phone"}),
        (b'{"person": {"email": "a@b.c"}, "channel": ["sms"], "properties": 5}', {"channel", "properties"}),
        (b'{"person": {"email": "a@b.c"}, "properties": {"x": "' + b"x" * 16_000 + b'"}}', {"properties"}),
        (b'{"person": {"visitor": "x"}}', {"person"}),
        (
            b'{"person": {"user_id": 7}, "interaction": "A call!", "delay": "1", "expires_after": 0}',
            {"interaction", "delay", "expires_after"},
        ),
        (
            b'{"person": {"user_id": 7}, "interaction": 5, "delay": -1, "expires_after": 2592001}',
            {"interaction", "delay", "expires_after"},
        ),
        (b'{"person": {"user_id": 7}, "override": "rest"}', {"override"}),
        (b'{"person": {"user_id": 7}, "override": {"rules": [], "because": "mended"}}', {"override.rules"}),
        (b'{"person": {"user_id": 7}, "override": {"rules": "rest", "because": "mended"}}', {"override.rules"}),
        (b'{"person": {"user_id": 7}, "override": {"rules": [["rest"]], "because": "x"}}', {"override.rules"}),
        (b'{"person": {"user_id": 7}, "override": {"rules": ["consent"], "because": "x"}}', {"override.rules"}),
        (b'{"person": {"user_id": 7}, "override": {"rules": ["load"], "because": "x"}}', {"override.rules"}),
        (b'{"person": {"user_id": 7}, "override": {"rules": ["rest"]}}', {"override.because"}),
        (b'{"person": {"user_id": 7}, "override": {"rules": ["rest"], "because": ["x"]}}', {"override.because"}),
        (b'{"person": {"user_id": 7}, "override": {"rules": ["rest"], "because": " \\n "}}', {"override.because"}),
        (b'{"person": {"user_id": 7}, "delay": true, "expires_after": 60.5}', {"delay", "expires_after"}),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:40],
)
def test_every_field_that_is_wrong_is_named(body: bytes, fields: set[str]) -> None:
    with pytest.raises(Invalid) as no:
        read_body(body)

    assert no.value.errors.keys() >= fields


def test_everything_is_read_in_its_normal_form() -> None:
    wanted: Any = read_body(
        b'{"event": "e", "person": {"email": " A@B.c", "user_id": 7, "name": "A"}, "survey": "nps",'
        b'"interaction": "call", "delay": 0, "expires_after": 90,'
        b'"override": {"rules": ["rest", "repeat"], "because": "it is mended"}}'
    )

    assert [(c.kind, c.value) for c in wanted.claims] == [("user", "7"), ("email", "a@b.c")]
    assert (wanted.event, wanted.survey, wanted.name, wanted.channel) == ("e", "nps", "A", "")
    about = wanted.occasion
    assert (about.properties, about.interaction) == ({"event": "e"}, "call")
    assert (about.delay, about.expires_after) == (timedelta(0), timedelta(seconds=90))
    assert about.override == Override(frozenset({"rest", "repeat"}), "it is mended")
