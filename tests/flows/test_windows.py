"""How often is too often, told as stories: the ledger and the gate say the same, whatever came of the last ask."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.core.contact import Contact
from server.core.links import new_id
from server.core.people import Claim
from server.core.policy import BadPolicy
from server.core.surveys import template
from server.core.throttle import LEASE_SHOWN, SLACK
from server.flows.answer import answer, dismiss
from server.flows.ask_gate import lease, note
from server.flows.deliver import deliver
from server.flows.invite import invite
from server.flows.judge import keep, weigh
from server.flows.offer import NotNow, Offered
from server.flows.report import report
from server.flows.rulebook import rulebook
from server.flows.show import show
from server.gate.redis import RedisGate
from server.gate.verdict import Leased, Verdict
from server.store import identities, surveys, touches
from server.store.scope import SiteScope
from server.store.tables import Site
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)
ANN = Claim("email", "ann@example.com")
QUIET = {"rest_days": "none", "rest_after_dismissal_days": "none", "rest_after_answer_days": "none", "load": "none",
         "rest_after_external_hours": "none"}  # fmt: skip
"""A site whose team has switched every rule of its own off."""


@dataclass(frozen=True)
class Windows:
    """The town's rules, what is asked of Ann, and by which rule she is held."""

    town: Town

    def decide(self, **document: Any) -> None:
        with self.town.services.db.writing() as db:
            db.get_one(Site, self.town.site.id).policy = document

    def add(self, *slugs: str) -> None:
        with self.town.services.db.writing() as db:
            for slug in slugs:
                scope = SiteScope(db, self.town.site.id)
                surveys.add_survey(scope, new_id(), slug, template("nps", "Harbour"), self.town.clock())

    def ask(self, slug: str = "nps", outcome: str = "", channel: str = "email") -> None:
        """The survey is kept for Ann, as every channel does it, and this comes of it."""
        services, now, ticket = self.town.services, self.town.clock(), new_id()
        with services.db.writing() as db:
            scope = SiteScope(db, self.town.site.id)
            survey, ann = surveys.named(scope, slug), self._ann(scope)
            assert survey
            verdict, touch = keep(scope, ann, survey, Contact(channel, ticket), now)
            assert verdict.allowed, verdict.held_by
            if outcome:
                touch = touches.came_to(scope, ticket, outcome)
        note(services, self.town.site.id, ann, touch)

    def held(self, slug: str = "nps") -> str:
        """The rule that holds this survey back now, empty for none: by the ledger, and by the gate just so."""
        return self.verdict(slug)[0]

    def verdict(self, slug: str = "nps") -> tuple[str, datetime | None]:
        services, now = self.town.services, self.town.clock()
        with services.db.writing() as db:
            self._ann(SiteScope(db, self.town.site.id))
        with services.db.reading() as db:
            scope = SiteScope(db, self.town.site.id)
            survey, ann, rules = surveys.named(scope, slug), self._ann(scope), rulebook(scope)
            assert survey
            ledger, _ = weigh(scope, ann, survey, Contact("widget"), now)
            docket = rules.docket([survey], "widget")
            asked = (docket, now, LEASE_SHOWN)
            said = lease(services.gate, lambda: nullcontext(scope), rules, "only looking", [ANN], *asked)
            services.gate.give_back("only looking", said.person)
        verdict = Verdict(()) if isinstance(said.answer, Leased) else said.answer.verdict(0)
        gate = (verdict.held_by, verdict.until)
        assert gate == (ledger.held_by, ledger.until)
        return gate

    def told(self, id: str, days_ago: float = 0) -> None:
        """Another system reports a newsletter to her."""
        at = int((self.town.clock() - timedelta(days=days_ago)).timestamp())
        contact = {"id": id, "kind": "external", "channel": "newsletter", "at": at}
        done = report(self.town.services, self.town.site.id, [{**contact, "person": {"email": "ann@example.com"}}])
        assert done.accepted == 1

    def _ann(self, scope: SiteScope) -> int:
        return identities.find_or_make(scope, [ANN], "Ann", self.town.clock()).id


@pytest.fixture
def windows(town: Town) -> Windows:
    return Windows(town)


