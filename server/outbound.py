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
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as why:
        raise Unreachable(f"{host} has no address") from why
    for text in found:
        ip = ipaddress.ip_address(str(text).split("%")[0])
        inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
        if not ip.is_global or ip.is_multicast or (inner and not inner.is_global) or ip in _TRANSLATED:
            raise Refused(f"{host} is not on the public internet")
    return str(sorted(found, key=str)[0])


_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def call(method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
    """One request to `url` (https). The connection goes to the address that was checked, under the name that
    was asked for; redirects are answers like any other."""
    parts = urlsplit(url)
    port = parts.port or 443
    if parts.scheme != "https" or not parts.hostname or parts.username or port not in PORTS:
        raise Refused("give an https address without a user name, on port 443 or 8443")
    address = public_address(parts.hostname, port)
    connection = _Pinned(parts.hostname, port, address)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, dict(headers or {}))
        reply = connection.getresponse()
        return Reply(reply.status, reply.read(BODY_MAX))
    except (OSError, HTTPException) as why:
        raise Unreachable(f"{parts.hostname} did not answer: {type(why).__name__}") from why
    finally:
        connection.close()


class _Pinned(HTTPSConnection):
    """TLS to one checked address, with the certificate of the name."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
        self._address = address

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), TIMEOUT)
        self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host)
