"""The conversation by email: asked by SendGrid's stand-in, answered by one click and one press, reported, ended."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

import click

from channels.email.sendgrid_fake import SendGridFake
from server.commands.demo import Ask
from server.commands.demo_house import House, eventually, house
from server.core.people import claims_of
from server.store import consents, identities, invitations, responses, sites
from server.store.scope import SiteScope
from server.store.tables import Invitation

KEY = "SG.demo"
_COMMENT = re.compile(r'<textarea[^>]*name="([^"]+)"')
ANN, BOB, CY = "ann@example.com", "bounce@example.com", "cy@example.com"


def walk(ask: Ask) -> None:
    """From the plan to what the desk knows; raises ClickException when a step does not happen."""
    with SendGridFake(KEY) as sendgrid:
        settings = {
            "EMAIL_PROVIDER": "sendgrid",
            "SENDGRID_API_KEY": KEY,
            "SENDGRID_URL": sendgrid.url,
            "SENDGRID_WEBHOOK_KEY": sendgrid.webhook_key,
            "MAIL_FROM": "Harbour Pottery <ask@pottery.example>",
            "MAIL_REPLY": "reply@pottery.example",
            "MAIL_FOOTER": "Harbour Pottery, 1 Quay Street, Bristol BS1 4DB",
        }
        click.echo("Starting a server and a stand-in for SendGrid, both on this machine …")
        with house(**settings) as home:
            sendgrid.webhook = home.url + "/receipts/sendgrid"
            _answered(home, sendgrid, ask)
            _bounced(home, sendgrid)
            _unsubscribed(home, sendgrid)
            _say("That was all. The server and everything it knew are thrown away.")


def _answered(home: House, sendgrid: SendGridFake, ask: Ask) -> None:
    _say(f"A program of the team asks for a survey of {ANN} (POST /v1/people)")
    mail = _asked(home, sendgrid, ANN)
    _show(mail)

    _say("SendGrid reports: it took the mail, and delivered it")
    _reported(home, sendgrid, ANN, "delivered")

    score = _score(ask)
    link = f"{_link(mail)}?score={score}"
    _say(f"Ann taps {score} in the mail: a page opens, where {score} is chosen. Nothing is stored yet:")
    page = home.open(link)
    _desk(home)
    comment = ask("And what does she write", "The glaze is lovely.")
    _say("She presses Send")
    answer = {"a.score": score, **({field[1]: comment} if (field := _COMMENT.search(page)) else {})}
    home.press(link.partition("?")[0], page, **answer)
    _desk(home)


def _bounced(home: House, sendgrid: SendGridFake) -> None:
    _say(f"Somebody who is there no more is asked: {BOB}")
    _asked(home, sendgrid, BOB)
    _say("SendGrid reports that the address does not exist")
    _reported(home, sendgrid, BOB, "bounced")
    _desk(home)
    _say("Asked once more, nothing is sent: the address is not used again")
    _not_asked(home, sendgrid, BOB)


def _unsubscribed(home: House, sendgrid: SendGridFake) -> None:
    _say(f"{CY} is asked, and presses “unsubscribe” in the mail program (RFC 8058)")
    mail = _asked(home, sendgrid, CY)
    header = mail["personalizations"][0]["headers"]["List-Unsubscribe"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _ = home.call("POST", _inside(header), b"List-Unsubscribe=One-Click", form)
    click.echo(f"  answered {status}, with no page to confirm and no redirect")
    _say("Asked once more, nothing is sent: a no holds at once, on every channel")
    _not_asked(home, sendgrid, CY)
    _desk(home)


def _asked(home: House, sendgrid: SendGridFake, to: str) -> dict[str, Any]:
    before = sendgrid.count
    home.api("/v1/people", {"email": to, "name": to.partition("@")[0].title()})
    return eventually(lambda: sendgrid.messages[before:], f"a mail to {to}")[0]


def _not_asked(home: House, sendgrid: SendGridFake, to: str) -> None:
    before = sendgrid.count
    home.api("/v1/people", {"email": to})
    row = eventually(lambda: _latest(home, to, ("suppressed", "held")), "an end of this plan")
    click.echo(f"  {row.state}: {row.reason}")
    if sendgrid.count != before:
        raise click.ClickException(f"a mail was sent to {to}")


def _reported(home: House, sendgrid: SendGridFake, to: str, state: str) -> None:
    told = sendgrid.deliver_callbacks()
    row = eventually(lambda: _latest(home, to, (state,)), f"the report that the mail to {to} was {state}")
    click.echo(f"  {told} signed events were answered {sendgrid.answers[-1]}; the mail to {to} is now {row.state}")


def _latest(home: House, to: str, states: tuple[str, ...]) -> Invitation | None:
    """Her latest invitation, when it is in one of these states."""
    with home.services.db.reading() as db:
        known = _plans(SiteScope(db, sites.all_sites(db)[0].id), to)
    return known[0] if known and known[0].state in states else None


def _plans(scope: SiteScope, to: str) -> list[Invitation]:
    person = identities.find(scope, claims_of(email=to))
    return invitations.of_person(scope, person.id, 10) if person else []


def _desk(home: House) -> None:
    """What the team sees, of everybody so far."""
    with home.services.db.reading() as db:
        scope = SiteScope(db, sites.all_sites(db)[0].id)
        for to in (ANN, BOB, CY):
            for row in _plans(scope, to):
                click.echo(f"  desk: {to}, {row.channel}: " + "; ".join(_known(scope, row)))
        for gone in consents.suppressions(scope, 0, 10):
            click.echo(f"  desk: {gone.address} is not used any more: {gone.reason}, says {gone.source}")


def _known(scope: SiteScope, row: Invitation) -> Iterator[str]:
    yield f"{row.state} ({row.reason})" if row.reason else row.state
    answer = responses.of_invitation(scope, row.id)
    if answer is not None:
        yield f"score {answer.score}" + (f", “{answer.comment}”" if answer.comment else "")
    elif row.state in ("accepted", "delivered"):
        yield "no answer yet"


def _score(ask: Ask) -> str:
    while True:
        said = ask("Which score does she tap, from 0 to 10", "9")
        if re.fullmatch(r"[0-9]|10", said):
            return said
        click.echo("  a whole number from 0 to 10, please")


def _show(mail: dict[str, Any]) -> None:
    """The mail as its text part shows it, with the headers that matter."""
    (person,) = mail["personalizations"]
    head = {
        "From": f"{mail['from'].get('name', '')} <{mail['from']['email']}>",
        "To": person["to"][0]["email"],
        "Reply-To": mail.get("reply_to", {}).get("email", ""),
        "Subject": mail["subject"],
        "List-Unsubscribe": person["headers"]["List-Unsubscribe"],
    }
    text = "\n".join(f"{name}: {value}" for name, value in head.items() if value)
    click.echo(textwrap.indent(f"{text}\n\n{mail['content'][0]['value'].rstrip()}", "  │ ", lambda line: True))


def _link(mail: dict[str, Any]) -> str:
    found = re.search(r"https?://\S+/s/[\w-]+", mail["content"][0]["value"])
    if not found:
        raise click.ClickException("the mail has no link to answer by")
    return found[0]


def _inside(header: str) -> str:
    found = re.search(r"<(https?://[^>]+)>", header)
    if not found:
        raise click.ClickException("the mail has no address to unsubscribe at")
    return found[1]


def _say(sentence: str) -> None:
    click.secho(f"\n{sentence}", bold=True)