@pytest.mark.parametrize(
    ("outcome", "rule", "lasts"),
    [("ignored", "rest", 30), ("dismissed", "rest_after_dismissal", 60), ("answered", "rest_after_answer", 90)],
)
def test_the_rest_depends_on_what_came_of_it(outcome: str, rule: str, lasts: int, town: Town, windows: Windows) -> None:
    windows.decide(rest_after_dismissal_days=60)
    made = town.offered()
    show(town.services, made.token)
    shown_at = town.clock()
    # The gate was asked meanwhile: what comes of it must change what it has learned.
    assert windows.held() == "rest"
    town.clock.forward(minutes=5)
    if outcome == "dismissed":
        dismiss(town.services, made.token)
    if outcome == "answered":
        answer(town.services, made.token, {"score": 9})

    town.clock.forward(days=31)

    if outcome == "ignored":
        assert isinstance(town.ask(), Offered)
    else:
        assert windows.verdict() == (rule, shown_at + lasts * DAY - SLACK)
        assert town.ask() == NotNow(rule, shown_at + lasts * DAY - SLACK - town.clock())
        town.clock.time = shown_at + lasts * DAY - SLACK - timedelta(milliseconds=1)
        assert windows.held() == rule
        town.clock.forward(milliseconds=1)
        assert isinstance(town.ask(), Offered)


def test_who_closed_it_and_answers_after_all_rests_as_one_who_answered(town: Town, windows: Windows) -> None:
    made = town.offered()
    show(town.services, made.token)
    dismiss(town.services, made.token)
    town.clock.forward(days=31)
    assert windows.held() == ""

    # The survey is still open in a tab; its link is older than a day, the mail's would not be.
    town.clock.forward(days=-31)
    answer(town.services, made.token, {"score": 9})
    dismiss(town.services, made.token)

    town.clock.forward(days=31)
    assert windows.held() == "rest_after_answer"


def test_a_send_is_held_by_an_answer_that_came_on_a_page(town: Town, windows: Windows) -> None:
    answer(town.services, town.offered().token, {"score": 9})
    answered_at = town.clock()
    town.clock.forward(days=40)

    deliver(town.services, id := town.invite())

    row = town.row(id)
    assert (row.state, row.reason, row.held_until) == ("held", "rest_after_answer", answered_at + 90 * DAY - SLACK)
    assert town.post.sent == []


def test_a_page_is_held_by_an_answer_to_a_mail(town: Town, windows: Windows) -> None:
    windows.ask(outcome="answered")
    town.clock.forward(days=40)

    reply = town.ask()

    assert isinstance(reply, NotNow)
    assert reply.reason == "rest_after_answer"


@pytest.mark.parametrize("redis", ["there", "gone"])
def test_an_outcome_that_the_gate_did_not_hear_of_is_in_the_ledger(
    redis: str, town: Town, windows: Windows, make_services: Any
) -> None:
    made = town.offered()
    show(town.services, made.token)
    assert windows.held() == "rest"
    away = make_services(REDIS_URL="unix:///nowhere/redis.sock")
    answer(away if redis == "gone" else town.services, made.token, {"score": 9})

    town.clock.forward(days=31)

    assert windows.held() == "rest_after_answer"  # after a week the gate reads the ledger again


@pytest.mark.parametrize(
    ("repeat", "outcome", "held"),
    [
        ("once", "", [(1, "repeat"), (89, "repeat"), (4000, "repeat")]),
        ({"days": 90}, "", [(1, "repeat"), (89.4, "repeat"), (89.5, ""), (90, "")]),
        ({"days": 0.5}, "", [(0.4, "repeat"), (0.5, "")]),
        ("until_answered", "", [(1, ""), (4000, "")]),
        ("until_answered", "dismissed", [(1, ""), (4000, "")]),
        ("until_answered", "answered", [(1, "until_answered"), (4000, "until_answered")]),
        ("none", "answered", [(1, "")]),
    ],
)
def test_a_survey_comes_back_as_often_as_its_team_said(
    repeat: Any, outcome: str, held: list[tuple[float, str]], town: Town, windows: Windows
) -> None:
    windows.add("csat")
    windows.decide(**QUIET, surveys={"nps": {"repeat": repeat}, "csat": {"repeat": "once"}})
    windows.ask("nps", outcome)
    asked_at = town.clock()

    for days, rule in held:
        town.clock.time = asked_at + days * DAY
        assert (windows.held("nps"), windows.held("csat")) == (rule, "")


