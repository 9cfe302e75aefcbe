"""A policy is tried before it is saved: begun at the desk, followed while it runs, told side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.flows import dry_run
from server.flows.decide import decisions
from server.queue import RedisQueue
from server.services import Services
from server.store import rehearsals
from server.store.tables import RehearsalRow, Site
from tests.parts import Clock, Waiting
from tests.web.parts import Asked, ask, basic, everything, rows, signed_in
from tests.web.test_desk_policy import OWN, Filled, form, in_force, send

TYPED = {"rest_days": "7", "load__days": "3"}


@pytest.fixture
def past(services: Services, client: FlaskClient, key: str, queue: Waiting, clock: Clock, ann: Asked) -> None:
    """Ann was asked, and held ten days later."""
    clock.forward(days=10)
    client.post("/v1/people", json={"email": "ann@example.org"}, headers=basic(key))
    ask(services, client, key, queue, "bo@example.org")


def plain(page: str) -> str:
    """What the tried part of a page says."""
    return re.sub(" +", " ", re.sub(r"<[^>]+>|\s+", " ", page[page.index('id="tried"') :]))


def tried_now(desk: FlaskClient, services: Services, queue: Waiting, **typed: str) -> str:
    """The page of a dry run that is done."""
    begun = send(desk, "/desk/policy/try", **typed)
    assert begun.status_code == 303
    queue.rehearse(services)
    return desk.get(begun.location).text


@pytest.mark.both_databases
@pytest.mark.usefixtures("past")
@pytest.mark.parametrize("headers", [OWN, {**OWN, "HX-Request": "true"}], ids=["plain", "htmx"])
def test_a_try_is_followed_until_both_stand_side_by_side_and_changes_nothing(
    desk: FlaskClient, services: Services, site: Site, queue: Waiting, headers: dict[str, str]
) -> None:
    typed = {**form(desk), "rest_days": "7", "load.days": "3"}
    before = everything(services)
    begun = desk.post("/desk/policy/try", data=typed, headers=headers)
    assert (begun.status_code, begun.location.split("?")[0]) == (303, "/desk/policy/try/1")

    page = desk.get(begun.location, headers=headers).text
    assert Filled(page).fields == typed
    assert 'hx-get="/desk/policy/try/1/progress' in page
    assert "Waiting for a worker" in plain(page)
    again = f"/desk/policy/try/1?site={site.key}&amp;again=1#tried"
    assert f'<noscript><meta http-equiv="refresh" content="2; url={again}"></noscript>' in page
    assert f'<a href="{again}">' in page
    assert "again=1" not in desk.get(begun.location + "&again=1").text

    queue.rehearse(services)
    page = desk.get(begun.location, headers=headers).text
    assert {**everything(services), "rehearsal": []} == before
    assert Filled(page).fields == typed
    result = plain(page)
    for told in ("Tried, not saved", "once in 30 days. Proposed: Nobody is asked more than once in 7 days."):
        assert told in result, told
    assert "3 chances to ask 2 people in the last 90 days" in result
    assert "Asked by email 2 3 +1 Held: rest between asks email 1 0 −1" in result
    assert "progress" not in page[page.index('id="tried"') :]
    assert "http-equiv" not in page


@pytest.mark.usefixtures("past")
def test_the_part_that_changes_is_asked_for_alone_and_asks_no_more_when_it_is_over(
    desk: FlaskClient, services: Services, queue: Waiting
) -> None:
    send(desk, "/desk/policy/try", **TYPED)
    with services.db.writing() as db:
        rehearsals.tell(db, 1, 0, services.now(), total=1200, done=300)
    part = desk.get("/desk/policy/try/1/progress", headers={"HX-Request": "true"}).text
    assert part.count("<html") == 0
    assert '<progress id="told" aria-labelledby="trial" aria-describedby="so-far" max="1200" value="300">' in part
    assert "300 of 1,200 chances to ask, 25%" in part
    assert 'hx-trigger="every 500ms"' in part

    queue.rehearse(services)
    part = desk.get("/desk/policy/try/1/progress", headers={"HX-Request": "true"}).text
    assert "Tried, not saved" in part
    assert "hx-trigger" not in part


def test_a_try_on_no_past_says_so(desk: FlaskClient, services: Services, queue: Waiting) -> None:
    assert "no chance to ask anybody" in tried_now(desk, services, queue, rest_days="3")


@pytest.mark.usefixtures("past")
def test_what_was_tried_is_saved_whatever_was_typed_since(
    desk: FlaskClient, services: Services, site: Site, queue: Waiting
) -> None:
    page = tried_now(desk, services, queue, **TYPED)
    assert '<button class="button" name="tried" value="1">Save this policy</button>' in page
    saved = send(desk, rest_days="1", tried="1")
    assert (saved.status_code, saved.location) == (303, f"/desk/policy?site={site.key}&saved=1")
    assert in_force(services, site) == [{"rest_days": 7, "load": {"touches": 4, "days": 3}}]


@pytest.mark.parametrize("id", ["0", "99", "x", "9" * 30, "-1"])
def test_a_try_that_is_not_there_is_not_found_and_what_was_typed_is_saved_instead(
    desk: FlaskClient, services: Services, site: Site, id: str
) -> None:
    for path in (f"/desk/policy/try/{id}", f"/desk/policy/try/{id}/progress"):
        assert desk.get(path).status_code == 404
    assert send(desk, rest_days="5", tried=id).status_code == 303
    assert in_force(services, site) == [{"rest_days": 5}]


def test_no_site_sees_the_tries_of_another(desk: FlaskClient, services: Services, site: Site, other: Site) -> None:
    send(desk, "/desk/policy/try", **TYPED)
    assert desk.get("/desk/policy/try/1").status_code == 200
    assert desk.get(f"/desk/policy/try/1?site={other.key}").status_code == 404


def test_one_dry_run_at_a_time_and_nothing_typed_is_lost(desk: FlaskClient, services: Services, queue: Waiting) -> None:
    send(desk, "/desk/policy/try", rest_days="7")
    again = send(desk, "/desk/policy/try", rest_days="7")
    assert again.location.startswith("/desk/policy/try/1?")
    second = send(desk, "/desk/policy/try", rest_days="9")
    assert "Another dry run of this site is under way" in second.text
    assert Filled(second.text).fields["rest_days"] == "9"
    assert len(rows(services, RehearsalRow)) == 1

    queue.rehearse(services)
    part = desk.get("/desk/policy/try/1/progress?busy=1").text
    assert "now it can be tried" in part
    assert send(desk, "/desk/policy/try", rest_days="9").location.startswith("/desk/policy/try/2?")


@pytest.mark.parametrize(("total", "said"), [(None, "No worker took it up"), (10, "probably stopped")])
def test_a_dry_run_that_was_lost_says_so_and_is_begun_again(
    desk: FlaskClient, services: Services, clock: Clock, queue: Waiting, total: int | None, said: str
) -> None:
    begun = send(desk, "/desk/policy/try", rest_days="7")
    if total:
        with services.db.writing() as db:
            rehearsals.tell(db, 1, 0, services.now(), total=total, done=3)
    clock.forward(seconds=59)
    assert "<progress" in desk.get(begun.location).text
    clock.forward(seconds=2)
    page = desk.get(begun.location).text
    assert said in page
    assert "Begin again" in page
    assert "hx-trigger" not in page[page.index('id="tried"') :]
    again = send(desk, "/desk/policy/try", rest_days="7")
    assert again.location.startswith("/desk/policy/try/2?")
    queue.rehearsals = ["2"]
    queue.rehearse(services)
    assert "Tried, not saved" in desk.get(again.location).text


@pytest.fixture
def cut_off(make_services: Callable[..., Services], site: Site) -> tuple[Services, FlaskClient]:
    """A desk whose process cannot reach Redis."""
    url = "unix:///nowhere/valkey.sock"
    services = replace(make_services(REDIS_URL=url), queue=RedisQueue(url))
    return services, signed_in(services, create_app(services).test_client())


@pytest.mark.usefixtures("past")
def test_without_redis_a_small_one_is_carried_out_at_once(cut_off: tuple[Services, FlaskClient]) -> None:
    _, desk = cut_off
    page = plain(desk.get(send(desk, "/desk/policy/try", **TYPED).location).text)
    assert dry_run.BY_ITSELF in page
    assert "Asked by email 2 3 +1" in page


@pytest.mark.usefixtures("past")
def test_without_redis_a_large_one_is_refused_with_a_way_out(
    cut_off: tuple[Services, FlaskClient], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, desk = cut_off
    monkeypatch.setattr(dry_run, "SMALL", 2)
    page = plain(desk.get(send(desk, "/desk/policy/try", **TYPED).location).text)
    assert "3 chances are too many to be told without a worker" in page
    assert "askonce rehearse FILE" in page
    assert decisions(services, site.id) == []
