"""No process outlives the server that started it, however that server ended."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
# Loaded here, not after the fork: the dynamic loader's lock may be held there.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent: int, last_word: int) -> None:
    """The kernel sends `last_word` to this process when the thread that forked it ends.

    Linux only; on macOS children of a killed server must be ended by hand. Source: prctl(2).
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, last_word, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel knew of our wish
        os._exit(1)


def die_with_parent() -> None:
    """For a process made by `multiprocessing`, as the web server's workers are; elsewhere nothing happens.

    Without it a killed web server leaves workers that answer on its port with yesterday's code.
    """
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        die_with(parent.pid, signal.SIGKILL)
