"""Clicks on the links of a message: kept apart from answers, and told beside the results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from server.core.one_click import Click
from server.flows.decide import decide
from server.flows.note_clicks import note_clicks
from server.services import Services
from server.store.clicks import ANSWERS_EACH, BASKET, KEPT_EACH, KEPT_FOR
from server.store.db import Database
from server.store.tables import Clicked, ClickRow, Response, Site
from tests.parts import NOON, Clock, Waiting
from tests.web.parts import Asked, ask, basic, path, rows

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"}
SAFE = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 HeadlessChrome/129.0 Safari/537.36"}


def scan(client: FlaskClient, ann: Asked) -> None:
    """HEAD and GET of every link in her mail."""
    for link in ann.links:
        for method in ("HEAD", "GET"):
            assert client.open(link, method=method, headers=SAFE).status_code == 200


def clicked(client: FlaskClient, key: str) -> Any:
    reply = client.get("/v1/coverage?survey=nps", headers=basic(key)).json
    assert reply
    return reply["surveys"][0]["clicks"]


@pytest.mark.both_databases
def test_a_click_is_kept_with_as_much_as_tells_it_from_others(
    client: FlaskClient, services: Services, clock: Clock, ann: Asked
) -> None:
    clock.forward(hours=1)
    client.get(ann.survey + "?score=9", headers=FIREFOX, environ_base={"REMOTE_ADDR": "192.0.2.77"})
    client.get(ann.survey, headers=FIREFOX, environ_base={"REMOTE_ADDR": "2001:db8:1:2::3"})
    client.head(ann.stop)
    client.get(ann.survey + "?score=9", headers={"Sec-Purpose": "prefetch"})  # nobody clicked it yet
    note_clicks(services)
    kept = [(r.invitation_id, r.at, r.visit, r.chosen, r.agent, r.network) for r in rows(services, ClickRow)]
    assert kept == [
        (ann.invitation, clock(), "open", "9", "Firefox", "192.0.2.0/24"),
        (ann.invitation, clock(), "open", "", "Firefox", "2001:db8:1::/48"),
        (ann.invitation, clock(), "head", "", "other", "127.0.0.0/24"),
    ]


@pytest.mark.both_databases
def test_a_scan_is_seen_for_what_it_is_and_a_person_after_it_for_what_she_is(
    client: FlaskClient, services: Services, key: str, clock: Clock, ann: Asked
) -> None:
    clock.forward(minutes=2)
    scan(client, ann)
    note_clicks(services)
    clock.forward(hours=1)
    client.get(ann.survey + "?score=9", headers=FIREFOX)
    client.post(ann.survey, data={"asked": "score", "a.score": "9"}, headers=FIREFOX)
    note_clicks(services)
    signals = dict.fromkeys(("head", "scores", "everything", "trap", "program"), 1)
    assert clicked(client, key) == {"clicks": 13, "like_machines": 12, "signals": signals, "counted_on_opening": 0}
    assert [r.score for r in rows(services, Response)] == [9]


def test_the_hidden_link_tells_who_follows_it_and_leads_a_person_to_her_survey(
    client: FlaskClient, services: Services, clock: Clock, ann: Asked
) -> None:
    clock.forward(hours=1)
    [hidden] = [link for link in ann.links if link.endswith("/more")]
    page = client.get(hidden, headers=FIREFOX)
    assert page.text.count("<button") >= 11
    client.get(ann.survey + "?score=0", headers=FIREFOX)
    note_clicks(services)
    [told] = rows(services, Clicked)
    assert (told.clicks, told.machines, told.signals) == (1, 1, "trap")


def test_who_comes_within_ten_seconds_of_delivery_is_too_fast(
    client: FlaskClient, services: Services, clock: Clock, ann: Asked
) -> None:
    clock.forward(seconds=9)
    client.get(ann.survey + "?score=9", headers=FIREFOX)
    note_clicks(services)
    clock.forward(hours=1)
    client.get(ann.survey + "?score=9", headers=FIREFOX)
    note_clicks(services)
    [told] = rows(services, Clicked)
    assert (told.clicks, told.machines, told.signals, told.sent_at) == (2, 1, "early", NOON)


def test_of_one_invitation_only_so_much_is_kept_and_answers_have_room_of_their_own(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    for _ in range(3):
        for _ in range(KEPT_EACH):
            client.head(ann.survey)
        for score in range(ANSWERS_EACH):
            client.post(ann.survey, data={"asked": "score", "a.score": str(score)})
        note_clicks(services)
    assert len(rows(services, ClickRow)) == KEPT_EACH + ANSWERS_EACH


def test_the_basket_has_a_bottom(services: Services) -> None:
    click = Click("i", NOON, "open", "", "Chrome", "192.0.2.0/24")
    services.clicks.add([click] * (BASKET + 1))
    services.clicks.add([click])
    assert len(services.clicks.take()) == BASKET
    assert services.clicks.take() == []


def test_what_cannot_be_written_down_is_written_the_next_time(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    client.get(ann.survey + "?score=9")
    with pytest.raises(OperationalError):
        note_clicks(replace(services, db=Database("sqlite:////nowhere/at/all.db")))
    note_clicks(services)
    assert len(rows(services, ClickRow)) == 1


def test_after_a_season_single_visits_go_and_what_they_looked_like_stays(
    client: FlaskClient, services: Services, key: str, queue: Waiting, clock: Clock, ann: Asked
) -> None:
    clock.forward(minutes=2)
    scan(client, ann)
    note_clicks(services)
    clock.time += KEPT_FOR
    bo = ask(services, client, key, queue, "bo@example.org")
    client.get(ann.survey + "?score=9")  # too old to tell anything
    clock.forward(hours=1)
    client.get(bo.survey + "?score=9")
    note_clicks(services)
    assert [row.invitation_id for row in rows(services, ClickRow)] == [bo.invitation]
    assert sorted((row.clicks, row.machines) for row in rows(services, Clicked)) == [(1, 0), (12, 12)]


def test_the_desk_says_beside_the_score_what_looked_like_machines(
    client: FlaskClient, desk: FlaskClient, services: Services, site: Site, clock: Clock, ann: Asked
) -> None:
    clock.forward(hours=1)
    assert "clicks in messages" not in desk.get("/desk").text
    scan(client, ann)
    clock.forward(hours=1)
    client.get(ann.survey + "?score=9", headers=FIREFOX)
    note_clicks(services)
    said = " ".join(desk.get("/desk").text.split())
    assert "<b>12</b> of 13 clicks in messages looked like machines; none of them counted." in said
    hers = " ".join(desk.get("/desk/people/1").text.split())
    assert "13 clicks on its links, 12 like a machine’s: asked for without being read (HEAD), two scores within" in hers


def test_the_desk_says_what_counted_on_opening_alone(
    client: FlaskClient, desk: FlaskClient, services: Services, site: Site, clock: Clock, ann: Asked
) -> None:
    decide(services, site.id, {"one_click": "instant"}, "the team")
    clock.forward(hours=1)
    scan(client, ann)
    note_clicks(services)
    said = " ".join(desk.get("/desk").text.split())
    assert "looked like machines. 1 answer was counted when the link was opened, and is as good as that." in said
    assert "none of them counted" not in said
    assert said.count("<span>counted when the link was opened</span>") == 1


def test_an_open_link_and_a_frame_leave_no_clicks(client: FlaskClient, services: Services, key: str) -> None:
    made = client.get("/v1/surveys/nps", headers=basic(key)).json
    assert made
    client.get(path(services, made["url"]) + "?score=9")
    assert services.clicks.take() == []
