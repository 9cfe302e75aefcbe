"""How tests come to the doors: as a shop's page, a mail program, a browser without scripts, a team at its desk."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from channels.outbox import Outbox
from server.flows.compose import answer_link, unsubscribe_link
from server.flows.set_up import create_source, desk_link, source_secret
from server.services import Services, mailbox
from server.store.tables import Invitation, Site, Source, Table
from tests.parts import Waiting

SHOP = "https://shop.example"


def offer(client: FlaskClient, site: Site, origin: str = SHOP, **said: Any) -> TestResponse:
    """What the loader asks, as it asks it."""
    headers = {"Origin": origin} if origin else {}
    return client.post("/w/offer", json={"site": site.key, **said}, content_type="text/plain", headers=headers)


def frame_token(made: TestResponse) -> str:
    assert made.json is not None
    return str(made.json["frame"]).rsplit("/", 1)[-1]


def basic(key: str, colon: bool = True) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{key}{':' if colon else ''}".encode()).decode()}


def everything(services: Services) -> dict[str, list[Any]]:
    """Every row of every table."""
    with services.db.reading() as db:
        tables = Table.metadata.sorted_tables
        return {t.name: [tuple(row) for row in db.execute(select(t).order_by(*t.primary_key))] for t in tables}


def rows(services: Services, table: type[Table]) -> list[Any]:
    with services.db.reading() as db:
        return list(db.scalars(select(table)))


@dataclass
class Asked:
    """Somebody who was asked by mail."""

    invitation: str
    mail: dict[str, Any]
    survey: str
    """Path of her survey."""
    stop: str
    """Path of the page where she says no."""

    @property
    def links(self) -> list[str]:
        """Every address in her mail, as a path."""
        found = re.findall(r'https?://[^\s"<>)]+', self.mail["html"] + " " + self.mail["text"])
        found += re.findall(r"<(https?://[^>]+)>", self.mail["headers"]["List-Unsubscribe"])
        return sorted({re.sub(r"^https?://[^/]+", "", link) for link in found})


def ask(services: Services, client: FlaskClient, key: str, queue: Waiting, email: str = "ann@example.org") -> Asked:
    """Ann is invited by API, and the worker sends her mail."""
    made = client.post("/v1/people", json={"email": email, "name": "Ann"}, headers=basic(key))
    assert made.status_code == 201, made.text
    queue.carry_out(services)
    mail = outbox(services).read(1)[0]
    id = next(row.id for row in rows(services, Invitation) if row.address == email)
    return Asked(id, mail, *(path(services, link(services, id)) for link in (answer_link, unsubscribe_link)))


def path(services: Services, link: str) -> str:
    """A link of ours, without the address that it begins with."""
    assert link.startswith(services.settings.public_url + "/")
    return link.removeprefix(services.settings.public_url)


def outbox(services: Services) -> Outbox:
    return mailbox(services.settings, "email")


def signed_in(services: Services, client: FlaskClient) -> FlaskClient:
    """The team's browser."""
    assert client.get(path(services, desk_link(services))).status_code == 303
    return client


def source_of(services: Services, site: Site) -> tuple[Source, str]:
    """A source of hooks, and its secret."""
    source = create_source(services, site.id, "helpdesk")
    return source, source_secret(services, source)


@dataclass
class Form(HTMLParser):
    """The form of a page, as a browser without scripts sees it."""

    page: str
    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    _text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        name = said.get("name", "")
        if tag == "form":
            assert said["method"] == "post"
            self.action = said["action"]
        elif tag == "button" and said.get("type") == "submit":
            self.buttons.append((name, said.get("value", "")))
        elif tag == "textarea":
            self.fields[name] = ""
        elif tag == "input" and name and (said.get("type") != "radio" or "checked" in said):
            self.fields[name] = said.get("value", "")

    def send(
        self, client: FlaskClient, button: int = 0, fields: Mapping[str, str] = MappingProxyType({}), **typed: str
    ) -> TestResponse:
        """Fill in and press one of its buttons."""
        name, value = self.buttons[button]
        pressed = {name: value} if name else {}
        return client.post(self.action, data={**self.fields, **fields, **typed, **pressed})
