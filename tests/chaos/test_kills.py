"""Processes are killed in the middle of their work: nothing acknowledged is lost, nobody is asked twice.

CHAOS_CYCLES says how many times (5 without it; `make chaos` takes 50).
"""

from __future__ import annotations

import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from aiosmtpd.controller import Controller

from tests.ports import free_port
from tests.running import Running, eventually, running

pytestmark = pytest.mark.chaos

CYCLES = int(os.environ.get("CHAOS_CYCLES", "5"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.randrange(1, 10**6)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def kill(server: Running, word: str) -> None:
    """The process tree of `askonce <word>`, as soon as it is there again."""
    eventually(lambda: server.kill(word))


@pytest.fixture
def dice() -> random.Random:
    print(f"CHAOS_SEED={SEED}")
    return random.Random(SEED)


def until_acknowledged(server: Running, path: str, body: bytes, stop: threading.Event, good: str) -> bool:
    """Post until the server says that it has it, as the frame does. False when the test ended first."""
    while not stop.is_set():
        try:
            status, page = server.call(path, body, headers=FORM)
            if status == 200 and good in page:
                return True
        except (URLError, OSError, ValueError):
            time.sleep(0.02)
    return False


def test_answers_survive_the_web_server(tmp_path: Path, dice: random.Random) -> None:
    stop, acknowledged, lock = threading.Event(), [], threading.Lock()
    with running(tmp_path / "data") as server:
        key = server.key()
        link = server.command("site", "list")[0]["surveys"]["nps"].removeprefix(server.url)

        def visitor() -> None:
            while not stop.is_set():
                try:
                    status, page = server.call(link)
                except (URLError, OSError):
                    continue
                if status != 200:
                    continue
                action = page.split('action="')[1].split('"')[0]
                word = uuid.uuid4().hex
                if until_acknowledged(
                    server, action, b"asked=score&a.score=7", stop, 'name="a.comment"'
                ) and until_acknowledged(
                    server, action, f"asked=comment&a.comment={word}".encode(), stop, 'data-step="thanks"'
                ):
                    with lock:
                        acknowledged.append(word)

        with ThreadPoolExecutor(8) as visitors:
            for _ in range(8):
                visitors.submit(visitor)
            for _ in range(CYCLES):
                eventually(lambda: server_answers(server))
                time.sleep(dice.uniform(0.1, 1.0))
                kill(server, "web")
            eventually(lambda: server_answers(server))
            eventually(lambda: len(acknowledged) > CYCLES, seconds=60)
            stop.set()
        kept = Counter(row["comment"] for row in every_response(server, key))
    print(f"{CYCLES} kills, {len(acknowledged)} acknowledged, {sum(kept.values())} kept")
    assert len(acknowledged) > CYCLES
    assert not [word for word in acknowledged if kept[word] != 1]


def server_answers(server: Running) -> bool:
    try:
        return server.call("/livez")[0] == 200
    except (URLError, OSError):
        return False


def every_response(server: Running, key: str) -> Iterator[dict[str, Any]]:
    page = 1
    while True:
        _, rows = server.call(f"/v1/survey_responses?per_page=100&page={page}", key=key)
        if not rows:
            return
        yield from rows
        page += 1


class SlowRelay:
    """A mail server that takes its time, so that a kill meets a send halfway; what it took is the truth."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        import asyncio

        await asyncio.sleep(0.03)
        message = message_from_bytes(envelope.content)
        self.taken[str(message["To"])] += 1
        await asyncio.sleep(0.03)
        return "250 taken"


def test_nobody_is_mailed_twice_and_every_invitation_is_settled(tmp_path: Path, dice: random.Random) -> None:
    relay = SlowRelay()
    door = Controller(relay, hostname="127.0.0.1", port=free_port())
    door.start()
    env = {
        "EMAIL_PROVIDER": "smtp",
        "SMTP_URL": f"smtp+plain://127.0.0.1:{door.port}",
        "MAIL_FROM": "ask@example.com",
    }
    people = [f"p{n}@example.com" for n in range(CYCLES * 8)]
    try:
        with running(tmp_path / "data", **env) as server:
            key = server.key()
            killer = threading.Thread(target=kill_again_and_again, args=(server, dice))
            killer.start()
            for address in people:
                assert server.call("/v1/people", {"email": address}, key)[0] == 201
                time.sleep(0.02)
            killer.join()
            states = eventually(lambda: settled(server), seconds=90)
    finally:
        door.stop()
    print(f"{CYCLES} kills, {len(people)} invited, {sum(relay.taken.values())} mails, {dict(states)}")
    assert sum(states.values()) == len(people)
    assert max(relay.taken.values()) == 1
    assert states["accepted"] <= len(relay.taken) <= states["accepted"] + states["unconfirmed"]


def kill_again_and_again(server: Running, dice: random.Random) -> None:
    for _ in range(CYCLES):
        time.sleep(dice.uniform(0.1, 0.6))
        kill(server, "work")


def settled(server: Running) -> Counter[str] | None:
    """How many invitations came to rest where; None while one has not."""
    from server.core.delivery import SETTLED
    from server.store.db import Database
    from server.store.invitations import every_state

    db = Database(f"sqlite:///{server.data / 'askonce.db'}")
    with db.reading() as session:
        states = every_state(session)
    db.engine.dispose()
    return Counter(states) if set(states) <= set(SETTLED) else None
