"""The supervisor, tried as an owner and a bad day would try it: started, killed, interrupted, started twice."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.up.processes import ROOT, STUB, Process, ask, children, until


class Up:
    """One `askonce up` with stub commands, in a process group of its own as under `make`."""

    def __init__(self, data: Path, port: int, env: dict[str, str], stdout: int = subprocess.PIPE):
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env}
        self.data, self.port = data, port
        self.process = subprocess.Popen(
            [sys.executable, str(STUB), "up"],
            env={**env, "ASKONCE_DATA": str(data), "PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ready(self) -> list[str]:
        assert self.process.stdout
        return [self.process.stdout.readline().rstrip() for _ in range(2)]

    def family(self) -> list[Process]:
        return children(self.process.pid)

    def child(self, name: str) -> Process | None:
        return next((each for each in self.family() if name in each.command), None)

    def child_after(self, gone: Process) -> Callable[[], bool]:
        """Whether the same command runs again as another process."""
        command = gone.command
        return lambda: any(each.command == command and each.pid != gone.pid for each in self.family())

    def refused(self) -> str:
        """Its one sentence, when it would not start."""
        out, said = self.process.communicate(timeout=20)
        assert (self.process.returncode, out) == (2, "")
        assert said.count("\n") == 1
        return said

    def end(self, number: int = signal.SIGINT) -> str:
        os.killpg(self.process.pid, number)
        return self.process.communicate(timeout=15)[1]


Start = Callable[..., Up]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    made: list[Up] = []

    def start(data: Path = tmp_path / "data", **env: str) -> Up:
        made.append(Up(data, int(env.pop("PORT", free_port())), env))
        return made[-1]

    yield start
    for up in made:
        up.process.kill()
        up.process.communicate()


def test_it_says_ready_first_and_leaves_nothing_behind(start: Start) -> None:
    up = start()
    assert up.ready() == [f"ready http://127.0.0.1:{up.port}", "demo http://127.0.0.1/demo"]
    note = json.loads((up.data / "running.json").read_text())
    assert note["pid"] == up.process.pid
    assert note["redis_url"] == f"unix://{up.data}/valkey.sock"
    assert note["database_url"] == f"sqlite:///{up.data}/askonce.db"
    modes = {name: stat.S_IMODE((up.data / name).stat().st_mode) for name in ("", "running.json", "valkey.sock")}
    assert modes == {"": 0o700, "running.json": 0o600, "valkey.sock": 0o600}
    family = up.family()
    assert len(family) == 4
    up.end()
    assert up.process.returncode == 0
    assert not any(each.alive for each in family)
    assert not (up.data / "running.json").exists()


@pytest.mark.parametrize("name", ["stub.py web", "stub.py worker", "stub.py clock", "valkey-server"])
def test_a_dead_child_is_back_within_a_second(start: Start, name: str) -> None:
    up = start()
    up.ready()
    dead = up.child(name)
    assert dead
    back = up.child_after(dead)
    dead.kill()
    assert until(back) < 1
    assert up.process.poll() is None


def test_one_that_dies_at_once_again_and_again_is_tried_every_second(start: Start) -> None:
    up = start()
    up.ready()
    for _ in range(4):
        worker = up.child("worker")
        assert worker
        back = up.child_after(worker)
        worker.kill()
        assert until(back) < 2


def test_a_killed_supervisor_takes_everything_along_and_the_next_one_starts(start: Start) -> None:
    up = start(STUB_WEB="granian")
    up.ready()
    until(lambda: len(up.family()) == 6)
    family = up.family()
    up.process.kill()
    up.process.wait()
    again = start(PORT=str(up.port))
    assert again.ready()[0].startswith("ready")
    assert not any(each.alive for each in family)
    assert again.family()
    again.end()
    assert again.process.returncode == 0


def test_a_second_interrupt_does_not_cut_a_job_short(start: Start) -> None:
    up = start(STUB_JOB="1")
    up.ready()
    until((up.data / "started").exists)
    os.killpg(up.process.pid, signal.SIGINT)
    until(lambda: up.child("stub.py web") is None)
    os.killpg(up.process.pid, signal.SIGINT)
    said = up.end()
    assert up.process.returncode == 0
    assert "Traceback" not in said
    assert (up.data / "finished").exists()


def test_terminate_while_it_starts(start: Start) -> None:
    up = start()
    until(lambda: (up.data / "lock").exists())
    assert "Traceback" not in up.end(signal.SIGTERM)
    assert up.process.returncode == 0


def test_a_port_in_use_is_said_in_one_sentence(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"port {port} is in use" in start(PORT=port).refused()


@pytest.mark.parametrize("place", ["/proc/askonce", "a file"])
def test_a_folder_that_cannot_be_written(start: Start, tmp_path: Path, place: str) -> None:
    (tmp_path / "a file").touch()
    assert "set ASKONCE_DATA" in start(tmp_path / place).refused()


def test_a_second_server_on_the_folder_is_refused(start: Start) -> None:
    up = start()
    up.ready()
    assert "another Askonce is running" in start().refused()
    assert (up.data / "running.json").exists()


def test_what_prepare_refuses_is_one_sentence(start: Start) -> None:
    up = start(DATABASE_URL="postgresql://ann:secret@nowhere/askonce")
    assert up.refused() == "askonce: no database answers at DATABASE_URL\n"


def test_a_web_server_that_never_comes(start: Start) -> None:
    up = start(STUB="broken")
    _, said = up.process.communicate(timeout=15)
    assert up.process.returncode == 1
    assert "broken on purpose" in said
    assert "did not answer" in said


def test_a_long_data_path_gets_a_short_private_socket(start: Start, tmp_path: Path) -> None:
    up = start(tmp_path / ("long" * 25))
    up.ready()
    folder = Path(json.loads((up.data / "running.json").read_text())["redis_url"].removeprefix("unix://")).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    up.end()
    assert not folder.exists()


def test_an_own_redis_is_used_and_none_started(start: Start) -> None:
    up = start(REDIS_URL="redis://127.0.0.1:1/0")
    up.ready()
    assert len(up.family()) == 3
    until((up.data / "started").exists)
    assert (up.data / "started").read_text() == "redis://127.0.0.1:1/0"


def test_nobody_reads_its_output(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    up = Up(tmp_path, free_port(), {}, stdout=write)
    os.close(write)
    until(lambda: ask(up.port))
    time.sleep(0.1)  # the line is printed at once after the answer; nothing can be seen from outside
    assert "Broken" not in up.end()
    assert up.process.returncode == 0
