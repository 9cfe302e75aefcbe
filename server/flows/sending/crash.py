"""Named places at which a test kills the worker: what it had begun must come out right all the same."""

from __future__ import annotations

import os
import signal

from server.services import Services


def reach(services: Services, point: str) -> None:
    """Ends this process on the spot, with nothing tidied up, if it is to crash at `point`."""
    if services.settings.crash_at == point:
        os.kill(os.getpid(), signal.SIGKILL)
