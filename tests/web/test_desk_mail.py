"""What mails look like, as the team decides in the desk: looked at, tried on itself, and in force once it is saved."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.core.pictures import BYTES_MAX
from server.services import Services
from server.store import consents
from server.store.scope import SiteScope
from server.store.tables import PictureRow, Site
from tests.core.test_pictures import GIF, LOGO
from tests.parts import Waiting
from tests.web.parts import Asked, ask, everything, outbox, rows

OWN = {"Sec-Fetch-Site": "same-origin"}
TYPED = {
    "sender": "Harbour Pottery", "address": "ask@harbour.example", "reply_to": "help@harbour.example",
    "colour": "#b3261e", "subject": "How was your <cup>?", "intro": "Ahoy {person.name|you}!\r\nA line.",
    "footer": "Harbour Ltd\r\n1 Quay",
}  # fmt: skip


def put(desk: FlaskClient, do: str = "save", **typed: str) -> TestResponse:
    return desk.post("/desk/mail", data={"do": do, **typed}, headers=OWN)


def upload(desk: FlaskClient, body: bytes, name: str = "logo.png") -> TestResponse:
    return desk.post("/desk/mail/logo", data={"logo": (io.BytesIO(body), name)}, headers=OWN)


def kept(services: Services) -> Any:
    return rows(services, Site)[0].mail


def seen(desk: FlaskClient, page: TestResponse, theme: str = "light") -> str:
    """The mail in the frame of a page."""
    found = re.search(r'<iframe src="(/desk/mail/seen/[^"]+)"', page.text)
    assert found
    return desk.get(re.sub("theme=[a-z]*", f"theme={theme}", unescape(found[1]))).text


def test_what_is_saved_is_on_the_next_mail(
    desk: FlaskClient, client: FlaskClient, services: Services, key: str, queue: Waiting
) -> None:
    assert put(desk, **TYPED).status_code == 303
    mail = ask(services, client, key, queue).mail
    assert mail["subject"] == "How was your <cup>?"
    assert mail["headers"]["From"] == "Harbour Pottery <ask@harbour.example>"
    assert mail["headers"]["Reply-To"] == "help@harbour.example"
    assert mail["text"].splitlines()[2:4] == ["Ahoy Ann!", "A line."]
    assert "Harbour Ltd\n1 Quay" in mail["text"]


def test_what_is_emptied_is_the_server_s_again(desk: FlaskClient, services: Services) -> None:
    put(desk, **TYPED)
    assert kept(services)["sender"] == "Harbour Pottery"
    put(desk, **dict.fromkeys(TYPED, ""), same_colour="on", document='{"sender": "x", "subject": "x", "footer": "x"}')
    assert kept(services) is None


def test_words_are_written_in_one_language_after_the_other(desk: FlaskClient, services: Services) -> None:
    put(desk, **TYPED)
    document = re.search(r'name="document" value="([^"]*)"', desk.get("/desk/mail?in=de").text)
    assert document
    german = {**TYPED, "subject": "Wie war Ihre Tasse?", "intro": "", "in": "de", "document": unescape(document[1])}
    put(desk, **german)
    assert kept(services)["subject"] == {"en": TYPED["subject"], "de": "Wie war Ihre Tasse?"}
    assert kept(services)["intro"] == "Ahoy {person.name|you}!\nA line."


def test_a_complaint_stands_beside_its_field_and_nothing_typed_is_lost(desk: FlaskClient, services: Services) -> None:
    page = put(desk, **{**TYPED, "address": "harbour", "subject": "x" * 201, "footer": "x" * 601})
    assert page.status_code == 422
    for field in ("address", "subject", "footer"):
        assert f'id="{field}-complaint"' in page.text
        assert re.search(rf'(id="{field}"[^>]*aria-invalid="true")', page.text)
    assert 'value="help@harbour.example"' in page.text
    assert kept(services) is None


def test_only_addresses_of_ours_are_named_when_mail_really_leaves(
    make_services: Any, services: Services, site: Site
) -> None:
    from server.app import create_app
    from tests.web.parts import signed_in

    real = make_services(EMAIL_PROVIDER="smtp", SMTP_URL="smtp://relay.example", MAIL_FROM="Ask <ask@ask.example>")
    desk = signed_in(real, create_app(real).test_client())
    page = put(desk, address="ask@bank.example", reply_to="help@ask.example")
    assert page.status_code == 422
    assert "MAIL_DOMAINS" in page.text
    assert put(desk, address="shop@ask.example", reply_to="help@ask.example").status_code == 303


def test_what_is_typed_is_seen_before_it_is_saved(desk: FlaskClient, services: Services, site: Site) -> None:
    before = everything(services)
    page = put(desk, "look", **TYPED)
    assert page.status_code == 200
    assert "Ahoy Ann!<br>A line." in seen(desk, page)
    assert "How was your &lt;cup&gt;?" in page.text
    assert everything(services) == before


def test_a_mail_is_seen_by_day_and_by_night(desk: FlaskClient, site: Site) -> None:
    page = put(desk, "look")
    assert "@media all" in seen(desk, page, "dark")
    assert "@media not all" in seen(desk, page, "light")
    assert "@media (prefers-color-scheme:dark)" in seen(desk, page, "auto")


def test_a_preview_is_no_page_of_another_site_nor_made_up(desk: FlaskClient, site: Site, other: Site) -> None:
    found = re.search(r'src="/desk/mail/seen/([^?"]+)', put(desk, "look").text)
    assert found
    assert desk.get(f"/desk/mail/seen/{found[1]}?site={other.key}").status_code == 404
    for token in (found[1][:-1] + "x", "x", found[1].replace(".", "")):
        assert desk.get(f"/desk/mail/seen/{token}").status_code == 404


@pytest.mark.parametrize(("body", "kind"), [(LOGO, "png"), (GIF, "gif")])
def test_a_logo_is_served_by_us_under_its_own_name(
    desk: FlaskClient, client: FlaskClient, services: Services, key: str, queue: Waiting, body: bytes, kind: str
) -> None:
    assert upload(desk, body, "evil.svg").status_code == 303
    name = kept(services)["logo"]["name"]
    served = client.get(f"/pictures/{name}")
    assert (served.data, served.headers["Content-Type"]) == (body, f"image/{kind}")
    assert "immutable" in served.headers["Cache-Control"]
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/pictures/{name}", headers={"If-None-Match": served.headers["ETag"]}).status_code == 304
    mail = ask(services, client, key, queue).mail
    assert f'src="http://127.0.0.1:8000/pictures/{name}"' in mail["html"]


@pytest.mark.parametrize(
    "body", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a<script>", LOGO + b"x", LOGO * 40]
)
def test_what_is_no_picture_for_a_mail_is_refused(desk: FlaskClient, services: Services, body: bytes) -> None:
    page = upload(desk, body)
    assert page.status_code == 422
    assert 'id="logo-complaint"' in page.text
    assert rows(services, PictureRow) == []


def test_more_than_a_logo_is_not_read(desk: FlaskClient, services: Services) -> None:
    assert upload(desk, LOGO + b"\0" * BYTES_MAX).status_code == 422


def test_a_logo_that_was_replaced_is_still_on_the_mails_that_show_it(
    desk: FlaskClient, client: FlaskClient, services: Services
) -> None:
    upload(desk, LOGO)
    old = kept(services)["logo"]["name"]
    upload(desk, GIF)
    assert kept(services)["logo"]["name"] != old
    desk.post("/desk/mail/logo", data={"do": "remove"}, headers=OWN)
    assert kept(services) is None
    assert client.get(f"/pictures/{old}").status_code == 200


@pytest.mark.both_databases
def test_twenty_logos_are_kept_and_the_latest_among_them(desk: FlaskClient, services: Services) -> None:
    for n in range(22):
        upload(desk, GIF.replace(b"\xff\xff\xff", bytes([n, 0, 0])))
    assert len(rows(services, PictureRow)) == 20
    assert kept(services)["logo"]["name"] in {row.name for row in rows(services, PictureRow)}


def test_saving_leaves_the_logo_alone(desk: FlaskClient, services: Services) -> None:
    upload(desk, LOGO)
    put(desk, sender="Harbour", document='{"logo": {"name": "https://elsewhere.example/x.png"}}')
    assert kept(services)["sender"] == "Harbour"
    assert kept(services)["logo"]["width"] == 196


@pytest.mark.parametrize("name", ["x", "0" * 32 + ".png", "../../etc/passwd", "0" * 500])
def test_a_picture_that_is_not_there_is_not_found(client: FlaskClient, site: Site, name: str) -> None:
    assert client.get(f"/pictures/{name}").status_code == 404


@pytest.mark.parametrize("name", ["smileys-1.png", "smileys-5.png", "thumbs-0.png", "thumbs-1.png"])
def test_the_faces_of_mails_are_served_under_names_that_stay(client: FlaskClient, name: str) -> None:
    served = client.get(f"/assets/{name}")
    assert served.headers["Content-Type"] == "image/png"
    assert served.data.startswith(b"\x89PNG")


def test_a_test_to_oneself_is_marked_and_leaves_nothing_behind(
    desk: FlaskClient, client: FlaskClient, services: Services, site: Site
) -> None:
    before = everything(services)
    page = put(desk, "test", **TYPED, to="Me@Example.org ")
    assert page.status_code == 200
    assert "A test is on its way to" in page.text
    mail = outbox(services).read(1)[0]
    assert mail["to"] == "me@example.org"
    assert mail["subject"] == "[Test] How was your <cup>?"
    assert mail["text"].startswith("This is a test.")
    assert "This is a test." in mail["html"]
    assert mail["headers"]["Reply-To"] == "help@harbour.example"
    tried = Asked("", mail, "", "")
    opened = [path for path in tried.links if path.startswith("/s/")]
    assert len(opened) == 13  # eleven scores, "answer", and the one that nobody sees
    for path in opened:
        assert client.get(path).status_code == 200
    taken = client.post(opened[0], data={"asked": "score", "a.score": "9"})
    assert taken.status_code == 200
    assert "nothing to ask" not in taken.text.lower()
    for path in [path for path in tried.links if path.startswith("/u/")]:
        assert client.get(path).status_code == 200
        assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert everything(services) == before


def test_a_test_speaks_the_language_that_is_looked_at(
    desk: FlaskClient, client: FlaskClient, services: Services
) -> None:
    put(desk, "test", to="me@example.org", **{"in": "de"})
    mail = outbox(services).read(1)[0]
    assert mail["text"].startswith("Das ist ein Test.")
    page = client.get(next(path for path in Asked("", mail, "", "").links if path.startswith("/s/")))
    assert '<html lang="de"' in page.text


@pytest.mark.parametrize("to", ["", "me", "me@example.org\r\nBcc: you@example.org", "a@b.example, c@d.example"])
def test_a_test_goes_to_one_address_or_nowhere(desk: FlaskClient, services: Services, to: str) -> None:
    page = put(desk, "test", to=to)
    assert page.status_code == 422
    assert "Give an address" in page.text
    assert outbox(services).read(1) == []


def test_an_address_that_is_left_alone_gets_no_test_either(desk: FlaskClient, services: Services, site: Site) -> None:
    with services.db.writing() as db:
        consents.suppress(SiteScope(db, site.id), "email", "me@example.org", "bounced", "smtp", "", services.now())
    page = put(desk, "test", to="me@example.org")
    assert page.status_code == 422
    assert "bounced" in page.text
    assert outbox(services).read(1) == []


def test_the_desk_is_no_way_to_write_to_strangers(desk: FlaskClient, services: Services) -> None:
    statuses = [put(desk, "test", to=f"me{n}@example.org").status_code for n in range(21)]
    assert statuses == [200] * 20 + [422]
    assert len(outbox(services).read(100)) == 20


def test_no_foreign_page_sends_a_test(desk: FlaskClient, services: Services) -> None:
    reply = desk.post("/desk/mail", data={"do": "test", "to": "a@b.example"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert reply.status_code == 403
    assert outbox(services).read(1) == []


@pytest.mark.parametrize("address", ["/desk/mail", "/desk/mail/logo"])
def test_no_foreign_page_changes_how_mails_look(desk: FlaskClient, services: Services, address: str) -> None:
    before = everything(services)
    for said in ({"do": "save", "sender": "Eve"}, {"do": "remove"}):
        reply = desk.post(address, data=said, headers={"Sec-Fetch-Site": "cross-site"})
        assert reply.status_code == 403
    assert everything(services) == before
