"""A click on a score in a message, by each of the three rules: what counts, once, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.core.submissions import milliseconds
from server.core.surveys import template
from server.flows.decide import decide
from server.flows.make_survey import make, publish, put
from server.services import Services
from server.store.tables import Invitation, Person, Response, Site
from tests.parts import Waiting
from tests.web.parts import Asked, Form, ask, basic, everything, frame_token, offer, rows

TOUCH = {"asked": "score", "touch": "1"}
AHEAD = [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"},
         {"X-Moz": "prefetch"}, {"X-Purpose": "preview"}, {"Sec-Fetch-Dest": "image"}]  # fmt: skip


def by(services: Services, site: Site, rule: str, **more: Any) -> None:
    decide(services, site.id, {"one_click": rule, **more}, "the team")


def touch(client: FlaskClient, ann: Asked, score: int = 9, told: str = "") -> TestResponse:
    """What the page sends when she touches it."""
    return client.post(ann.survey, data={**TOUCH, "a.score": str(score), "submission": told})


def link_of(client: FlaskClient, key: str, slug: str = "nps") -> str:
    """The path of a survey's open link."""
    made = client.get(f"/v1/surveys/{slug}", headers=basic(key)).json
    assert made
    return "/l/" + str(made["url"]).rsplit("/", 1)[1]


def said(services: Services) -> list[tuple[int | None, str | None, str | None]]:
    """Score, comment, and how it came to count."""
    return [(r.score, r.comment, r.one_click) for r in rows(services, Response)]


def submission(services: Services, ago: int = 0) -> str:
    """The id of one that was said so many milliseconds ago."""
    return f"{milliseconds(services.now()) - ago:013d}-a"


@pytest.mark.parametrize("rule", ["strict", "assisted"])
def test_opening_a_link_answers_nothing(
    client: FlaskClient, services: Services, site: Site, ann: Asked, rule: str
) -> None:
    by(services, site, rule)
    before = everything(services)
    for method in ("HEAD", "GET", "OPTIONS", "GET"):
        for link in [*ann.links, ann.survey + "/more"]:
            for headers in [{}, *AHEAD]:
                reply = client.open(link, method=method, headers=headers)
                assert reply.status_code == 200
                assert "Set-Cookie" not in reply.headers
    assert everything(services) == before


def test_head_is_answered_with_nothing(
    client: FlaskClient, site: Site, services: Services, key: str, ann: Asked
) -> None:
    by(services, site, "instant")
    open_link = link_of(client, key)
    for link in (
        ann.survey + "?score=9",
        ann.survey,
        ann.survey + "/more",
        ann.stop,
        open_link + "?score=9",
        open_link,
    ):
        reply = client.head(link)
        assert (reply.status_code, reply.data, reply.headers["Content-Length"]) == (200, b"", "0")
        assert reply.headers["Cache-Control"] == "no-store"
    assert said(services) == []


def test_the_page_is_nobody_elses_to_keep_find_or_follow(client: FlaskClient, ann: Asked) -> None:
    for link in (ann.survey + "?score=9", ann.survey + "/more", ann.stop):
        headers = client.get(link).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex"


