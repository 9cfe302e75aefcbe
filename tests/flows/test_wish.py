"""What somebody opens herself is never held; what a team looks at leaves nothing behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from server.core.links import new_id
from server.core.surveys import template
from server.flows.answer import answer, dismiss, visit
from server.flows.offer import NotNow, Offered, Visitor
from server.flows.show import show, withdraw
from server.flows.unsubscribe import subscriber, unsubscribe
from server.flows.wish import preview_token, wish
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import SurveyRow
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases


def wished(town: Town, name: str = "", kind: Any = "wish", identity: str = "") -> Offered:
    made = wish(town.services, town.site, Visitor(identity), name, kind)
    assert isinstance(made, Offered)
    return made


def everything(town: Town) -> Mapping[str, int]:
    return town.rows()


def test_who_rests_may_still_say_what_she_wants(town: Town) -> None:
    show(town.services, town.offered().token)
    assert isinstance(town.ask(), NotNow)
    made = wished(town, identity=town.identity())
    show(town.services, made.token)
    answer(town.services, made.token, {"score": 9})
    answer(town.services, made.token, {"comment": "The glaze"})
    assert [(r.score, r.comment) for r in town.responses()] == [(9, "The glaze")]
    assert sorted(touch.kind for touch in town.touches()) == ["answered", "ask"]
    assert len({touch.person_id for touch in town.touches()}) == 1


def test_a_wish_that_is_not_answered_leaves_nothing(town: Town) -> None:
    before = everything(town)
    made = wished(town, identity=town.identity())
    show(town.services, made.token)
    dismiss(town.services, made.token)
    withdraw(town.services, made.token)
    assert everything(town) == before
    assert isinstance(town.ask(), Offered)


def test_a_wish_names_a_running_survey(town: Town) -> None:
    assert wished(town, "nps").survey.slug == "nps"
    assert wish(town.services, town.site, Visitor(), "other") == NotNow("none")
    with town.services.db.writing() as db:
        db.query(SurveyRow).update({"state": "paused"})
    assert wish(town.services, town.site, Visitor(), "nps") == NotNow("none")


def test_a_wish_of_somebody_whom_nobody_signed_is_refused(town: Town) -> None:
    assert wish(town.services, town.site, Visitor("a.b.c"), "") == NotNow("identity")


def test_a_preview_is_gone_through_and_leaves_nothing(town: Town) -> None:
    before = everything(town)
    token = wished(town, kind="preview", identity=town.identity()).token
    show(town.services, token)
    first = answer(town.services, token, {"score": 9})
    assert [q.id for q in first.survey.survey.next_page(first.answered)] == ["comment"]
    assert visit(town.services, first.token).answered == {"score": 9}
    second = answer(town.services, first.token, {"comment": "x" * 3000})
    assert second.survey.survey.next_page(second.answered) == ()
    assert len(second.token) < 1500
    dismiss(town.services, second.token)
    withdraw(town.services, token)
    assert everything(town) == before


def test_a_preview_speaks_for_nobody(town: Town) -> None:
    before = everything(town)
    token = wished(town, kind="preview").token
    assert subscriber(town.services, token).asked == ""
    unsubscribe(town.services, token, "all", "page")
    assert everything(town) == before


def test_a_version_that_is_not_live_is_seen_by_its_token_for_a_day(town: Town) -> None:
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        made = surveys.add_survey(scope, new_id(), "draft", template("csat", "Harbour"), town.clock())
        db.get_one(SurveyRow, made.id).state = "draft"
    assert wish(town.services, town.site, Visitor(), "draft", "preview") == NotNow("none")
    token = preview_token(town.services, town.site.id, made.version_id)
    assert wished(town, token, "preview").survey.slug == "draft"
    assert wish(town.services, town.site, Visitor(), token) == NotNow("none")  # a look is no answer
    for wrong in (token[:-1] + "A", "a.b", preview_token(town.services, 99, made.version_id)):
        assert wish(town.services, town.site, Visitor(), wrong, "preview") == NotNow("none")
    town.clock.forward(hours=25)
    assert wish(town.services, town.site, Visitor(), token, "preview") == NotNow("none")
