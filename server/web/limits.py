"""How much a stranger may ask of us. Real links and signed hooks are never counted."""

from __future__ import annotations

from flask import Flask, abort, current_app
from flask_limiter import Limiter
from limits import RateLimitItem, parse

from server.settings import Settings
from server.web.client import network

# The widget's limit lives in the process: a round trip to Redis would cost as much as the whole gate.
offers = Limiter(network, storage_uri="memory://", key_prefix="offers", strategy="fixed-window")

# Guesses are counted over all processes. With Redis away each process counts for itself: a limit that is
# several times too high still stops a guesser, and nobody honest meets it.
strangers = Limiter(network, key_prefix="askonce:strangers", strategy="fixed-window", in_memory_fallback_enabled=True)
PATIENCE = 0.1
"""Seconds for one count in Redis."""


def start(app: Flask, settings: Settings, patience: float) -> None:
    app.config["LIMIT_OFFERS"] = parse(settings.limit_offers)
    app.config["LIMIT_STRANGERS"] = settings.limit_strangers
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url.replace("unix://", "redis+unix://", 1)
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_timeout": patience, "socket_connect_timeout": patience}
    app.config["RATELIMIT_HEADERS_ENABLED"] = False
    offers.init_app(app)
    strangers.init_app(app)


def is_within(limit: RateLimitItem, who: str) -> bool:
    """One more offer for this network; False past its limit."""
    return bool(offers.limiter.hit(limit, "offers", who))


def count_offer() -> None:
    """One request of a widget or a web view from this network. Past the limit the answer is 429."""
    if not is_within(current_app.config["LIMIT_OFFERS"], network()):
        abort(429)


@strangers.shared_limit(lambda: str(current_app.config["LIMIT_STRANGERS"]), scope="guesses")
def count_guess() -> None:
    """One wrong key or token from this network. Past the limit the answer becomes 429: a guesser learns nothing
    more, while a real link or key from the same network still works."""
