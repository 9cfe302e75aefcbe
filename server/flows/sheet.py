"""What a site might ask in a browser or an app: everything that is the same for all who ask, kept ready."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from server.core.links import BadLink
from server.core.policy import Policy
from server.core.sampling import in_sample
from server.core.targeting import Scene
from server.flows.aim import EVERYWHERE, Aim, aim, is_aimed
from server.flows.rulebook import Rulebook, rulebook
from server.flows.standing import for_everybody
from server.gate.verdict import Docket, Held, Verdict
from server.services import Services
from server.store import sites, surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Site

PATIENCE = 30.0
"""Seconds that a sheet is good for while somebody renews it every second: the database may be away that long."""


@dataclass(frozen=True)
class Sheet:
    """A site's surveys that might be asked now, in order of preference, and the rules on them.

    `closed` has the verdict on those that stand still for everybody: over, or spent for today; `samples` the
    percentage of people for whom some are.
    """

    site: Site
    origins: frozenset[str]
    rules: Rulebook
    surveys: tuple[StoredSurvey, ...]
    closed: Mapping[str, Mapping[int, Verdict]]
    samples: Mapping[int, float]
    dockets: Mapping[str, Docket] = field(init=False)

    def aim(self, channel: str, scene: Callable[[], Scene]) -> Aim:
        """Which surveys are for this scene, which is only looked at when one of them depends on it."""
        return aim(self.surveys, channel, scene()) if self.is_aimed else EVERYWHERE

    @cached_property
    def is_aimed(self) -> bool:
        return any(is_aimed(survey) for survey in self.surveys)

    def tried(self, channel: str, who: str) -> list[int] | None:
        """The places of the surveys that are for `who`; None for all."""
        if not self.closed[channel] and not self.samples:
            return None
        return [n for n, survey in enumerate(self.surveys) if self._is_for(survey, channel, who)]

    def _is_for(self, survey: StoredSurvey, channel: str, who: str) -> bool:
        percent = self.samples.get(survey.id)
        sampled = percent is None or in_sample(self.site.id, survey.id, who, percent)
        return sampled and survey.id not in self.closed[channel]

    def held_by(
        self, channel: str, held: Held, hers: Collection[int] | None, some: Sequence[int] | None
    ) -> tuple[tuple[str, ...], datetime | None]:
        """The rule that holds each of `some` surveys (None for all), and the earliest time at which one of them might
        be asked. `hers` are those that are for her at all, as `tried` had it."""
        if hers is None and some is None:
            return held.rules, held.soonest
        places = range(len(self.surveys)) if some is None else some
        each = [self._one_held_by(channel, held, hers, index) for index in places]
        return tuple(rule for rule, _ in each), min((until for _, until in each if until), default=None)

    def _one_held_by(
        self, channel: str, held: Held, hers: Collection[int] | None, index: int
    ) -> tuple[str, datetime | None]:
        verdict = self.closed[channel].get(self.surveys[index].id)
        if verdict:
            return verdict.held_by, verdict.until
        is_hers = hers is None or index in hers
        return (held.rules[index], held.until_of(index)) if is_hers else ("sample", None)

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """Of the surveys."""
        return tuple(survey.id for survey in self.surveys)

    def __post_init__(self) -> None:
        dockets = {channel: self.rules.docket(self.surveys, channel) for channel in self.closed}
        object.__setattr__(self, "dockets", dockets)


def sheet(services: Services, site_key: str) -> Sheet:
    """The sheet of the site with this public key. Raises BadLink when there is none."""
    found: Sheet = services.sheets.get(site_key, lambda: _read(services, site_key))
    return found


def fresh_sheet(services: Services, site_key: str) -> Sheet:
    """As `sheet`, as things are this moment: for who would be refused by one that is a second old."""
    found: Sheet = services.sheets.put(site_key, _read(services, site_key))
    return found


def renew_sheets(services: Services) -> None:
    """Every sheet that is in use, as things are now."""
    services.sheets.renew(lambda site_key: _read(services, site_key))


def _read(services: Services, site_key: str) -> Sheet:
    with services.db.reading() as db:
        site = sites.by_key(db, site_key)
        if site is None:
            raise BadLink("page")
        scope = SiteScope(db, site.id)
        live, rules, now = tuple(surveys.live(scope)), rulebook(scope), services.moment(db)
        closed = {channel: _closed(scope, rules.policy, live, channel, now) for channel in ("widget", "view")}
        samples = {survey.id: rules.policy.of(survey.slug).sample_percent for survey in live}
        origins = frozenset(o.origin for o in sites.origins(scope) if o.allowed)
        some = {id: percent for id, percent in samples.items() if percent is not None}
        return Sheet(site, origins, rules, live, closed, some)


def _closed(
    scope: SiteScope, policy: Policy, live: tuple[StoredSurvey, ...], channel: str, now: datetime
) -> dict[int, Verdict]:
    verdicts = {survey.id: Verdict(for_everybody(scope, policy, survey, channel, now)) for survey in live}
    return {id: verdict for id, verdict in verdicts.items() if not verdict.allowed}
