"""Whether what a mail server said means that an address takes nothing any more, or only that this mail failed."""

from __future__ import annotations

import re

# RFC 3463 and its registry. What is not here failed because of the mail, of us, or of the moment: a full mailbox
# (5.2.2) is emptied one day, and a policy (5.7) speaks of the sender.
GONE = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
VAGUE = frozenset({"", "5.0.0", "5.2.0", "5.4.1"})
"""The words beside it decide. Exchange Online says 5.4.1 of people whom it does not know."""
PASSING = frozenset({"5.2.2", "5.2.3", "5.3.4"})
"""The mailbox is full, or this mail too large for it."""

_NOBODY = re.compile(
    r"user (is )?unknown|unknown (local )?(user|recipient|mailbox)|no such (user|recipient|mailbox|person|address)|"
    r"no mailbox (here )?by that name|not? (a )?(valid|known) (mailbox|recipient|user)|"
    r"(mailbox|user|account|recipient|address)\b.{0,40}\b(not found|does(n.t| not) exist|is disabled|is inactive)|"
    r"recipient address rejected|recipient (not found|unknown)|(invalid|bad|nonexistent) (recipient|mailbox|address)|"
    r"doesn.t have an? .{1,30} account|address unknown|host (or domain name )?not found|unrouteable",
    re.IGNORECASE,
)
_FULL = re.compile(r"\bfull\b|\bquota\b|too (large|big)|try (again )?later|temporar(y|ily)", re.IGNORECASE)
READ = 2_000
"""Characters of what a server said that are looked at."""


def is_for_good(status: str, said: str) -> bool:
    """Whether `status` (RFC 3463, such as 5.1.1; empty when there is none) and the server's words end the address."""
    if status in VAGUE:
        return bool(_NOBODY.search(said[:READ])) and not _FULL.search(said[:READ])
    return status in GONE


def is_passing(status: str, said: str) -> bool:
    """Whether they speak against an end of the address that somebody else has already concluded."""
    if status.startswith("4.") or status in PASSING:
        return True
    return status in VAGUE and bool(_FULL.search(said[:READ]))
