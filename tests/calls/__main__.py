"""The fifty callers, each with what was said beside what is stored: `python -m tests.calls`."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from server.environment import from_environment
from server.migrations import migrate
from server.services import Services, complete, connect
from tests.calls.cast import CAST
from tests.calls.house import house
from tests.calls.play import Played, play
from tests.parts import Clock, Waiting


def main() -> int:
    """How many calls came to something else than they should."""
    folder, queue, clock = Path(tempfile.mkdtemp(prefix="askonce-calls-")), Waiting(), Clock()

    def make(**env: str) -> Services:
        known = {"ASKONCE_DATA": str(folder), "REDIS_URL": f"unix://{folder}/nowhere.sock", "SECRET_KEY": "s" * 40}
        parts = connect(complete(from_environment({**known, **env})))
        migrate(parts.db)
        return Services(
            parts.settings, parts.db, parts.gate, queue, parts.providers, clock, moment=lambda _: clock()
        )  # fmt: skip

    wrong = 0
    try:
        with house(make, queue) as line:
            for n, part in enumerate(CAST):
                played = play(line, n)
                is_right = (played.stored, played.ends) == (part.stored, part.ends)
                wrong += not is_right
                print(shown(n, part.script, played, is_right))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(CAST)} calls, {wrong} wrong")
    return wrong


def shown(n: int, script: str, played: Played, is_right: bool) -> str:
    """One call: the script, every line of it, and what is stored."""
    said = "\n".join(f"  {'we ' if each.who == 'us' else 'she'} {each.text}" for each in played.caller.lines)
    stored = json.dumps(played.stored, ensure_ascii=False)
    return f"{n + 1}. {script}\n{said}\n  => {stored}, {played.ends}{'' if is_right else '  WRONG'}\n"


if __name__ == "__main__":
    sys.exit(main())
