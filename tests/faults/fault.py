"""One mistake that somebody could make tomorrow, and who ought to notice."""

from __future__ import annotations

from dataclasses import dataclass


class Misplanted(Exception):
    """The fault cannot be planted or spoils more than it should; the message says what to do."""


@dataclass(frozen=True)
class Fault:
    """`name` says what goes wrong when `file` reads `wrong` where it says `right`. One of the test files `found_by`
    ought to notice."""

    name: str
    file: str
    right: str
    wrong: str
    found_by: tuple[str, ...]

    def planted(self, text: str) -> str:
        """The file with the fault in it. Raises Misplanted when what it replaces is not there exactly once."""
        times = text.count(self.right)
        if times != 1:
            raise Misplanted(
                f"“{self.name}”: {self.file} has {times} places that read {self.right!r}, and it must be one; "
                "bring the fault up to date in tests/faults"
            )
        return text.replace(self.right, self.wrong)
