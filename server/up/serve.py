"""`askonce web`: the web server, with one process a core."""

from __future__ import annotations

import os
import resource
import signal
from functools import partial
from importlib import import_module
from threading import Thread

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from server.settings import Settings
from server.up.lifeline import die_with_parent
from server.up.slots import READERS, Application, in_slots

_STDERR = {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}


def serve(settings: Settings, target: str = "server.app:create_app") -> None:
    """Serves until SIGTERM or SIGINT, then gives requests under way five seconds; blocks meanwhile."""
    Granian(
        target,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=READERS,
        # Counts connections, idle ones too, not requests: too few and quiet browsers lock everybody out.
        backpressure=min(4096, _open_files() - 256),
        backlog=2048,
        http=HTTPModes.http1,  # guessing between 1 and 2 never gives up on a connection that says nothing
        http1_settings=HTTP1Settings(header_read_timeout=65_000),  # also ends idle ones; load balancers hold 60 s
        log_level=LogLevels.error,  # its warnings are about the number of readers
        log_dictconfig={"handlers": {"console": _STDERR, "access": _STDERR}},
        respawn_failed_workers=True,
        workers_kill_timeout=5,
    ).serve(target_loader=partial(_load, settings.web_threads))


def _load(threads: int, target: str) -> Application:
    """The application, in a worker process that ends with the web server."""
    die_with_parent()
    # Inherited handlers belong to the parent; a stop while we load would be lost and cost five seconds.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    Thread(target=_heed_a_stop, daemon=True).start()
    module, factory = target.split(":")
    return in_slots(getattr(import_module(module), factory)(), threads)


def _heed_a_stop() -> None:
    """Waits for a stop and does what is set for it: the main thread misses one that comes while it falls asleep."""
    signal.sigwait([signal.SIGTERM])
    stop = signal.getsignal(signal.SIGTERM)
    if callable(stop):
        stop(signal.SIGTERM, None)
    else:
        os._exit(0)  # nothing is being served yet


def _open_files() -> int:
    """As many as this user may have open: each connection is one, and the usual 1024 are soon gone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft
