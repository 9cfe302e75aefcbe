"""What goes wrong at a stand-in when it is asked to: one language for all of them."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

Fault = tuple[int, Mapping[str, str]] | str
"""A pair is an answer of that status with those headers, and nothing is done. A word is one of WORDS; with `-after` the
message is taken first, which whoever sent it cannot know."""

WORDS: Mapping[str, str] = {
    "drop": "answers as a gateway whose server went away (502; a relay 421, and with -after it only hangs up)",
    "hang": "never answers",
    "reset": "cuts the line",
    "garbage": "answers something that is no answer in this protocol",
    "rubbish": "answers a good status around nonsense, as a hotel's sign-in page does",
}
QUEUE_MAX = 100_000


@dataclass(frozen=True)
class Weather:
    """A `share` (0 to 1) of all sends meets one of `faults`, drawn from `seed`: the same again for the same seed."""

    share: float
    faults: Sequence[Fault]
    seed: int = 0


@dataclass
class Faults:
    """Those that were ordered come first, one a send; then whatever the weather brings."""

    queue: deque[Fault] = field(default_factory=lambda: deque(maxlen=QUEUE_MAX))
    _weather: Weather | None = None
    _random: random.Random = field(default_factory=random.Random)
    _lock: Lock = field(default_factory=Lock)

    def append(self, fault: Fault) -> None:
        self.extend([fault])

    def extend(self, faults: Sequence[Fault]) -> None:
        """Raises ValueError for what is no fault."""
        self.queue.extend(checked(fault) for fault in faults)

    def set_weather(self, weather: Weather | None) -> None:
        """From now on; None for good weather."""
        with self._lock:
            self._weather, self._random = weather, random.Random(weather.seed if weather else 0)  # noqa: S311  # a toy

    def next(self) -> Fault | None:
        """What the next send meets."""
        with self._lock:
            if self.queue:
                return self.queue.popleft()
            weather = self._weather
            if weather is None or not weather.faults or self._random.random() >= weather.share:
                return None
            return checked(self._random.choice(weather.faults))

    def __len__(self) -> int:
        return len(self.queue)


def checked(fault: Any) -> Fault:
    """`fault` as Python or JSON has it. Raises ValueError for what is none."""
    if isinstance(fault, str):
        if fault.removesuffix("-after") not in WORDS:
            raise ValueError(f"{fault!r} is no fault; those are {', '.join(WORDS)}, each with -after, and statuses")
        return fault
    status, headers = fault
    return int(status), {str(name): str(value) for name, value in dict(headers).items()}


def is_after(fault: Fault) -> bool:
    """Whether the message is taken before it goes wrong."""
    return isinstance(fault, str) and fault.endswith("-after")
