"""Links that the team hands out: what they say of whoever comes, how often they are good, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.core.identity import identity_secret, sign
from server.core.links import BadLink
from server.flows.answer import Closed, answer, visit
from server.flows.make_link import BadLinkForm, end_link, make_link
from server.flows.make_survey import NoSuchSurvey, put
from server.flows.open_link import open_link, properties_in
from server.store import links, people_lists
from server.store.scope import SiteScope
from server.store.tables import LinkRow
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases


def link(town: Town, name: str = "invoice", **more: Any) -> LinkRow:
    return make_link(town.services, town.site.id, 1, name, "Mia", **more)


def come(town: Town, made: LinkRow, score: int = 9, **query: str) -> None:
    """Somebody opens the link and answers."""
    answer(town.services, open_link(town.services, made.key, query), {"score": score})


def came(town: Town) -> dict[int, int]:
    with town.services.db.reading() as db:
        return links.answers(SiteScope(db, town.site.id), 1)


def test_an_answer_knows_by_which_link_it_came_and_what_that_says(town: Town) -> None:
    made = link(town, properties={"touchpoint": "invoice"})
    come(town, made, plan="pro", touchpoint="forged")
    assert town.responses()[0].properties == {"plan": "pro", "touchpoint": "invoice"}
    come(town, made)
    assert came(town) == {made.id: 2}


def test_a_link_for_a_single_use_ends_with_its_first_answer(town: Town) -> None:
    made = link(town, single_use=True)
    first, second = (open_link(town.services, made.key) for _ in range(2))
    answer(town.services, first, {"score": 9})
    answer(town.services, first, {"comment": "and one more thing"})
    with pytest.raises(Closed):
        answer(town.services, second, {"score": 1})
    with pytest.raises(Closed):
        open_link(town.services, made.key)
    assert [r.comment for r in town.responses()] == ["and one more thing"]


def test_after_its_date_a_link_is_closed_and_who_is_at_it_may_finish(town: Town) -> None:
    made = link(town, closes_at=town.clock() + timedelta(hours=1))
    opened = open_link(town.services, made.key)
    town.clock.forward(hours=2)
    with pytest.raises(Closed):
        open_link(town.services, made.key)
    answer(town.services, opened, {"score": 7})
    assert came(town) == {made.id: 1}


def test_a_link_is_ended_by_the_team(town: Town) -> None:
    made = link(town)
    assert end_link(town.services, town.site.id, made.id).ended_at == town.clock()
    with pytest.raises(Closed):
        open_link(town.services, made.key)
    with pytest.raises(NoSuchSurvey):
        end_link(town.services, town.site.id + 1, made.id)


def test_a_link_to_a_paused_survey_is_closed_until_it_runs_again(town: Town) -> None:
    made = link(town)
    put(town.services, town.site.id, 1, "paused", "Mia")
    with pytest.raises(Closed):
        open_link(town.services, made.key)
    put(town.services, town.site.id, 1, "live", "Mia")
    come(town, made)


def test_whoever_is_signed_in_is_known(town: Town) -> None:
    secret = identity_secret(town.services.secret, town.site.key)
    come(town, link(town), identity=sign(secret, now=town.clock(), email="ann@example.com", name="Ann"))
    with town.services.db.reading() as db:
        person = town.responses()[0].person_id
        assert people_lists.known_by(SiteScope(db, town.site.id), [person])[person] == {"email": "ann@example.com"}


def test_an_identity_that_has_run_out_makes_nobody_known_and_loses_no_answer(town: Town) -> None:
    come(town, link(town), identity="made.up.one")
    with town.services.db.reading() as db:
        person = town.responses()[0].person_id
        assert set(people_lists.known_by(SiteScope(db, town.site.id), [person])[person]) == {"visitor"}


def test_on_a_stand_nobody_is_taken_for_somebody(town: Town) -> None:
    secret = identity_secret(town.services.secret, town.site.key)
    come(town, link(town), identity=sign(secret, now=town.clock(), email="ann@example.com", name="Ann"), kiosk="8")
    with town.services.db.reading() as db:
        person = town.responses()[0].person_id
        assert set(people_lists.known_by(SiteScope(db, town.site.id), [person])[person]) == {"visitor"}
    assert town.responses()[0].properties == {}


def test_a_survey_s_own_link_takes_properties_too(town: Town) -> None:
    offer = visit(town.services, town.offered().token)
    answer(town.services, open_link(town.services, offer.survey.key, {"plan": "pro", "score": "3"}), {"score": 9})
    assert town.responses()[0].properties == {"plan": "pro"}
    with pytest.raises(BadLink):
        open_link(town.services, "nobody")


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"plan": " pro\n plus "}, {"plan": "pro plus"}),
        ({"score": "9", "identity": "x", "unproven": "x", "lang": "de", "theme": "dark"}, {}),
        ({"kiosk": "8", "a.comment": "Lovely", "a.tools.other": "x"}, {}),
        ({"": "x", "y": "", "z": "x" * 256, "w" * 61: "x", "a\x00b": "x"}, {}),
        ({str(n): "x" for n in range(30)}, {str(n): "x" for n in range(20)}),
        ({f"p{n}": "ä" * 255 for n in range(9)}, {"p0": "ä" * 255}),
    ],
)
def test_properties_of_an_address_have_bounds(query: dict[str, str], kept: dict[str, str]) -> None:
    assert properties_in(query) == kept


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "poster"}, "name"),
        ({"properties": {"score": "9"}}, "properties"),
        ({"properties": {"plan": ""}}, "properties"),
        ({"properties": {"plan": "x" * 256}}, "properties"),
        ({"properties": {str(n): "x" for n in range(21)}}, "properties"),
        ({"closes_at": timedelta(0)}, "closes_at"),
    ],
)
def test_a_link_that_makes_no_sense_is_told_where(town: Town, said: dict[str, Any], field: str) -> None:
    link(town, "poster")
    if "closes_at" in said:
        said = {"closes_at": town.clock() + said["closes_at"]}
    with pytest.raises(BadLinkForm) as bad:
        link(town, **said)
    assert list(bad.value.complaints) == [field]
