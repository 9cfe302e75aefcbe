"""The one way out: public hosts over TLS, and nothing that only looks like one."""

from __future__ import annotations

import pytest

from server.outbound import Refused, call, public_address

_TABLE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.1.2.3 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.1 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
127.1 127.0.1 2130706433 017700000001 0x7f000001 0x7f.0.0.1 0177.0.0.1 0x7f.1 0 3232235521 2852039166
[::] [::1] [::7f00:1] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:169.254.169.254]
[::ffff:8.8.8.8] [64:ff9b::7f00:1] [64:ff9b::808:808] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:808:808::1]
[2001::1] [2001:db8::1] [2001:10::1] [3fff::1] [100::1] [5f00::1] [fc00::1] [fd12:3456::1] [fd00:ec2::254]
[fe80::1] [fe80::1%lo] [fec0::1] [ff02::1] [ff0e::1] [4000::1]
127.0.0.1:8443 [::1]:8443 localhost:8443
localhost LOCALHOST localhost. a.localhost printer.local PRINTER.LOCAL. metadata.google.internal db.internal
router.lan router.home.arpa
"""
PRIVATE = _TABLE.split()

NO_ADDRESS = [
    "http://8.8.8.8/",
    "ftp://8.8.8.8/",
    "file:///etc/passwd",
    "gopher://8.8.8.8/",
    "//8.8.8.8/",
    "8.8.8.8",
    "",
    "https://",
    "https:///path",
    "https://user@8.8.8.8/",
    "https://user:pass@8.8.8.8/",
    "https://:pass@8.8.8.8/",
    "https://@8.8.8.8/",
    "https://8.8.8.8@127.0.0.1/",
    "https://8.8.8.8:80/",
    "https://8.8.8.8:22/",
    "https://8.8.8.8:6379/",
    "https://8.8.8.8:99999/",
    "https://8.8.8.8:-1/",
    "https://8.8.8.8:https/",
    "https://[8.8.8.8",
    "https://[::1",
    "https://8.8.8.8/a b",
    "https://8.8.8.8/a\r\nHost: evil",
    "https://8.8.8.8/\x00",
    "https://8.8.8.8/ü",
    "https://ex\u00e4mple.com/",
    "https://8.8.8.8\\@127.0.0.1/",
    "https://１２７.０.０.１/",
]


def test_the_table_is_long_enough() -> None:
    assert len(PRIVATE) >= 60
    assert len(set(PRIVATE)) == len(PRIVATE)


@pytest.mark.parametrize("host", PRIVATE)
def test_what_is_not_on_the_public_internet_is_refused(host: str) -> None:
    with pytest.raises(Refused, match=r"public internet|name of this network"):
        call("POST", f"https://{host}/hook", b"{}")


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_plain_https_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        call("GET", url)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "2606:4700:4700::1111"]
)
def test_a_public_address_may_be_called(host: str) -> None:
    assert public_address(host, 443) == host
