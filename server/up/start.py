"""`askonce up`: one command, and a few seconds later there is a server that can be used."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from server.services import complete
from server.settings import Settings
from server.up import place, running, valkey
from server.up.asked import StopAsked
from server.up.children import Child, Children, say
from server.up.place import CannotStart

_PATIENCE = {"web": 6.0, "background": 6.0, "valkey": 2.0}  # seconds to stop in; fifteen is the promise
_FIRST_ANSWER = 60.0
_HOPELESS = 3  # deaths of a web server that has never answered


def run(
    settings: Settings,
    prepare: Callable[[Settings], list[str]],
    commands: Mapping[str, Sequence[str]],
) -> int:
    """Runs until SIGINT, SIGTERM or SIGHUP; the exit code is 0 asked to stop, 1 web never came, 2 refused.

    `prepare` gets the settings with every address filled in, readies the database and returns the lines to
    print after `ready …`; what is in its way it raises as CannotStart. A stop waits for it to end.
    `commands` is one command line a process: "web" must answer GET /livez and stops before the others.
    """
    _open_streams()
    try:
        with ExitStack() as undo:
            return _run(settings, prepare, commands, undo)
    except CannotStart as why:
        say(str(why))
        return 2


def _run(
    settings: Settings,
    prepare: Callable[[Settings], list[str]],
    commands: Mapping[str, Sequence[str]],
    undo: ExitStack,
) -> int:
    asked = undo.enter_context(StopAsked())
    undo.enter_context(place.folder(settings.data))
    place.free_port(settings.host, settings.port, patience=8.0 if running.was_killed(settings.data) else 0.0)
    path = undo.enter_context(valkey.private_socket(settings.data))
    settings = complete(replace(settings, redis_url=settings.redis_url or valkey.url(path)))
    children = undo.enter_context(Children(running.environment(settings)))
    if settings.redis_url == valkey.url(path):
        valkey.wait_until_gone(path)
        [server] = children.start({"valkey": valkey.command(path, settings.data)}, _PATIENCE["valkey"])
        valkey.wait_until_ready(path, lambda: server.alive, settings.data)
    lines = prepare(settings)
    if asked.signal:
        return 0
    undo.enter_context(running.noted(settings))
    undo.callback(say, "stopping")
    background = {name: command for name, command in commands.items() if name != "web"}
    children.start(background, _PATIENCE["background"])
    [web] = children.start({"web": commands["web"]}, _PATIENCE["web"])
    return _watch(settings, children, web, asked, [f"ready {settings.public_url}", *lines])


def _watch(settings: Settings, children: Children, web: Child, asked: StopAsked, lines: list[str]) -> int:
    until = time.monotonic() + _FIRST_ANSWER
    while not asked.signal:
        pause = children.tend()
        if lines and _answers(settings.host, settings.port):
            _print(lines)
            lines = []
        if lines and (web.deaths >= _HOPELESS or time.monotonic() > until):
            say(f"the web server did not answer on {settings.host}:{settings.port}; its message stands above")
            return 1
        asked.wait(0.03 if lines else pause)
    return 0


def _answers(host: str, port: int) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  where we look, not where we listen
    try:
        with socket.create_connection((host, port), timeout=1) as line:
            line.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in b"".join(iter(lambda: line.recv(4096), b"")).partition(b"\r\n")[0]
    except OSError:
        return False


def _print(lines: list[str]) -> None:
    """To stdout, one a line; when nobody listens there any more, the server goes on without."""
    try:
        print(*lines, sep="\n", flush=True)
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the flush at exit fails a second time


def _open_streams() -> None:
    """A closed stdout would be given to the next file that is opened, and `ready` written into it."""
    for stream in (0, 1, 2):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
