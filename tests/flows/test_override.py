"""Asked again after a fix: the rules that this passes over are named, and stay beside the ask with the reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from server.core.consent import Said
from server.core.links import hook_signature
from server.core.people import guess
from server.flows.explain import explain
from server.flows.set_up import create_source, source_secret
from server.flows.state_consent import state_consent
from server.flows.trigger import Hook, trigger
from server.store.tables import Source
from tests.flows.stories import CHAIN, Tales, tales

__all__ = ["tales"]

pytestmark = pytest.mark.both_databases

MENDED = {"rules": ["rest"], "because": "the export is there"}


@dataclass(frozen=True)
class Helpdesk:
    """It tells of what was done for Ann, each time under another id."""

    tales: Tales
    source: Source

    def tell(self, **said: Any) -> dict[str, Any]:
        """The reply; what is due is sent."""
        town, id = self.tales.town, f"m{len(self.tales.town.ids())}"
        body = json.dumps(
            {"person": {"email": "ann@example.com", "phone": "+14155552671"}, "delay": 0, **said}
        ).encode()
        timestamp = str(int(town.clock().timestamp()))
        signature = hook_signature(source_secret(town.services, self.source), id, timestamp, body)
        reply = trigger(town.services, self.source.key, Hook(id, timestamp, signature, body))
        self.tales.work()
        return reply

    def state(self, reply: dict[str, Any]) -> tuple[str, str | None]:
        row = self.tales.town.row(reply["invitation"])
        return row.state, row.reason


@pytest.fixture
def helpdesk(tales: Tales) -> Helpdesk:
    return Helpdesk(tales, create_source(tales.town.services, tales.town.site.id, "Desk"))


def test_what_is_overridden_does_not_hold_and_says_so(helpdesk: Helpdesk) -> None:
    assert helpdesk.state(helpdesk.tell()) == ("accepted", None)
    assert helpdesk.state(helpdesk.tell()) == ("held", "rest")

    reply = helpdesk.tell(override=MENDED)

    assert helpdesk.state(reply) == ("accepted", None)
    assert helpdesk.tales.town.row(reply["invitation"]).override == MENDED
    [rest] = [rule for rule in reply["verdict"]["rules"] if rule["rule"] == "rest"]
    assert (rest["passed"], rest["overridden"]) == (True, "the export is there")
    assert "asked by email on 23 November 2026" in rest["because"]
    assert helpdesk.tales.kinds() == [("ask", "email"), ("ask", "email")]


def test_only_what_is_named_is_overridden(helpdesk: Helpdesk) -> None:
    helpdesk.tales.decide(surveys={"nps": {"repeat": {"days": 90}}})
    helpdesk.tell()

    assert helpdesk.state(helpdesk.tell(override=MENDED)) == ("held", "repeat")
    both = {**MENDED, "rules": ["rest", "repeat"]}
    assert helpdesk.state(helpdesk.tell(override=both)) == ("accepted", None)


def test_what_she_said_and_the_contact_load_are_not_overridden(helpdesk: Helpdesk) -> None:
    helpdesk.tales.decide(load={"touches": 2, "days": 7})
    helpdesk.tell()
    helpdesk.tell(override=MENDED)
    assert helpdesk.state(helpdesk.tell(override=MENDED)) == ("held", "load")

    town = helpdesk.tales.town
    state_consent(town.services, town.site.id, [guess("ann@example.com")], Said("email", False, "link"))
    assert helpdesk.state(helpdesk.tell(override=MENDED, channel="email"))[0] == "suppressed"


def test_the_rest_begins_anew_with_the_ask_that_overrode_it(helpdesk: Helpdesk) -> None:
    helpdesk.tell()
    helpdesk.tales.later(days=20)
    helpdesk.tell(override=MENDED)
    helpdesk.tales.later(days=20)

    assert helpdesk.state(helpdesk.tell()) == ("held", "rest")


def test_a_link_for_the_chat_may_override_too(helpdesk: Helpdesk) -> None:
    helpdesk.tell()
    assert helpdesk.tell(channel="link")["link"] is None

    assert helpdesk.tell(channel="link", override=MENDED)["link"]


def test_what_takes_its_place_on_another_channel_overrides_the_same(helpdesk: Helpdesk) -> None:
    tales = helpdesk.tales
    tales.town.write(channels=CHAIN, fallback_after_hours=24)
    helpdesk.tell()
    id = helpdesk.tell(override=MENDED)["invitation"]
    tales.tell(id, "bounced")

    assert tales.steps(id) == [("", "bounced"), ("fallback:sms", "accepted")]
    assert tales.rows(id)[1].override == MENDED


def test_why_tells_of_it_while_it_is_planned(helpdesk: Helpdesk) -> None:
    helpdesk.tell()
    helpdesk.tell(override=MENDED, delay=3600)
    town = helpdesk.tales.town

    said = explain(town.services, town.site.id, "ann@example.com", None)

    [planned] = said.as_json()["planned"]
    assert (planned["override"], planned["held_by"]) == (MENDED, None)
    assert said.sentences[-1].endswith(", in spite of rest: the export is there")
