"""What every reply says of itself, and that no reply believes the Host header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from server.app import create_app
from server.flows.set_up import allow_origin, desk_link, note_refused
from server.services import Services
from server.store.tables import Site, SurveyRow
from tests.parts import Waiting
from tests.web.parts import SHOP, Asked, basic, frame_token, offer, outbox, path, rows, signed_in

MAIL = "trial.outbox_mail"
"""The one page that may style itself inline: a mail, shown as its reader sees it, in a sandbox."""

EVIL = "http://evil.example"


def policy(response: TestResponse) -> dict[str, str]:
    said = response.headers["Content-Security-Policy"]
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in said.split(";"))}


def addresses(rule: Rule) -> Iterator[str]:
    """The rule's address, with arguments made up: short, long, odd."""
    for value in ("1", "x" * 300, "%00"):
        yield re.sub(r"<[^>]+>", value, rule.rule)


@pytest.fixture
def app(services: Services, ann: Asked) -> Flask:
    return create_app(services)


Replies = list[tuple[str, TestResponse]]


def replies(app: Flask, services: Services, key: str) -> Replies:
    """Every route called in every way that it takes and one that it does not, by a stranger and by the team."""
    found = []
    for client in (app.test_client(), signed_in(services, app.test_client())):
        for rule in app.url_map.iter_rules():
            for method in ("GET", "HEAD", "POST", "OPTIONS"):
                for address in addresses(rule):
                    found.append((rule.endpoint, client.open(address, method=method, headers=basic(key))))
    mail = outbox(services).read(1)[0]["id"]
    return [*found, (MAIL, app.test_client().get(f"/outbox/{mail}.html"))]


def test_every_reply_says_what_it_is(app: Flask, services: Services, key: str) -> None:
    all = replies(app, services, key)
    assert len(all) > 250
    each_says_what_it_may_load_and_who_may_frame_it(all)
    the_mail_is_framed_by_the_mailbox_alone_and_runs_nothing(all)
    none_is_a_fault_or_sets_a_cookie_or_is_open_to_every_origin(all)


def each_says_what_it_may_load_and_who_may_frame_it(replies: Replies) -> None:
    for endpoint, reply in replies:
        said = policy(reply)
        assert said["default-src"] == "'none'", endpoint
        assert "frame-ancestors" in said, endpoint
        assert "unsafe-" not in str(said) or (endpoint == MAIL and "sandbox" in said), endpoint
        assert "*" not in str(said), endpoint
        assert reply.headers["X-Content-Type-Options"] == "nosniff", endpoint
        assert reply.headers["Referrer-Policy"] == "no-referrer", endpoint


def the_mail_is_framed_by_the_mailbox_alone_and_runs_nothing(replies: Replies) -> None:
    _, mail = replies[-1]
    said = policy(mail)
    assert mail.status_code == 200
    assert said["frame-ancestors"] == "'self'"
    assert "script-src" not in said
    assert "allow-scripts" not in said["sandbox"]
    assert "allow-same-origin" not in said["sandbox"]


def none_is_a_fault_or_sets_a_cookie_or_is_open_to_every_origin(replies: Replies) -> None:
    assert [(endpoint, reply.status_code) for endpoint, reply in replies if reply.status_code >= 500] == []
    assert {endpoint for endpoint, reply in replies if "Set-Cookie" in reply.headers} == set()
    open_to_all = {endpoint for endpoint, reply in replies if "Access-Control-Allow-Origin" in reply.headers}
    assert open_to_all == {"widget.loader", "widget.debug"}


def test_what_belongs_to_one_person_is_kept_by_no_cache(client: FlaskClient, shop: Site, ann: Asked) -> None:
    frame = f"/s/{frame_token(offer(client, shop))}"
    for address in (ann.survey, ann.stop, frame, f"/view/{shop.key}", "/desk/door", "/v1/people", "/outbox"):
        assert client.get(address).headers["Cache-Control"] == "no-store", address
    for address in (ann.survey, ann.stop, frame):
        assert client.get(address).headers["X-Robots-Tag"] == "noindex"


def test_a_survey_is_framed_by_its_site_s_allowed_origins_alone(
    client: FlaskClient, services: Services, shop: Site, other: Site, ann: Asked
) -> None:
    allow_origin(services, shop.id, "https://second.example:8443")
    allow_origin(services, other.id, "https://elsewhere.example")
    note_refused(services, shop.id, "https://refused.example")
    frame = f"/s/{frame_token(offer(client, shop))}"
    link = f"/l/{rows(services, SurveyRow)[0].key}"
    for address in (ann.survey, ann.stop, frame, link, f"/view/{shop.key}"):
        framed_by = policy(client.get(address))["frame-ancestors"].split()
        assert sorted(framed_by) == ["https://second.example:8443", SHOP], address


def test_a_survey_of_a_site_without_origins_is_framed_by_nobody(client: FlaskClient, ann: Asked) -> None:
    assert policy(client.get(ann.survey))["frame-ancestors"] == "'none'"


def test_the_desk_is_framed_by_nobody(client: FlaskClient, desk: FlaskClient, shop: Site) -> None:
    for page in ("/desk", "/desk/people", "/desk/set-up", "/desk/door", "/outbox", "/demo"):
        assert policy(desk.get(page))["frame-ancestors"] == "'none'"


def test_no_link_follows_the_host_header(services: Services, app: Flask, key: str, shop: Site, queue: Waiting) -> None:
    client = app.test_client()
    said = {**basic(key), "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    for n in range(3):
        client.post("/v1/people", json={"email": f"p{n}@example.org"}, headers=said, base_url=EVIL)
    queue.carry_out(services)
    texts = [str(mail) for mail in outbox(services).read()]
    pages = [
        "/v1/people?per_page=1",
        "/v1//people",
        "/",
        "/desk",
        "/desk/door",
        "/demo",
        f"/view/{shop.key}",
        "/outbox",
    ]
    for address in [*pages, path(services, desk_link(services))]:
        reply = client.get(address, headers=said, base_url=EVIL)
        texts.append(str(reply.headers) + reply.text)
    for page in ("/desk", "/desk/set-up", "/desk/people"):  # signed in under the wrong name
        texts.append(client.get(page, headers=said, base_url=EVIL).text)
    made = client.post("/w/offer", json={"site": shop.key}, headers={"Origin": SHOP}, base_url=EVIL)
    assert made.json
    assert made.json["frame"].startswith("http://127.0.0.1:8000/s/")
    assert len(texts) > 14
    assert not [text for text in texts if "evil.example" in text]


SMTP = {"EMAIL_PROVIDER": "smtp", "SMTP_URL": "smtp://relay.example", "MAIL_FROM": "ask@shop.example"}


@pytest.mark.parametrize("real", [{"PUBLIC_URL": "https://ask.example"}, SMTP])
def test_demo_and_mailbox_are_there_in_a_trial_alone(
    make_services: Callable[..., Services], client: FlaskClient, shop: Site, real: dict[str, str]
) -> None:
    reached_by_strangers = create_app(make_services(**real)).test_client()
    for page in ("/demo", "/outbox", "/outbox.json"):
        assert client.get(page).status_code == 200
        assert reached_by_strangers.get(page).status_code == 404
