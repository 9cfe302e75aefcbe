"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import current_app, request

# Some proxies add the client's port: 192.0.2.1:4711, [2001:db8::1]:4711.
_WITHOUT_PORT = re.compile(r"^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$")


def address() -> str:
    """The client's network address: the socket's peer, or what the trusted proxies say."""
    return address_in(request.environ, current_app.config["TRUSTED_PROXY_HOPS"])


def network() -> str:
    """The address, normalised: one IPv4 address, or the /64 that one IPv6 subscriber has to herself."""
    return normal(address())


def address_in(environ: Mapping[str, Any], hops: int) -> str:
    """As `address`, of a WSGI request behind so many proxies of ours.

    Each trusted proxy adds one entry at the right of X-Forwarded-For; what stands further left was written by the
    client and is worth nothing. No other header is read.
    """
    peer = str(environ.get("REMOTE_ADDR") or "0.0.0.0")  # noqa: S104  # nobody is bound to it
    if not hops:
        return peer
    said = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return said[-hops] if len(said) >= hops else peer


def region() -> str:
    """The address, no closer than its provider's neighbourhood: an IPv4 /24, an IPv6 /48. Told apart by it are
    visitors, not subscribers."""
    return _wide(address())


@lru_cache(maxsize=4096)
def _wide(address: str) -> str:
    known = normal(address)
    if known == "unknown":
        return known
    ip = ipaddress.ip_network(known).network_address
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


@lru_cache(maxsize=4096)
def normal(address: str) -> str:
    """One IPv4 address, or a /64; `unknown` for what is no address."""
    try:
        ip = ipaddress.ip_address(_WITHOUT_PORT.sub(r"\1\2", address).split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
