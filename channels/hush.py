"""Keeps client libraries from writing keys and people's addresses into the log."""

from __future__ import annotations

import logging


def hush(logger: str, below: int = logging.WARNING) -> None:
    """Nothing of `logger` below that level is written, whatever the level it is set to later, by whomever."""
    found = logging.getLogger(logger)
    if not any(isinstance(kept, _Quiet) for kept in found.filters):
        found.addFilter(_Quiet(below))


class _Quiet(logging.Filter):
    def __init__(self, below: int) -> None:
        super().__init__()
        self.below = below

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= self.below