@pytest.mark.parametrize("redis", ["there", "gone"])
def test_what_was_asked_once_is_held_without_a_day_that_anybody_could_wait_for(
    redis: str, town: Town, windows: Windows, make_services: Any
) -> None:
    windows.decide(**QUIET, surveys={"nps": {"repeat": "once"}})
    deliver(town.services, town.invite())
    town.clock.forward(days=400)

    by = town.services if redis == "there" else make_services(REDIS_URL="unix:///nowhere/redis.sock")
    deliver(by, id := town.invite())

    assert (town.row(id).reason, town.row(id).held_until) == ("repeat", None)


def test_a_page_gets_the_survey_that_may_still_be_asked(town: Town, windows: Windows) -> None:
    windows.add("csat")
    windows.decide(**QUIET, surveys={"nps": {"repeat": "once"}, "csat": {"repeat": {"days": 7}}})

    shown = []
    for _ in range(4):
        made = town.ask()
        if isinstance(made, Offered):
            show(town.services, made.token)
        shown.append(made.survey.slug if isinstance(made, Offered) else made.reason)
        town.clock.forward(days=3.5)

    assert shown == ["nps", "csat", "repeat", "csat"]


def test_a_group_rests_together_and_nobody_else_with_it(town: Town, windows: Windows) -> None:
    windows.add("deal", "ticket", "order")
    windows.decide(
        **QUIET,
        groups={"big": {"rest_days": 60}, "small": {"rest_days": 7}},
        surveys={"nps": {"group": "big"}, "deal": {"group": "big"}, "ticket": {"group": "small"}},
    )
    windows.ask("nps")

    town.clock.forward(days=6)
    assert [windows.held(s) for s in ("nps", "deal", "ticket", "order")] == ["group_rest", "group_rest", "", ""]
    windows.ask("ticket")
    windows.ask("order")
    assert [windows.held(s) for s in ("ticket", "order")] == ["group_rest", ""]
    town.clock.forward(days=53, hours=12)
    assert [windows.held(s) for s in ("nps", "deal", "ticket", "order")] == ["", "", "", ""]


def test_contacts_of_other_systems_are_part_of_the_load(town: Town, windows: Windows) -> None:
    windows.told("n0", 8)
    for n, days_ago in enumerate((6, 4, 2), 1):
        windows.told(f"n{n}", days_ago)
        assert windows.held() == ""
    windows.told("n4", 1.5)
    assert windows.verdict() == ("load", town.clock() - 6 * DAY + 7 * DAY - SLACK)

    town.clock.forward(hours=12)

    made = town.offered()
    show(town.services, made.token)
    windows.decide(rest_days="none")
    assert windows.held() == "load"


def test_asks_alone_can_be_the_load(town: Town, windows: Windows) -> None:
    windows.decide(rest_days="none", rest_after_dismissal_days="none", load={"touches": 2, "days": 7})
    for outcome in ("", "dismissed"):
        assert windows.held() == ""
        windows.ask(outcome=outcome)

    assert windows.held() == "load"


def test_there_is_no_ask_within_a_day_of_another_systems_contact(town: Town, windows: Windows) -> None:
    windows.told("n1")
    told_at = town.clock()

    assert windows.verdict() == ("after_external", told_at + DAY)  # to the hour: no slack here
    town.clock.forward(hours=23, minutes=59)
    assert town.ask() == NotNow("after_external", timedelta(minutes=1))
    deliver(town.services, id := town.invite())
    assert (town.row(id).state, town.row(id).reason) == ("held", "after_external")
    town.clock.forward(minutes=1)
    assert isinstance(town.ask(), Offered)


