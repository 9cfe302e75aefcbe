"""A whole house in a folder that is thrown away: started as an owner would, used as people and programs do."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from http.client import HTTPConnection  # noqa: TID251  # to the house itself, which `outbound` rightly refuses
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import click

from server.environment import from_environment
from server.services import Services, complete, connect
from server.settings import KNOBS

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds for anything to happen here: a busy machine is slow, and nobody waits for ever."""


def zone_of_noon() -> str:
    """A time zone in which it is about noon now: text messages may go to whoever is there."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # whose signs are the other way round (POSIX)


@dataclass(frozen=True)
class House:
    """A server that is up, its key, and a look into its ledger."""

    url: str
    key: str
    services: Services

    def api(self, path: str, body: Mapping[str, Any]) -> Any:
        """What a program of the team's gets for a POST."""
        credentials = b64encode(f"{self.key}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {credentials}"}
        status, said = self.call("POST", path, json.dumps(body).encode(), headers)
        if status >= 300:
            raise click.ClickException(f"POST {path} was answered {status}: {said[:200]}")
        return json.loads(said)

    def open(self, link: str) -> str:
        """The page that a browser shows for `link`."""
        return self.call("GET", link)[1]

    def press(self, link: str, page: str, **chosen: str) -> str:
        """The page after its form was sent with what is `chosen` in it. No script runs."""
        form = urlencode({**Form(page).fields, **chosen}).encode()
        return self.call("POST", link, form, {"Content-Type": "application/x-www-form-urlencoded"})[1]

    def call(
        self, method: str, link: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and text of one request; `link` may be an address of this house or a path."""
        here, there = urlsplit(self.url), urlsplit(link)
        line = HTTPConnection(here.hostname or "", here.port, timeout=PATIENCE)
        try:
            line.request(method, there.path + (f"?{there.query}" if there.query else ""), body, dict(headers or {}))
            reply = line.getresponse()
            return reply.status, reply.read().decode("utf-8", "replace")
        finally:
            line.close()


class Form(HTMLParser):
    """What a browser would send of the first form on a page, before anybody touches it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._is_open = self._is_over = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        self._is_open = self._is_open or (tag == "form" and not self._is_over)
        name, kind = has.get("name"), (has.get("type") or "text").lower()
        if not self._is_open or tag != "input" or not name or "disabled" in has:
            return
        if kind not in ("radio", "checkbox", "submit", "button", "image") or (kind != "submit" and "checked" in has):
            self.fields[name] = has.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._is_open:
            self._is_open, self._is_over = False, True


@contextmanager
def house(**settings: str) -> Iterator[House]:
    """`askonce up` in a temporary folder, with `settings` and none of this environment's, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="askonce-demo-") as folder:
        ours = {"ASKONCE_DATA": folder, "PORT": str(_free_port()), "WEB_WORKERS": "1", **settings}
        env = {name: value for name, value in os.environ.items() if name not in KNOBS} | ours
        with open(Path(folder) / "log", "w") as log:
            up = [sys.executable, "-m", "server.cli", "up"]
            process = subprocess.Popen(
                up, env=env, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        try:
            yield _ready(process, Path(folder), env)
        finally:
            process.send_signal(signal.SIGINT)
            with process:
                _wait(process)


def eventually(look: Callable[[], T | None], what: str) -> T:
    """What `look` finds, as soon as it finds something."""
    until = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > until:
            raise click.ClickException(f"{what} did not happen within {PATIENCE:.0f} seconds")
        time.sleep(0.05)
    return found


def _ready(process: subprocess.Popen[str], folder: Path, env: Mapping[str, str]) -> House:
    lines = dict[str, str]()
    for line in process.stdout or ():
        name, _, value = line.strip().partition(" " if line.startswith("ready ") else ": ")
        lines[name] = value
        if name == "API key":
            services = connect(complete(from_environment(env)))
            return House(lines["ready"], value, services)
    raise click.ClickException(f"the house did not come up:\n{(folder / 'log').read_text()[-2_000:]}")


def _wait(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        return int(line.getsockname()[1])
