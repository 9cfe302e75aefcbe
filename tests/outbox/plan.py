"""How many are to be sent what, through which weather, and what is held to be true afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels.faults import Fault

FAULTS: Sequence[Fault] = (
    (429, {"Retry-After": "1"}), (500, {}), (503, {}), "hang", "reset", "rubbish", "hang-after", "reset-after",
    "drop-after",
)  # fmt: skip
"""Each as likely as the others; with `-after` the message is taken first, and whoever sent it does not hear so."""


@dataclass(frozen=True)
class Plan:
    """Half of the invitations are mails, half are texts, each to somebody else."""

    invitations: int = 10_000
    share: float = 0.3
    """Of the calls that meet a fault."""
    workers: int = 3
    killed_every: tuple[float, float] = (1.0, 3.0)
    """Seconds, drawn anew each time; all workers at once."""
    storm: float = 420.0
    """Seconds after which the weather is good again, however much is left."""
    drained: float = 60.0
    """Seconds within which all must be at rest then."""
    resend_after: int = 5
    timeout: float = 0.5
    seed: int = 1

    @property
    def env(self) -> dict[str, str]:
        """What the server is started with, beside its providers."""
        return {
            "RESEND_AFTER": str(self.resend_after), "PROVIDER_TIMEOUT": str(self.timeout),
            "SENDGRID_PER_SECOND": "10000", "TWILIO_PER_SECOND": "10000",
        }  # fmt: skip


def is_told(number: int) -> bool:
    """Of every other message the provider tells what became of it; of the others nobody ever hears."""
    return number % 2 == 0


def mail_to(number: int) -> str:
    return f"p{number}@example.com"


def phone_of(number: int) -> str:
    return f"+1415{5_550_000 + number}"


def number_of(address: str) -> int:
    """The person of a mail address or a telephone number."""
    return int(address[1:].partition("@")[0]) if "@" in address else int(address[5:]) - 5_550_000