def test_a_survey_replaces_the_value_and_nothing_else(town: Town, windows: Windows) -> None:
    windows.add("csat")
    windows.decide(surveys={"csat": {"rest_days": 7, "rest_after_answer_days": 14}})
    windows.ask("nps", "answered")

    town.clock.forward(days=7)
    assert (windows.held("nps"), windows.held("csat")) == ("rest", "rest_after_answer")
    town.clock.forward(days=7)
    assert (windows.held("nps"), windows.held("csat")) == ("rest", "")
    windows.told("n1")
    assert windows.held("csat") == "after_external"


def test_an_explicit_none_switches_off_that_rule_alone(town: Town, windows: Windows) -> None:
    windows.decide(rest_days="none")
    windows.ask()
    assert windows.held() == ""
    windows.ask(outcome="dismissed")
    assert windows.held() == "rest_after_dismissal"

    windows.decide(rest_days=None)
    assert windows.held() == "rest"
    windows.decide(**QUIET)
    assert windows.held() == ""


def test_rules_that_changed_are_in_force_at_the_next_ask(town: Town, windows: Windows) -> None:
    windows.decide(rest_days=7, rest_after_answer_days="none")
    windows.ask(outcome="answered")
    town.clock.forward(days=7)
    assert windows.held() == ""

    # Longer than what the gate has learned to look at, of another outcome, and of a group that was not there.
    windows.decide(rest_days=365, rest_after_answer_days="none")
    assert windows.held() == "rest"
    windows.decide(rest_days=7)
    assert windows.held() == "rest_after_answer"
    windows.decide(rest_days=7, rest_after_answer_days="none", groups={"g": {"rest_days": 30}},
                   surveys={"nps": {"group": "g"}})  # fmt: skip
    assert windows.held() == "group_rest"
    windows.decide(rest_days=7, rest_after_answer_days="none")
    assert windows.held() == ""


def test_a_place_that_was_taken_under_the_old_rules_is_judged_by_the_new(town: Town, windows: Windows) -> None:
    windows.decide(rest_days=7)
    windows.ask()
    town.clock.forward(days=7)
    made = town.offered()
    windows.decide(rest_days=30)

    with pytest.raises(Exception, match="rest"):
        show(town.services, made.token)
    assert len(town.touches()) == 1


def test_a_rule_that_is_none_is_said_of_a_document_that_is_no_policy(town: Town, windows: Windows) -> None:
    windows.decide(rest_day=7)

    with pytest.raises(BadPolicy, match="rest_day"):
        town.ask()
    assert town.touches() == []


def test_what_was_kept_stays_kept_at_its_time_even_when_no_rule_looks_at_it(town: Town, windows: Windows) -> None:
    windows.decide(**QUIET)
    kept_at = town.clock()
    for _ in range(2):
        with town.services.db.writing() as db:
            scope = SiteScope(db, town.site.id)
            survey = surveys.named(scope, None)
            assert survey
            verdict, touch = keep(scope, windows._ann(scope), survey, Contact("email", "t"), town.clock())
        assert verdict.allowed
        assert touch
        assert touch.at == kept_at
        town.clock.forward(days=1)

    assert [t.at for t in town.touches()] == [kept_at]


def test_what_another_tool_asked_rests_like_our_own(town: Town, windows: Windows) -> None:
    invite(town.services, town.site.id, replace(town.wish(), sends=False, asked_at=town.clock() - 5 * DAY))

    assert windows.verdict() == ("rest", town.clock() + 25 * DAY - SLACK)


def test_twenty_surveys_are_one_question_to_redis(town: Town, windows: Windows) -> None:
    windows.add(*(f"s{n}" for n in range(19)))
    rules = {f"s{n}": {"repeat": "once", "group": f"g{n % 3}"} for n in range(19)}
    windows.decide(groups={f"g{n}": {"rest_days": 10 + n} for n in range(3)}, surveys={"nps": {}, **rules})
    windows.ask("nps")
    assert town.ask() == town.ask()  # from here on the gate knows her, and that she is known by her address
    gate = town.services.gate
    assert isinstance(gate, RedisGate)
    gate._redis.config_resetstat()

    assert isinstance(town.ask(), NotNow)

    stats: Any = gate._redis.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): said["calls"] for name, said in stats.items()}
    calls.pop("config|resetstat", None)
    # The script reads her hash, all of it, once; nothing else is asked, and nothing is written.
    assert calls == {"evalsha": 1, "hgetall": 1}
