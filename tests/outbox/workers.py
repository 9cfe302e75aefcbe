"""Workers that are all killed at once, again and again, and are back within a moment."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess

from tests.forks import forked
from tests.outbox.plan import Plan
from tests.running import Running


def work(env: dict[str, str]) -> None:
    """What `askonce work` does, with its modules loaded already."""
    from server.commands.door import services_beside
    from server.work import work as run

    os.environ.update(env)
    run(services_beside())


@dataclass
class Killed:
    """How often they were."""

    times: int = 0


@contextmanager
def mortal(plan: Plan, server: Running) -> Iterator[Killed]:
    """Workers beside the server's own, which dies with them, until the block ends; then that one is left alone."""
    dice, over, killed = random.Random(plan.seed), threading.Event(), Killed()

    def start() -> list[ForkServerProcess]:
        return [forked(work, server.env) for _ in range(plan.workers)]

    def end(some: list[ForkServerProcess]) -> None:
        for each in some:
            each.kill()
        for each in some:
            each.join()
        server.kill("work")

    def rage() -> None:
        some = start()
        while not over.wait(dice.uniform(*plan.killed_every)):
            end(some)
            killed.times += 1
            some = start()
        end(some)

    thread = threading.Thread(target=rage)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()
