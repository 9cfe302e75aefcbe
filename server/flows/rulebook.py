"""The rules in force: a site's policy, on its surveys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from server.core.contact import NOTHING, Override
from server.core.policy import Policy
from server.core.policy_document import policy_from
from server.core.throttle import TouchKind, Window
from server.gate.verdict import Ask, Docket
from server.store import sites, surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey


@dataclass(frozen=True, eq=False)
class Rulebook:
    """A site's policy, on its surveys. `name` differs whenever any window does."""

    site_id: int
    policy: Policy
    ids: Mapping[str, int]
    name: str

    def windows_of(self, survey: StoredSurvey, kind: TouchKind = "ask") -> tuple[Window, ...]:
        """The windows that an ask of `survey`, or what continues one, must fit into."""
        return self.policy.contact_load if kind == "continuation" else self.policy.windows(survey.slug, self.ids)

    def docket(self, asked: Sequence[StoredSurvey], channel: str, override: Override = NOTHING) -> Docket:
        """What the gate is asked for these surveys, in this order."""
        asks = (Ask(survey.id, channel, override.left_of(self.windows_of(survey))) for survey in asked)
        return Docket(tuple(asks), self.name)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """Every window that any survey of the site looks through: what the gate must know to judge them all."""
        return tuple(dict.fromkeys(w for slug in self.ids for w in self.policy.windows(slug, self.ids)))


def rulebook(scope: SiteScope) -> Rulebook:
    """The rules in force."""
    site = sites.by_id(scope.db, scope.site_id)
    document = site.policy if site else {}
    ids = {slug: id for id, slug in surveys.names(scope).items()}
    name = sha256(json.dumps([document, ids], sort_keys=True).encode()).hexdigest()[:12]
    return Rulebook(scope.site_id, policy_from(document), ids, name)
