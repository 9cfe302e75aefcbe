"""The survey page of an invited person: from her mail, with and without scripts."""

from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient

from server.core.links import seal
from server.core.submissions import milliseconds
from server.core.surveys import COMMENT_MAX
from server.services import Services
from server.store import invitations
from server.store.tables import Invitation, Response
from tests.parts import Waiting
from tests.web.parts import Asked, Form, ask, everything, rows

HTMX = {"HX-Request": "true"}


def test_a_score_in_the_address_only_preselects(client: FlaskClient, services: Services, ann: Asked) -> None:
    before = everything(services)
    page = client.get(ann.survey + "?score=9")
    assert 'value="9" checked' in page.text
    assert Form(page.text).buttons == [("", "")], "it is sent by a button of its own"
    assert everything(services) == before


NO_SCORES = ["", "11", "-1", "nine", "9.5", "٣", "9" * 5000]


def test_a_score_that_is_none_asks_as_usual(client: FlaskClient, ann: Asked) -> None:
    for score in NO_SCORES:
        page = client.get(ann.survey, query_string={"score": score})
        assert page.status_code == 200
        assert len(Form(page.text).buttons) == 11


def test_programs_that_look_at_every_link_of_a_mail_change_nothing(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    assert len(ann.links) >= 13  # eleven scores, the survey, the way out
    before = everything(services)
    for link in ann.links:
        for method in ("HEAD", "GET", "HEAD"):
            assert client.open(link, method=method).status_code == 200
    assert everything(services) == before


def test_an_answer_is_saved_when_it_is_sent(client: FlaskClient, services: Services, ann: Asked) -> None:
    page = client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    assert page.status_code == 200
    assert 'name="a.comment"' in page.text
    assert [(r.score, r.comment, r.channel) for r in rows(services, Response)] == [(9, None, "email")]


def test_the_same_answer_again_is_the_same_response(client: FlaskClient, services: Services, ann: Asked) -> None:
    for score in ("9", "9", "3"):
        client.post(ann.survey, data={"asked": "score", "a.score": score})
    assert [r.score for r in rows(services, Response)] == [3]


def test_a_submission_that_comes_late_does_not_undo_a_later_one(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    now = milliseconds(services.now())
    page = ""
    for score, ago in (("3", 1000), ("9", 2000), ("3", 1000)):
        said = {"asked": "score", "a.score": score, "submission": f"{now - ago:013d}-abc"}
        page = client.post(ann.survey, data=said).text
    assert [r.score for r in rows(services, Response)] == [3]
    assert 'name="a.comment"' in page


def test_the_page_says_what_time_it_is(client: FlaskClient, services: Services, ann: Asked) -> None:
    assert f'data-now="{milliseconds(services.now())}"' in client.get(ann.survey).text


def test_a_page_looks_as_its_address_says_and_so_does_the_next(client: FlaskClient, ann: Asked) -> None:
    page = client.get(ann.survey + "?theme=dark&lang=en-GB&score=9")
    assert '<html lang="en-GB" dir="ltr" data-theme="dark">' in page.text
    assert '<meta name="color-scheme" content="dark">' in page.text
    action = Form(page.text).action
    assert action == ann.survey + "?theme=dark&lang=en-GB"
    assert 'data-theme="dark"' in client.post(action, data={"step": "score", "score": "9"}).text
    assert 'data-theme="light"' in client.get(ann.stop + "?theme=light").text


@pytest.mark.parametrize("look", ["theme=pink", "theme=", "lang=xx", "lang=" + "a" * 99, 'lang=en"><script>', "lang="])
def test_a_look_that_is_none_changes_nothing(client: FlaskClient, ann: Asked, look: str) -> None:
    page = client.get(f"{ann.survey}?{look}")
    assert '<html lang="en" dir="ltr">' in page.text
    assert '<meta name="color-scheme" content="light dark">' in page.text
    assert Form(page.text).action == ann.survey


def test_a_program_gets_the_step_and_a_person_the_page(client: FlaskClient, ann: Asked) -> None:
    data = {"asked": "score", "a.score": "9"}
    fragment, page = client.post(ann.survey, data=data, headers=HTMX), client.post(ann.survey, data=data)
    assert fragment.text.lstrip().startswith('<main id="survey"')
    assert page.text.lstrip().lower().startswith("<!doctype html>")
    assert fragment.text.strip() in page.text
    assert fragment.headers["Vary"] == page.headers["Vary"] == "HX-Request, Accept-Encoding"


def test_a_page_is_packed_for_whoever_takes_it(client: FlaskClient, ann: Asked) -> None:
    plain, packed = client.get(ann.survey), client.get(ann.survey, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data).split(b"data-now")[0] == plain.data.split(b"data-now")[0]
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2


def test_a_history_restore_gets_the_whole_page(client: FlaskClient, ann: Asked) -> None:
    page = client.get(ann.survey, headers={**HTMX, "HX-Boosted": "true"})
    assert "<!doctype html>" in page.text.lower()


WRONG_SCORES = ["", "11", "-1", "9.5", "nine", " ", "1e1", "²", "9" * 5000]


def test_what_is_no_score_is_refused_with_a_word(client: FlaskClient, services: Services, ann: Asked) -> None:
    for score in WRONG_SCORES:
        page = client.post(ann.survey, data={"asked": "score", "a.score": score})
        assert page.status_code == 422, score
        assert "Please choose a number from 0 to 10." in page.text
        assert rows(services, Response) == []


def test_too_long_a_comment_is_refused_and_kept_in_the_form(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    words = "<b>long</b> " * (COMMENT_MAX // 12 + 1)
    page = client.post(ann.survey, data={"asked": "comment", "a.comment": words})
    assert page.status_code == 422
    assert "Please keep it under 5000 characters" in page.text
    assert "&lt;b&gt;long&lt;/b&gt; &lt;b&gt;" in page.text
    assert rows(services, Response)[0].comment is None


def test_the_longest_comment_fits_whatever_it_is_written_in(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    words = "🌊" * COMMENT_MAX
    assert client.post(ann.survey, data={"asked": "comment", "a.comment": words}).status_code == 200
    assert rows(services, Response)[0].comment == words


def test_a_comment_is_shown_as_text_wherever_it_goes(client: FlaskClient, desk: FlaskClient, ann: Asked) -> None:
    evil = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
    client.post(ann.survey, data={"asked": "score", "a.score": "0"})
    client.post(ann.survey, data={"asked": "comment", "a.comment": evil})
    page = desk.get("/desk").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_whole_journey_works_without_scripts(client: FlaskClient, services: Services, ann: Asked) -> None:
    page = client.get(ann.survey)
    assert [value for _, value in Form(page.text).buttons] == [str(n) for n in range(11)]
    page = Form(page.text).send(client, button=9)
    page = Form(page.text).send(client, fields={"a.comment": "The glaze.\r\nAnd the tea."})
    assert 'data-step="thanks"' in page.text
    assert Form(page.text).action == ""
    assert [(r.score, r.comment) for r in rows(services, Response)] == [(9, "The glaze.\nAnd the tea.")]


def test_thanks_are_said_once(client: FlaskClient, ann: Asked) -> None:
    client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    page = client.post(ann.survey, data={"asked": "comment", "a.comment": "Tea."}).text
    assert page.count("Thank you") == 1
    assert "<p>Every answer is read by a person.</p>" in page


def test_the_journey_from_a_score_in_the_mail_works_without_scripts(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    page = client.get(next(link for link in ann.links if link.endswith("?score=7")))
    page = Form(page.text).send(client, fields={"a.comment": "The tea."})
    assert 'data-step="thanks"' in page.text
    assert [(r.score, r.comment) for r in rows(services, Response)] == [(7, "The tea.")]


def test_who_comes_back_goes_on_where_she_was(client: FlaskClient, ann: Asked) -> None:
    client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    assert 'name="a.comment"' in client.get(ann.survey).text


def test_an_invitation_that_was_withdrawn_is_gone(client: FlaskClient, services: Services, ann: Asked) -> None:
    with services.db.writing() as db:
        row = db.get(Invitation, ann.invitation)
        assert row
        row.state = "cancelled"
    assert client.get(ann.survey).status_code == 410
    assert client.post(ann.survey, data={"asked": "score", "a.score": "9"}).status_code == 410
    assert rows(services, Response) == []


def test_a_token_that_was_changed_anywhere_opens_nothing(client: FlaskClient, services: Services, ann: Asked) -> None:
    before = everything(services)
    token = ann.survey.removeprefix("/s/")
    bent = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(len(token))]
    for wrong in [*bent, token[:-1], token + "A", token.swapcase(), ".", "a.b", "x" * 3000, "%00", "é"]:
        assert client.get(f"/s/{wrong}").status_code in (404, 429)
        assert client.post(f"/s/{wrong}", data={"asked": "score", "a.score": "9"}).status_code in (404, 429)
    assert everything(services) == before


@pytest.mark.parametrize("purpose", ["unsubscribe", "receipt", "hook", "identity", "desk", "page", "offer"])
def test_a_token_for_something_else_opens_no_survey(
    client: FlaskClient, services: Services, ann: Asked, purpose: str
) -> None:
    token = seal(services.secret, purpose, ann.invitation)  # type: ignore[arg-type]
    assert client.get(f"/s/{token}").status_code == 404
    assert client.post(f"/s/{token}", data={"asked": "score", "a.score": "9"}).status_code == 404
    assert rows(services, Response) == []


def test_every_wrong_link_gets_the_same_answer(client: FlaskClient, services: Services, ann: Asked) -> None:
    missing = seal(services.secret, "survey", "nobody")
    pages = [client.get(f"/s/{token}") for token in (missing, "made-up", "a.b" + "c" * 40)]
    assert {(page.status_code, page.text) for page in pages} == {(404, pages[0].text)}


def test_fields_that_nobody_asked_for_are_left_alone(client: FlaskClient, services: Services, ann: Asked) -> None:
    client.post(ann.survey, data={"asked": "score", "a.score": "9", "site_id": "2", "person_id": "7", "channel": "x"})
    with services.db.reading() as db:
        row = invitations.get(db, ann.invitation)
    assert row
    assert (row.channel, row.outcome) == ("email", "answered")
    assert [(r.site_id, r.person_id) for r in rows(services, Response)] == [(row.site_id, row.person_id)]


def test_each_person_has_a_link_of_her_own(
    client: FlaskClient, services: Services, key: str, queue: Waiting, ann: Asked
) -> None:
    bea = ask(services, client, key, queue, "bea@example.org")
    assert bea.survey != ann.survey
    client.post(bea.survey, data={"asked": "score", "a.score": "1"})
    assert [r.invitation_id for r in rows(services, Response)] == [bea.invitation]
