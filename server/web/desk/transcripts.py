"""What was said in a call, beside what came of it: by whom, how, and when; and what she said after the tone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, abort

from server.store import calls, recordings
from server.store.scope import SiteScope
from server.store.tables import CallRow, CallTurn, RecordingRow, Site
from server.web.desk.door import desk, for_a_site
from server.web.parts import services

STILL_ON = timedelta(minutes=2)
"""A turn that has waited so long for its answer gets none: she hung up."""


@dataclass(frozen=True)
class Line:
    """One thing that was said: by `us` or by `her`; `how` she did it: `keys`, `speech`, `recording`, `silence`."""

    side: str
    words: str
    at: datetime
    how: str = ""
    recording: RecordingRow | None = None


def transcripts(scope: SiteScope, stories: Sequence[str], now: datetime) -> dict[str, list[Line]]:
    """The calls of these invitations, by the one that began their story; those without a call are left out."""
    spoken = recordings.of_stories(scope, stories)
    return {
        story: [line for call, turns in found for line in _lines(call, turns, spoken.get(story, {}), now)]
        for story, found in calls.of_stories(scope, stories).items()
    }


def _lines(call: CallRow, turns: Sequence[CallTurn], spoken: dict[str, RecordingRow], now: datetime) -> list[Line]:
    lines: list[Line] = []
    for turn in turns:
        lines += [Line("us", str(text), turn.at) for text in turn.said]
        if turn.heard_at and turn.how:
            recording = spoken.get(turn.question_id) if turn.how == "recording" else None
            words = (recording.words or "") if recording else turn.heard or ""
            lines.append(Line("her", words, turn.heard_at, turn.how, recording))
        elif turn.kind != "end":
            lines.append(Line("her", "", turn.at, "on the line" if now - turn.at < STILL_ON else "hung up"))
    return lines


@desk.get("/recordings/<int:id>")
@for_a_site
def recording(site: Site, id: int) -> Response:
    """What somebody said after the tone, as MP3."""
    with services().db.reading() as db:
        body = recordings.body(SiteScope(db, site.id), id)
    if body is None:
        abort(404, "there is no such recording")
    return Response(body, content_type="audio/mpeg")
