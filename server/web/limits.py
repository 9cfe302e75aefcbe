"""How much a stranger may ask of us. Real links and signed hooks are never counted."""

from __future__ import annotations

from threading import Lock
from time import monotonic

from flask import Flask, abort, current_app, g
from flask_limiter import Limiter
from limits import RateLimitItem, parse

from server.settings import Settings
from server.web.client import network

# Guesses are counted over all processes. With Redis away each process counts for itself: a limit that is
# several times too high still stops a guesser, and nobody honest meets it.
strangers = Limiter(network, key_prefix="askonce:strangers", strategy="fixed-window", in_memory_fallback_enabled=True)
PATIENCE = 0.1
"""Seconds for one count in Redis."""


NETWORKS = 100_000
"""Counted each by itself in one span of a limit; the others share one count."""


class Offers:
    """How many offers each network asks for in this process: a round trip to Redis would cost as much as the whole
    gate, and the library's own memory starts a thread a hundred times a second."""

    def __init__(self, limit: RateLimitItem) -> None:
        self._most, self._span = limit.amount, limit.get_expiry()
        self._began, self._counts = 0.0, dict[str, int]()
        self._lock = Lock()

    def take(self, network: str) -> bool:
        """One more offer for `network`; False past the limit."""
        with self._lock:
            if (now := monotonic()) - self._began >= self._span:
                self._began, self._counts = now, {}
            if network not in self._counts and len(self._counts) >= NETWORKS:
                network = ""
            self._counts[network] = so_far = self._counts.get(network, 0) + 1
        return so_far <= self._most


def start(app: Flask, settings: Settings, patience: float) -> None:
    app.extensions["askonce.offers"] = Offers(parse(settings.limit_offers))
    app.config["LIMIT_STRANGERS"] = settings.limit_strangers
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url.replace("unix://", "redis+unix://", 1)
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_timeout": patience, "socket_connect_timeout": patience}
    app.config["RATELIMIT_HEADERS_ENABLED"] = False
    strangers.init_app(app)
    # Nothing is limited but by what is called here by name; to look before each request would be a tenth of a page.
    for hooks in app.before_request_funcs.values():
        hooks[:] = [hook for hook in hooks if getattr(hook, "__self__", None) is not strangers]


def count_offer() -> None:
    """One request of a widget or a web view from this network. Past the limit the answer is 429."""
    if not current_app.extensions["askonce.offers"].take(network()):
        abort(429)


@strangers.shared_limit("20 per hour", scope="tests", key_func=lambda: str(g.site.key))
def count_test() -> None:
    """One mail that the team of a site sends to itself. Past the limit it raises RateLimitExceeded: the desk is no
    way to write to strangers."""


@strangers.shared_limit(lambda: str(current_app.config["LIMIT_STRANGERS"]), scope="guesses")
def count_guess() -> None:
    """One wrong key or token from this network. Past the limit the answer becomes 429: a guesser learns nothing
    more, while a real link or key from the same network still works."""
