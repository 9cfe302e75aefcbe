"""Which of a site's surveys are for where a visitor is: those that may be asked at once, and those that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.core.targeting import EVERYBODY, Scene, watch
from server.store.surveys import StoredSurvey

ASKED_BY_ITSELF = ("card", "bar", "modal", "inline")
"""The shapes that come to a person; a tab stays at the edge until she comes to it."""


@dataclass(frozen=True)
class Aim:
    """Places of surveys on a sheet, in its order. `started` is None for all of them."""

    started: tuple[int, ...] | None = None
    waiting: tuple[int, ...] = ()
    """For this page and this visitor, but something must happen first."""
    elsewhere: tuple[int, ...] = ()
    """For this visitor, on other pages."""
    tab: int | None = None
    """The feedback tab of this page."""

    def tried(self, hers: Sequence[int] | None) -> Sequence[int] | None:
        """What the gate is asked for, of those that are hers at all (None for all)."""
        if self.started is None or hers is None:
            return hers if self.started is None else self.started
        return [n for n in self.started if n in hers]


EVERYWHERE = Aim()
"""Of surveys without any targeting."""


def is_aimed(survey: StoredSurvey) -> bool:
    """Whether it depends on the page or the visitor if this survey is asked."""
    return survey.targeting != EVERYBODY or survey.look.shape in ("tab", "inline")


def aim(surveys: Sequence[StoredSurvey], channel: str, scene: Scene) -> Aim:
    """Where each of `surveys` belongs. An app's view has no page, so that surveys for pages are not for it, and no
    places in a page."""
    started, waiting, elsewhere = list[int](), list[int](), list[int]()
    tab = None
    for n, survey in enumerate(surveys):
        if not survey.targeting.fits_visitor(scene):
            continue
        if not _has_place(survey, channel, scene):
            elsewhere.append(n)
        elif survey.look.shape == "tab":
            tab = n if tab is None else tab
        elif survey.targeting.start.came(scene.happened):
            started.append(n)
        else:
            waiting.append(n)
    return Aim(tuple(started), tuple(waiting), tuple(elsewhere), tab)


def _has_place(survey: StoredSurvey, channel: str, scene: Scene) -> bool:
    if channel == "view":
        return not survey.targeting.pages and survey.look.shape in ASKED_BY_ITSELF
    slots = scene.slots
    has_slot = survey.look.shape != "inline" or "" in slots or survey.slug in slots
    return has_slot and survey.targeting.fits_page(scene.page)


def watch_for(surveys: Sequence[StoredSurvey], waiting: Sequence[int]) -> dict[str, Any]:
    """What the page must look out for, that these may start."""
    return watch(surveys[n].targeting.start for n in waiting)