def test_score_and_comment_stand_on_one_page_and_go_with_one_send(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    page = client.get(ann.survey + "?score=9")
    assert 'value="9" checked' in page.text
    assert 'name="a.comment"' in page.text
    form = Form(page.text)
    assert form.buttons == [("", "")]
    done = form.send(client, fields={"a.score": "7", "a.comment": "The glaze."})
    assert 'data-step="thanks"' in done.text
    assert said(services) == [(7, "The glaze.", None)]


def test_who_sends_a_score_alone_has_left_the_comment_out(client: FlaskClient, services: Services, ann: Asked) -> None:
    done = client.post(ann.survey, data={"asked": ["score", "comment"], "a.score": "9", "a.comment": ""})
    assert 'data-step="thanks"' in done.text
    assert said(services) == [(9, None, None)]


def test_a_touch_of_the_page_counts_once_and_send_says_more(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    told = submission(services, 3000)
    for _ in range(3):
        touch(client, ann, told=told)
    assert said(services) == [(9, None, "touched")]
    assert 'name="a.comment"' in client.get(ann.survey).text, "her comment is still open"
    client.post(ann.survey, data={"asked": ["score", "comment"], "a.score": "9", "a.comment": "The glaze."})
    assert said(services) == [(9, "The glaze.", None)]
    touch(client, ann, told=told)  # the same touch, late once more
    assert said(services) == [(9, "The glaze.", None)]


def test_of_a_touch_and_a_send_the_later_wins_whatever_comes_in_first(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    client.post(ann.survey, data={"asked": "score", "a.score": "3", "submission": submission(services, 1000)})
    touch(client, ann, 9, submission(services, 2000))
    assert said(services) == [(3, None, None)]
    touch(client, ann, 8, submission(services))
    assert said(services) == [(8, None, None)], "last confirmed wins, and that she once sent stays true"


def test_by_strict_a_touch_counts_nothing(client: FlaskClient, services: Services, site: Site, ann: Asked) -> None:
    by(services, site, "strict")
    assert touch(client, ann).status_code == 200
    assert said(services) == []
    page = client.get(ann.survey + "?score=9").text
    assert "data-clicked" not in page
    assert "oneclick" not in page
    assert "Please confirm it" in page
    Form(page).send(client)
    assert said(services) == [(9, None, None)]


def test_by_assisted_the_page_knows_what_was_clicked(client: FlaskClient, ann: Asked) -> None:
    page = client.get(ann.survey + "?score=9").text
    assert 'data-clicked="score"' in page
    assert page.count("/assets/oneclick.") == 1
    assert '<p class="confirm assisted">Please confirm it' in page, "where scripts do not run"
    for usual in (client.get(ann.survey).text, client.get(ann.survey + "?score=11").text):
        assert "data-clicked" not in usual
        assert "oneclick" not in usual
        assert "Please confirm" not in usual


def test_by_instant_the_opening_counts_once(client: FlaskClient, services: Services, site: Site, ann: Asked) -> None:
    by(services, site, "instant")
    for _ in range(3):
        page = client.get(ann.survey + "?score=9").text
    assert said(services) == [(9, None, "opened")]
    assert 'data-saved aria-hidden="true">' in page, "it says so"
    assert [row.outcome for row in rows(services, Invitation)] == ["answered"]
    client.get(ann.survey + "?score=4")
    assert said(services) == [(4, None, "opened")], "of openings the last one"


def test_by_instant_what_she_confirmed_beats_what_is_opened(
    client: FlaskClient, services: Services, site: Site, ann: Asked
) -> None:
    by(services, site, "instant")
    client.get(ann.survey + "?score=2")
    touch(client, ann, 9)
    assert said(services) == [(9, None, "touched")]
    page = client.get(ann.survey + "?score=2").text
    assert said(services) == [(9, None, "touched")]
    assert 'data-clicked="score"' in page, "she may confirm that as well"
    assert 'value="2" checked' in page
    assert 'data-saved aria-hidden="true" hidden' in page
    Form(page).send(client)
    assert said(services) == [(2, None, None)]


@pytest.mark.parametrize("headers", AHEAD)
def test_by_instant_what_nobody_opened_does_not_count(
    client: FlaskClient, services: Services, site: Site, ann: Asked, headers: dict[str, str]
) -> None:
    by(services, site, "instant")
    page = client.get(ann.survey + "?score=9", headers=headers)
    client.head(ann.survey + "?score=9")
    assert said(services) == []
    assert 'data-clicked="score"' in page.text, "a page that was loaded ahead counts when she touches it"


def test_a_survey_may_have_a_rule_of_its_own(client: FlaskClient, services: Services, site: Site, ann: Asked) -> None:
    by(services, site, "instant", surveys={"nps": {"one_click": "strict"}})
    client.get(ann.survey + "?score=9")
    touch(client, ann)
    assert said(services) == []
    by(services, site, "strict", surveys={"nps": {"one_click": "instant"}})
    client.get(ann.survey + "?score=9")
    assert said(services) == [(9, None, "opened")]


def test_once_the_survey_is_closed_no_click_changes_what_stands(
    client: FlaskClient, services: Services, site: Site, ann: Asked
) -> None:
    by(services, site, "instant")
    touch(client, ann, 9)
    put(services, site.id, 1, "closed", "the team")
    touch(client, ann, 3)
    client.get(ann.survey + "?score=3")
    assert said(services) == [(9, None, "touched")]
    client.post(ann.survey, data={"asked": "score", "a.score": "8"})
    assert said(services) == [(8, None, None)], "what is sent is taken: it may have waited in her browser"


def test_a_signature_is_under_the_same_rule(client: FlaskClient, services: Services, site: Site, key: str) -> None:
    link = link_of(client, key) + "?score=9&ticket=7"
    before = everything(services)
    page = client.get(link).text
    assert 'data-clicked="score"' in page
    assert 'name="a.comment"' in page
    assert everything(services) == before
    action = Form(page).action
    for _ in range(2):
        client.post(action, data={**TOUCH, "a.score": "9", "submission": submission(services)})
    assert said(services) == [(9, None, "touched")]
    Form(page).send(client, fields={"a.comment": "Quick help"})
    assert said(services) == [(9, "Quick help", None)]
    assert rows(services, Response)[0].properties == {"ticket": "7"}
    assert len(rows(services, Person)) == 1


def test_by_instant_a_signature_counts_each_time_it_is_opened_and_not_when_it_is_loaded_anew(
    client: FlaskClient, services: Services, site: Site, key: str
) -> None:
    by(services, site, "instant")
    link = link_of(client, key)
    for headers in AHEAD:
        assert client.get(link + "?score=9", headers=headers).status_code == 200
    assert client.get(link).status_code == 200
    assert said(services) == []
    sent_on = client.get(link + "?score=9&ticket=7&lang=de&theme=dark")
    assert sent_on.status_code == 303
    assert sent_on.location.endswith("?score=9&lang=de&theme=dark")
    for _ in range(3):
        page = client.get(sent_on.location).text
    assert 'data-theme="dark"' in page
    assert said(services) == [(9, None, "opened")]
    assert rows(services, Response)[0].properties == {"ticket": "7"}


def test_a_choice_that_is_no_score_is_under_the_same_rule(
    client: FlaskClient, services: Services, site: Site, key: str
) -> None:
    row = make(services, site.id, template("cancel", "Harbour"), "the team", "cancel")
    publish(services, site.id, row.id, "the team")
    page = client.get(link_of(client, key, "cancel") + "?a.reason=price").text
    assert 'data-clicked="reason"' in page
    assert 'value="price" checked' in page
    assert "a.reason" not in Form(page).action, "loaded anew it goes on"
    assert 'name="a.comment"' not in page, "who is asked that depends on what she chooses"
    client.post(Form(page).action, data={"asked": "reason", "touch": "1", "a.reason": "price", "a.reason.other": ""})
    assert [r.one_click for r in rows(services, Response)] == ["touched"]


def test_a_link_that_fills_in_words_is_no_click(client: FlaskClient, services: Services, site: Site, key: str) -> None:
    by(services, site, "instant")
    page = client.get(link_of(client, key) + "?a.comment=hello")
    assert page.status_code == 200
    assert "data-clicked" not in page.text
    assert said(services) == []


def test_a_frame_counts_nothing_by_its_address(client: FlaskClient, services: Services, shop: Site) -> None:
    by(services, shop, "instant")
    frame = client.get(f"/s/{frame_token(offer(client, shop))}?score=9")
    assert "data-clicked" not in frame.text
    assert said(services) == []


def test_a_rule_that_is_none_is_refused(services: Services, site: Site, client: FlaskClient, key: str) -> None:
    wrongs: list[Any] = ["never", 1, ["strict"], {}, ""]
    for wrong in wrongs:
        for policy in ({"one_click": wrong}, {"surveys": {"nps": {"one_click": wrong}}}):
            reply = client.post("/v1/policy", json={"policy": policy}, headers=basic(key))
            assert reply.status_code == 422
            assert "one_click must be strict, assisted or instant" in reply.text
    assert site.policy == {}


def test_the_policy_is_read_and_decided_by_api_with_its_warning(
    client: FlaskClient, services: Services, site: Site, key: str
) -> None:
    def policy(**said: Any) -> Any:
        reply = (
            client.post("/v1/policy", json={"policy": said}, headers=basic(key))
            if said
            else client.get("/v1/policy", headers=basic(key))
        )
        assert reply.status_code == 200, reply.text
        return reply.json

    assert policy() == {"version": 0, "policy": {}, "warnings": []}
    assert policy(one_click="strict") == {"version": 1, "policy": {"one_click": "strict"}, "warnings": []}
    own = {"nps": {"one_click": "instant"}}
    assert "before a person does" in policy(surveys=own)["warnings"][0]
    assert policy() == {"version": 2, "policy": {"surveys": own}, "warnings": policy(surveys=own)["warnings"]}
    survey = client.get("/v1/surveys/nps", headers=basic(key)).json
    assert survey
    assert survey["one_click"] == "instant"
    assert client.get("/v1/policy").status_code == 401
    assert client.post("/v1/policy", json={}, headers=basic(key)).status_code == 422


def test_the_api_says_how_an_answer_came_to_count(
    client: FlaskClient, services: Services, site: Site, key: str, queue: Waiting, ann: Asked
) -> None:
    touch(client, ann)
    bo = ask(services, client, key, queue, "bo@example.org")
    client.post(bo.survey, data={"asked": "score", "a.score": "3"})
    found = client.get("/v1/survey_responses", headers=basic(key)).json
    assert found
    assert [(each["score"], each["one_click"]) for each in found] == [(9, "touched"), (3, None)]
