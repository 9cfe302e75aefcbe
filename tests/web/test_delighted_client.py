"""Delighted's own Python client, over real HTTP."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server

from server.app import create_app
from server.services import Services
from tests.parts import Clock
from tests.web.parts import Asked

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it announces its own end when it is imported
    import delighted
    from delighted.errors import AuthenticationError, ResourceValidationError


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


@pytest.fixture
def address(make_services: Callable[..., Services]) -> Iterator[str]:
    """A server on loopback that knows its own address: the next page is found by it."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=Quiet)
    address = f"http://127.0.0.1:{server.port}"
    server.app = create_app(make_services(PUBLIC_URL=address))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def theirs(address: str, key: str) -> Any:
    return delighted.Client(api_key=key, api_base_url=f"{address}/v1/")


def test_it_makes_a_person(theirs: Any, clock: Clock) -> None:
    made = delighted.Person.create(
        client=theirs, email="ann@example.org", name="Ann", delay=60, properties={"plan": "pro"}
    )
    assert (made.id, made.email, made.name) == ("1", "ann@example.org", "Ann")
    assert made.properties == {"plan": "pro"}
    assert made.survey_scheduled_at == int(clock().timestamp()) + 60


def test_it_is_told_what_was_wrong(theirs: Any) -> None:
    with pytest.raises(ResourceValidationError) as refused:
        delighted.Person.create(client=theirs, email="nobody")
    assert '"is invalid"' in refused.value.response.body


def test_it_is_told_when_its_key_is_wrong(address: str, key: str) -> None:
    stranger = delighted.Client(api_key="wrong", api_base_url=f"{address}/v1/")
    with pytest.raises(AuthenticationError):
        delighted.Person.all(client=stranger)


def test_it_lists_responses_with_their_persons(theirs: Any, client: FlaskClient, ann: Asked) -> None:
    client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    found = delighted.SurveyResponse.all(client=theirs, expand=["person"], order="desc", per_page=100)
    assert [(r.score, r.survey_type, r.person.email) for r in found] == [(9, "nps", "ann@example.org")]
    assert delighted.SurveyResponse.all(client=theirs, page=2) == []


def test_it_finds_one_person(theirs: Any, ann: Asked) -> None:
    assert [p.name for p in delighted.Person.all(client=theirs, email="ann@example.org")] == ["Ann"]
    assert delighted.Person.all(client=theirs, email="nobody@example.org") == []


def test_it_lists_everybody_over_all_pages(theirs: Any) -> None:
    for n in range(5):
        delighted.Person.create(client=theirs, email=f"p{n}@example.org", send=False)
    people = delighted.Person.list(client=theirs, per_page=2, auto_handle_rate_limits=True)
    assert [p.email for p in people.auto_paging_iter()] == [f"p{n}@example.org" for n in range(5)]


def test_it_unsubscribes_and_lists_who_did(theirs: Any, clock: Clock) -> None:
    assert delighted.Unsubscribe.create(client=theirs, person_email="ann@example.org").ok is True
    [ann] = delighted.Unsubscribe.all(client=theirs)
    assert (ann.person_id, ann.email, ann.name) == ("1", "ann@example.org", None)
    assert delighted.Bounce.all(client=theirs, per_page=100) == []
