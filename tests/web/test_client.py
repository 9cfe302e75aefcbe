"""Whom a request is counted against, whatever it says of itself."""

from __future__ import annotations

import pytest
from flask import Flask

from server.web.client import network


@pytest.mark.parametrize(
    ("hops", "peer", "said", "expected"),
    [
        (0, "192.0.2.1", [], "192.0.2.1"),
        (0, "192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        (0, "192.0.2.1", ["198.51.100.7, 203.0.113.9"], "192.0.2.1"),
        (1, "192.0.2.1", [], "192.0.2.1"),
        (1, "192.0.2.1", [""], "192.0.2.1"),
        (1, "192.0.2.1", [" , ,"], "192.0.2.1"),
        (1, "192.0.2.1", ["198.51.100.7"], "198.51.100.7"),
        (1, "192.0.2.1", ["6.6.6.6, 198.51.100.7"], "198.51.100.7"),
        (1, "192.0.2.1", ["6.6.6.6", "198.51.100.7"], "198.51.100.7"),
        (1, "192.0.2.1", ["6.6.6.6,, 198.51.100.7 ,"], "198.51.100.7"),
        (2, "192.0.2.1", ["6.6.6.6, 198.51.100.7, 10.0.0.1"], "198.51.100.7"),
        (2, "192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        (1, "192.0.2.1", ["198.51.100.7:4711"], "198.51.100.7"),
        (1, "192.0.2.1", ["[2001:db8::7]:4711"], "2001:db8::/64"),
        (1, "192.0.2.1", ["[2001:db8::7]"], "2001:db8::/64"),
        (1, "192.0.2.1", ["2001:db8::7"], "2001:db8::/64"),
        (1, "192.0.2.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        (1, "192.0.2.1", ["unknown"], "unknown"),
        (1, "192.0.2.1", ["_hidden"], "unknown"),
        (1, "192.0.2.1", ["1.2.3.4.5"], "unknown"),
        (1, "192.0.2.1", ["x" * 5000], "unknown"),
        (1, "192.0.2.1", ["\xff"], "unknown"),
        (0, "2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        (0, "2001:db8:1:2::1", [], "2001:db8:1:2::/64"),
        (0, "2001:db8:1:3::1", [], "2001:db8:1:3::/64"),
        (0, "fe80::1%eth0", [], "fe80::/64"),
        (0, "::1", [], "::/64"),
        (0, "::ffff:192.0.2.1", [], "192.0.2.1"),
        (0, "", [], "0.0.0.0"),
    ],
)
def test_a_request_counts_against_the_network_that_can_be_believed(
    hops: int, peer: str, said: list[str], expected: str
) -> None:
    app = Flask("x")
    app.config["TRUSTED_PROXY_HOPS"] = hops
    headers = [("X-Forwarded-For", value) for value in said]
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": peer}):
        assert network() == expected


@pytest.mark.parametrize("name", ["X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "Via"])
def test_no_other_header_is_read(name: str) -> None:
    app = Flask("x")
    app.config["TRUSTED_PROXY_HOPS"] = 1
    with app.test_request_context(headers={name: "6.6.6.6"}, environ_base={"REMOTE_ADDR": "192.0.2.1"}):
        assert network() == "192.0.2.1"
