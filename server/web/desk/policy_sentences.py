"""The rules of a policy as they read: sentences with blanks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """A rule as it reads: `text` has a {} for each of `blanks`, which are (name in the form, default)."""

    name: str
    text: str
    blanks: tuple[tuple[str, str], ...]
    without: str
    """What it says when the rule is switched off."""

    @property
    def pieces(self) -> list[str]:
        return self.text.split("{}")


SENTENCES = (
    Sentence("rest_days", "Nobody is asked more than once in {} days.", (("rest_days", "30"),),
             "No rest between two asks."),
    Sentence("rest_after_dismissal_days", "After closing a survey she is left alone for {} days.",
             (("rest_after_dismissal_days", "30"),), "No rest after closing a survey."),
    Sentence("rest_after_answer_days", "After answering, for {} days.", (("rest_after_answer_days", "90"),),
             "No rest after answering."),
    Sentence("load", "All contacts together, other systems’ too: at most {} in {} days.",
             (("load.touches", "4"), ("load.days", "7")), "No limit to all contacts together."),
    Sentence("rest_after_external_hours", "Nobody is asked within {} hours after another system’s contact.",
             (("rest_after_external_hours", "24"),), "Another system’s contact holds nothing back."),
)  # fmt: skip

OWN = (
    Sentence("rest_days", "Asked at most once in {} days.", (("rest_days", ""),), "no rest between asks"),
    Sentence("rest_after_dismissal_days", "After closing a survey, left alone for {} days.",
             (("rest_after_dismissal_days", ""),), "no rest after closing"),
    Sentence("rest_after_answer_days", "After answering, for {} days.", (("rest_after_answer_days", ""),),
             "no rest after answering"),
)  # fmt: skip
"""What a survey may say in place of the site; empty for the site's."""
