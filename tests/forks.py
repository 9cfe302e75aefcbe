"""Processes of their own that need not load the house again: each is forked from one that has."""

from __future__ import annotations

import io
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

forks = multiprocessing.get_context("forkserver")
LOADED = [
    "server.cli",
    "server.work",
    "channels.email.sendgrid",
    "channels.sms.twilio",
    "twilio.rest.api",
    "tests.forks",
]


def forked(target: Callable[..., None], *said: Any) -> ForkServerProcess:
    """A process that does `target(*said)`, begun; it ends with this one."""
    forks.set_forkserver_preload(LOADED)
    process = forks.Process(target=target, args=said, daemon=True)
    process.start()
    return process


def askonce(words: Sequence[str], env: Mapping[str, str], seconds: float = 60) -> tuple[int, str, str]:
    """`askonce WORDS` in a process of its own that has `env` and nothing else: its exit code, and what it wrote."""
    ours, theirs = forks.Pipe(duplex=False)
    process = forked(_run, theirs, list(words), dict(env))
    theirs.close()
    try:
        assert ours.poll(seconds), f"askonce {' '.join(words)} took longer than {seconds} s"
        code, out, err = ours.recv()
        return code, out, err
    finally:
        process.kill()
        process.join()


def _run(to: Connection, words: Sequence[str], env: Mapping[str, str]) -> None:
    from server.cli import main

    os.environ.clear()
    os.environ.update(env)
    sys.argv, code = ["askonce", *words], 0
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    to.send((code, out.getvalue(), err.getvalue()))
