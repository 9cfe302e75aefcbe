"""What it takes for a click in a message to become an answer: typed and told, for the site and for a survey."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from server.core.one_click import USUAL, Rule
from server.web.desk.policy_draft import Draft, Typed, filled

EXPLAINED: Mapping[Rule, tuple[str, str]] = {
    "strict": (
        "Send",
        "Only what she sends counts: the link opens the page with her answer chosen, and she presses Send.",
    ),
    "assisted": (
        "Touch or Send",
        "What she sends counts, and so does her answer at the first touch, click or key on that page; opening it, or "
        "scrolling, does not.",
    ),
    "instant": ("Opening", "The opening of the link counts at once, whoever opens it."),
}
"""Of each rule a name and a sentence."""

ASK_RULE = "Choose one of the three."


def read(typed: Typed, draft: Draft) -> None:
    """What the site's field says, where it differs from the usual."""
    draft.places |= {"one_click must": ("one_click", ASK_RULE)}
    if (said := filled(typed, "one_click")) not in ("", USUAL):
        draft.document["one_click"] = said


def own(typed: Typed, at: str, slug: str, draft: Draft) -> dict[str, Any]:
    """What the field of one survey says; `at` goes before its name. Empty for as the site has it."""
    draft.places |= {f"{slug}: one_click": (at + "one_click", ASK_RULE)}
    said = filled(typed, at + "one_click")
    return {"one_click": said} if said else {}


def typed_from(rules: Mapping[str, Any], usual: str = "") -> Iterator[tuple[str, str]]:
    """The field that stands for these rules, of the site (with its `usual`) or of a survey."""
    yield "one_click", str(rules.get("one_click") or usual)


def said_by(rule: Rule) -> dict[str, str]:
    """The site's rule in a sentence."""
    name, sentence = EXPLAINED[rule]
    return {"one_click": f"Clicks in messages, “{name}”: {sentence[0].lower()}{sentence[1:]}"}


def said_of(rule: Rule | None) -> list[str]:
    """A survey's own, to go into one sentence about it."""
    return [f"clicks in messages by “{EXPLAINED[rule][0]}”"] if rule else []
