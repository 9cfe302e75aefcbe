"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

import ipaddress
import re

from flask import current_app, request

# Some proxies add the client's port: 192.0.2.1:4711, [2001:db8::1]:4711.
_WITHOUT_PORT = re.compile(r"^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$")


def address() -> str:
    """The client's network address: the socket's peer, or what the trusted proxies say.

    Each trusted proxy adds one entry at the right of X-Forwarded-For; what stands further left was written by the
    client and is worth nothing. No other header is read.
    """
    hops: int = current_app.config["TRUSTED_PROXY_HOPS"]
    peer = request.remote_addr or "0.0.0.0"  # noqa: S104, TID251  # this is the one room that knows
    if not hops:
        return peer
    said = [part.strip() for part in ",".join(request.headers.getlist("X-Forwarded-For")).split(",") if part.strip()]
    return said[-hops] if len(said) >= hops else peer


def network() -> str:
    """The address, normalised: one IPv4 address, or the /64 that one IPv6 subscriber has to herself."""
    try:
        ip = ipaddress.ip_address(_WITHOUT_PORT.sub(r"\1\2", address()).split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
