"""Ctrl-C, or a service manager's wish, ends the server in order and only once."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from types import FrameType, TracebackType


class StopAsked:
    """Whether somebody asked us to stop. Asking twice changes nothing: the first is being obeyed."""

    def __init__(self) -> None:
        self.signal = 0

    def __enter__(self) -> StopAsked:
        self._ear, self._mouth = os.pipe()
        os.set_blocking(self._ear, False)
        os.set_blocking(self._mouth, False)
        self._before_fd = signal.set_wakeup_fd(self._mouth, warn_on_full_buffer=False)
        signals = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means it
            signals.append(signal.SIGHUP)
        self._before = {each: signal.signal(each, self._note) for each in signals}
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self.signal = number

    def wait(self, seconds: float | None) -> None:
        """Sleeps until a signal comes, a child ends, or the seconds are over (None: no limit)."""
        select.select([self._ear], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._ear, 512)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._before_fd)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._ear)
        os.close(self._mouth)
