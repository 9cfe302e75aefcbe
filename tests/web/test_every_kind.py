"""Every kind of question: the same answer given on the page, in a plain form and by API is the same response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.core.surveys import KINDS, SCORED
from server.services import Services
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import Answer, Response, Site
from tests.gallery.states import ANSWERS, QUESTIONS
from tests.parts import NOON
from tests.web.parts import basic

FIELDS: Mapping[str, dict[str, Any]] = {
    **{kind: {f"a.{kind}": str(ANSWERS[kind])} for kind in KINDS if isinstance(ANSWERS[kind], int)},
    "select_one": {"a.select_one": "other", "a.select_one.other": " The blue one "},
    "select_many": {"a.select_many": ["parcel", "glaze"]},
    "ranking": {"a.ranking.shape": "1", "a.ranking.glaze": "2", "a.ranking.price": "3", "a.ranking.parcel": "4"},
    "free_response": {"a.free_response": "The glaze.\r\n"},
    "contact": {"a.contact.name": "Ann", "a.contact.email": "Ann@Example.org "},
}
"""What a browser sends for `ANSWERS`, in whatever order."""

BY_API: Mapping[str, Any] = {
    **ANSWERS,
    "select_many": ["parcel", "glaze"],
    "ranking": ["shape", "glaze", "price", "parcel"],
}
"""The same as an API caller may write it."""


@pytest.fixture
def made(services: Services, site: Site) -> Mapping[str, str]:
    """A survey of each kind alone, by kind: the address of its open link."""
    with services.db.writing() as db:
        for kind in KINDS:
            question = {"id": kind, "kind": kind, **QUESTIONS[kind]}
            definition = {"language": "en", "questions": [question], "thanks": "Thank you!"}
            surveys.add_survey(SiteScope(db, site.id), f"key-{kind}", f"all-{kind}", definition, NOON)
    return {kind: f"/l/key-{kind}" for kind in KINDS}


def token(page: str) -> str:
    return page.split('data-token="', 1)[1].split('"', 1)[0]


def kept(services: Services) -> list[tuple[Any, ...]]:
    """What is stored of each response, the oldest first: score, comment, kind, and its answer."""
    with services.db.reading() as db:
        found = select(Response, Answer).join(Answer, Answer.response_id == Response.id).order_by(Response.id)
        return [
            (r.score, r.comment, r.kind, r.channel, a.question_id, a.number, a.words, a.parts)
            for r, a in db.execute(found)
        ]


@pytest.mark.both_databases
def test_the_same_answer_is_the_same_response_whichever_way_it_came(
    client: FlaskClient, services: Services, key: str, made: Mapping[str, str]
) -> None:
    person = client.post("/v1/people", json={"email": "ann@example.org", "send": False}, headers=basic(key))
    for kind in KINDS:
        data = {"asked": kind, **FIELDS[kind]}
        for headers in ({"HX-Request": "true"}, {}):
            page = client.post(f"/s/{token(client.get(made[kind]).text)}", data=data, headers=headers)
            assert page.status_code == 200, page.text
            assert 'data-step="thanks"' in page.text
        said = {"person": (person.json or {})["id"], "survey": f"all-{kind}", "answers": {kind: BY_API[kind]}}
        told = client.post("/v1/survey_responses", json=said, headers=basic(key))
        assert told.status_code == 201, told.text
        by_page, by_form, by_api = kept(services)[-3:]
        assert by_page == by_form == by_api
        assert (told.json or {})["answers"] == {kind: ANSWERS[kind]}
    assert len(kept(services)) == 3 * len(KINDS)


def test_what_need_not_be_answered_can_be_left_out_and_a_score_cannot(
    client: FlaskClient, services: Services, made: Mapping[str, str]
) -> None:
    for kind in KINDS:
        for more in ({}, {"skip": kind}):
            before = len(kept(services))
            page = client.post(f"/s/{token(client.get(made[kind]).text)}", data={"asked": kind, **more})
            if kind in SCORED:
                assert page.status_code == 422
                assert "data-complaint" in page.text
                assert len(kept(services)) == before
            else:
                assert 'data-step="thanks"' in page.text
                assert kept(services)[-1][5:] == (None, "", None)


def test_what_an_address_fills_in_is_taken_when_it_is_sent(
    client: FlaskClient, services: Services, made: Mapping[str, str]
) -> None:
    for kind in KINDS:
        page = client.get(made[kind], query_string=FIELDS[kind])
        assert 'class="send"' in page.text, "it is sent by a button of its own"
        assert any(word in page.text for word in (" checked", " selected", "The glaze.", "Ann@Example.org"))
    assert kept(services) == []
