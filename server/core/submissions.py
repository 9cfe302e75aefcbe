"""What a person said once, however often it is sent: each submission has an id, and the ids sort by when they were
said, so that her last word wins however late an earlier one comes in."""

from __future__ import annotations

import re
from datetime import datetime

_BY_A_BROWSER = re.compile(r"([0-9]{13})-([a-z0-9]{1,12})")


def submission(raw: str, now: datetime) -> str:
    """The id of a submission: 13 digits of milliseconds since 1970, a dash, and what tells it from others.

    `raw` is the browser's, by our clock as the page told it. A moment that lies ahead counts as `now`. What brings
    no id (a page without scripts, a program) is said now, and later than everything else of this millisecond.
    """
    found = _BY_A_BROWSER.fullmatch(raw)
    if found is None:
        return f"{milliseconds(now):013d}-~"
    return f"{min(int(found[1]), milliseconds(now)):013d}-{found[2]}"


def milliseconds(moment: datetime) -> int:
    """Since 1970."""
    return int(moment.timestamp() * 1000)
