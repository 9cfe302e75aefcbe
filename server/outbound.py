"""The one way out to addresses that people type in: public hosts only, pinned, bounded, no redirects."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection  # noqa: TID251  # this is the one way out
from urllib.parse import urlsplit

TIMEOUT = 10.0
BODY_MAX = 64 * 1024
PORTS = {443, 8443}


class Refused(Exception):
    """Never: this address may not be called from here. The message says why."""


class Unreachable(Exception):
    """Later: nobody answered, or not in time."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    """At most BODY_MAX bytes; more is cut off."""


def public_address(host: str, port: int) -> str:
    """The IP to connect to. Every address that `host` has must be public: one private one refuses them all,
    since a name with both is how a guarded check is walked round."""
    if f".{host.lower().rstrip('.')}".endswith(tuple(f".{name}" for name in _HERE)):
        raise Refused(f"{host} is a name of this network")
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as why:
        raise Unreachable(f"{host} has no address") from why
    for text in found:
        if not _is_public(ipaddress.ip_address(str(text).split("%")[0])):
            raise Refused(f"{host} is not on the public internet")
    return str(sorted(found, key=str)[0])


_HERE = ("localhost", "local", "internal", "lan", "home.arpa")
"""Endings of names that mean another machine in each network."""

_WORLD = ipaddress.ip_network("2000::/3")
"""What IPv6 calls global unicast. All else is ours, or an IPv4 address in disguise."""

_DISGUISED = [ipaddress.ip_network(n) for n in ("2002::/16", "192.88.99.0/24", "192.0.0.0/24", "3fff::/20")]
"""6to4 and its relays, protocol assignments, documentation: ways around, or nowhere."""


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if ip.version == 6 and ip not in _WORLD:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _DISGUISED)


def call(method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
    """One request to `url` (https). The connection goes to the address that was checked, under the name that
    was asked for; redirects are answers like any other."""
    host, port, target = _read(url)
    address = public_address(host, port)
    connection = _Pinned(host, port, address)
    try:
        connection.request(method, target, body, dict(headers or {}))
        reply = connection.getresponse()
        return Reply(reply.status, reply.read(BODY_MAX))
    except (OSError, HTTPException) as why:
        raise Unreachable(f"{host} did not answer: {type(why).__name__}") from why
    finally:
        connection.close()


def _read(url: str) -> tuple[str, int, str]:
    """Host, port and what to ask for. Raises Refused."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as why:
        raise Refused(f"this is no web address: {why}") from why
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or port not in PORTS:
        raise Refused("give an https address without a user name, on port 443 or 8443")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise Refused("write spaces and letters beyond ASCII as browsers do: percent-encoded")
    return parts.hostname, port, target


class _Pinned(HTTPSConnection):
    """TLS to one checked address, with the certificate of the name."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
        self._address = address

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), TIMEOUT)
        self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host)
