"""The processes of one server: each is started again when it dies, and all end in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType

from server.up.lifeline import die_with

_STEADY = 5.0  # seconds after which a death is bad luck and no longer a habit
_LONGEST_PAUSE = 1.0


class Child:
    """One process under our care. `deaths` counts how often it ended although nobody asked."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str]):
        self.name, self.command, self.env = name, command, env
        self.deaths = 0
        self._in_a_row = 0
        self._again_at = 0.0
        self._start()

    def _start(self) -> None:
        self._born = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=2,  # stdout belongs to the lines that people and scripts read
            start_new_session=True,  # Ctrl-C reaches us alone; a second one would cost RQ its job
            preexec_fn=partial(die_with, os.getpid(), signal.SIGTERM),
        )
        self._again_at = 0.0

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def tend(self) -> float | None:
        """Starts it again when it is dead; seconds until that is due, or None while it runs."""
        if self.alive:
            return None
        now = time.monotonic()
        if not self._again_at:
            self._again_at = now + self._mourn(now)
        if now < self._again_at:
            return self._again_at - now
        try:
            self._start()
        except OSError as why:  # no memory, or the program is being replaced by an upgrade
            say(f"{self.name} cannot be started ({why.strerror})")
            self._again_at = now + _LONGEST_PAUSE
            return _LONGEST_PAUSE
        return None

    def _mourn(self, now: float) -> float:
        self.kill()
        self.deaths += 1
        self._in_a_row = 1 if now - self._born > _STEADY else self._in_a_row + 1
        code = self.process.returncode
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        say(f"{self.name} {how}; it is started again")
        return 0.0 if self._in_a_row == 1 else min(_LONGEST_PAUSE, 0.1 * 2**self._in_a_row)

    def ask(self) -> None:
        """SIGTERM: finish what you are doing, then end."""
        if self.alive:
            self.process.terminate()

    def kill(self) -> None:
        """Ends it and whatever it has started, at once."""
        with suppress(ProcessLookupError, PermissionError):  # macOS says EPERM of a group of zombies
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Children:
    """All of them, in stages: a stage is started after the ones it needs and stopped before them."""

    def __init__(self, env: Mapping[str, str]):
        self.env = env
        self._stages: list[tuple[float, list[Child]]] = []

    def start(self, commands: Mapping[str, Sequence[str]], patience: float) -> list[Child]:
        """One more stage; at the end it is given `patience` seconds to stop by itself."""
        stage: list[Child] = []
        self._stages.append((patience, stage))
        for name, command in commands.items():
            stage.append(Child(name, command, self.env))
        return stage

    def tend(self) -> float | None:
        """Starts the dead again; seconds until one of them is due, or None when all run."""
        ours = [child for _, stage in self._stages for child in stage]
        pauses = [child.tend() for child in ours]
        if os.getpid() == 1:
            _bury_strays({child.process.pid for child in ours})
        return min((pause for pause in pauses if pause is not None), default=None)

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for patience, stage in reversed(self._stages):
            _stop(stage, patience)


def _stop(stage: list[Child], patience: float) -> None:
    until = time.monotonic() + patience
    for child in stage:
        child.ask()
    for child in stage:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, until - time.monotonic()))
        child.kill()


def _bury_strays(ours: set[int]) -> None:
    """As process 1 of a container we inherit every orphan; unburied they fill the process table."""
    with suppress(ChildProcessError):
        while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if found.si_pid in ours:
                return  # its own Popen wants the exit code
            os.waitpid(found.si_pid, 0)


def say(sentence: str) -> None:
    """One sentence for whoever watches the terminal or the log; nobody watching is no reason to fail."""
    with suppress(OSError, ValueError):
        print(f"askonce: {sentence}", file=sys.stderr, flush=True)
