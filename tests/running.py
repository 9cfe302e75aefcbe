"""A whole server, started as its owner would start it, and what a test does with it from outside."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError

from tests.forks import askonce
from tests.ports import free_port

T = TypeVar("T")


def eventually(look: Callable[[], T | None], seconds: float = 20.0) -> T:
    """What `look` finds, as soon as it finds something; fails after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < until, f"nothing after {seconds} s: {look}"
        time.sleep(0.02)


@dataclass
class Running:
    """A server that is up, seen over HTTP and through its command line."""

    url: str
    data: Path
    process: subprocess.Popen[str]
    lines: list[str]
    env: dict[str, str]

    def command(self, *words: str) -> Any:
        """`askonce WORDS --json`, understood."""
        code, out, err = askonce([*words, "--json"], self.env)
        assert code == 0, err
        return json.loads(out)

    def key(self) -> str:
        return str(self.command("key", "create", "--site", "Demo")["key"])

    def call(
        self, path: str, body: Any = None, key: str = "", method: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and body (JSON understood) of one request; redirects are followed as a browser would."""
        request = urllib.request.Request(self.url + path, method=method or ("GET" if body is None else "POST"))
        if body is not None:
            request.data = body if isinstance(body, bytes) else json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if key:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"{key}:".encode()).decode())
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, _read(reply)
        except HTTPError as refused:
            return refused.code, _read(refused)

    def allow(self, origin: str) -> None:
        """Surveys of Demo may stand on the pages of `origin`, and every process of the server knows it."""
        self.command("site", "origin", "add", "--site", "Demo", origin)
        self.until_all_say(lambda said: True, origin)

    def until_all_say(self, is_so: Callable[[Any], object], origin: str, page: str = "/") -> None:
        """Until a stranger's widget on this page hears what `is_so` is looking for, whichever process it asks: each may
        be a second behind."""
        asked = {"site": self.command("site", "list")[0]["key"], "page": origin + page}

        def all_say() -> bool:
            said = [self.call("/w/offer", asked, headers={"Origin": origin}) for _ in range(8)]
            return all(status == 200 and is_so(body) for status, body in said)

        eventually(all_say)

    def processes_of(self, word: str) -> list[int]:
        """Pids of the server's own `askonce WORD`, and of what that has started."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                    found[int(entry.name)] = (int(stat[1]), (entry / "cmdline").read_bytes().split(b"\0"))
                except OSError:
                    continue
        mine = [pid for pid, (parent, _) in found.items() if parent == self.process.pid]
        roots = [pid for pid in mine if word.encode() in found[pid][1]]
        return roots + [pid for pid, (parent, _) in found.items() if parent in roots]

    def kill(self, word: str) -> int:
        """That process tree, at once; how many there were."""
        pids = self.processes_of(word)
        for pid in pids:
            with suppress(ProcessLookupError):  # its parent's end took it along
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def mails(self, to: str = "") -> list[dict[str, Any]]:
        """The development mailbox, the latest first."""
        _, found = self.call("/outbox.json")
        return [m for m in found if to in ("", m["to"])]

    def mail_to(self, address: str) -> dict[str, Any]:
        return eventually(lambda: self.mails(address))[0]

    def responses(self, key: str) -> list[dict[str, Any]]:
        _, found = self.call("/v1/survey_responses?per_page=100&order=desc", key=key)
        return list(found)


def _read(reply: Any) -> Any:
    raw = reply.read()
    return json.loads(raw) if "json" in (reply.headers.get("Content-Type") or "") and raw else raw.decode()


def link_in(mail: dict[str, Any]) -> str:
    """The answer link of a mail's text part."""
    found = re.search(r"https?://\S+/s/[\w-]+", mail["text"])
    assert found
    return found[0]


@contextmanager
def running(data: Path, **env: str) -> Iterator[Running]:
    """`askonce up` in `data` on a free port, until the block ends."""
    port = free_port()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ASKONCE", "DATABASE_URL", "REDIS_URL"))}
    settings = {"PORT": str(port), "ASKONCE_DATA": str(data), **env}
    full = {**clean, **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "up"], env=full, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith(("API key", "api key")):
                break
        assert lines, "askonce up printed nothing"
        assert lines[0].startswith("ready "), lines
        yield Running(lines[0].removeprefix("ready "), data, process, lines, full)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        finally:
            process.kill()
            process.stdout.close()
