"""Where tests put what is written often and read once: in memory, on machines that have room there."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2**29
"""Bytes that must be free: a container often has 64 MB there, and a database that outgrows them falls over."""


def in_memory(prefix: str) -> Path:
    """A new folder that no disk slows down; on disk where there is none or it is small."""
    fits = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if fits else None))
