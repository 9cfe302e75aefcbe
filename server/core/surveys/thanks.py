"""What a person sees when she is done: by her score's group, a text and perhaps somewhere to go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from server.core.surveys.words import Words

URL_MAX = 2000
CLOSE_MAX = 60


@dataclass(frozen=True)
class Link:
    """A button on the last page. It leads where the survey's author says, never where a request says."""

    url: str
    label: str


@dataclass(frozen=True)
class Thanks:
    text: str
    link: Link | None = None
    close_after: int = 0
    """Seconds until it closes itself; 0 for never."""
    groups: Mapping[str, Thanks] = field(default_factory=dict)
    """What is said instead to those whose score falls into a group."""

    def to(self, group: str) -> Thanks:
        return self.groups.get(group, self)


def thanks_from(raw: Any, words: Words, complaints: list[str], where: str = "thanks") -> Thanks:
    """Shape: text, or `{"text", "link": {"url", "label"}, "close_after": seconds, "groups": {group: the same}}`."""
    if not isinstance(raw, Mapping) or words.is_text(raw):
        return Thanks(words.read(raw, where) or "")
    groups = raw.get("groups") or {}
    if not isinstance(groups, Mapping) or len(groups) > 10:
        complaints.append(f"{where}: groups must be an object, by the score's group")
        groups = {}
    close_after = raw.get("close_after") or 0
    if not isinstance(close_after, int) or not 0 <= close_after <= CLOSE_MAX:
        complaints.append(f"{where}: close_after must be 0 to {CLOSE_MAX} seconds")
        close_after = 0
    return Thanks(
        text=words.read(raw.get("text"), where) or "",
        link=_link(raw.get("link"), words, complaints, where),
        close_after=close_after,
        groups={
            str(group): thanks_from(said, words, complaints, f"thanks for {str(group)[:20]}")
            for group, said in groups.items()
        }
        if where == "thanks"
        else {},
    )


def _link(raw: Any, words: Words, complaints: list[str], where: str) -> Link | None:
    if not raw:
        return None
    said = raw if isinstance(raw, Mapping) else {}
    url, label = str(said.get("url") or ""), words.read(said.get("label"), f"{where}, link")
    if not is_safe(url):
        complaints.append(f"{where}: a link must be an https:, mailto: or tel: address of at most {URL_MAX} characters")
    if not label:
        complaints.append(f"{where}: a link needs a label")
    return Link(url, label) if is_safe(url) and label else None


def is_safe(url: str) -> bool:
    """Whether `url` may stand behind a button: no script, no user and password, nothing invisible."""
    if len(url) > URL_MAX or not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("mailto", "tel") or (
            parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False
