"""The conversation by text message: asked by Twilio's stand-in, answered by replies, and ended by a sentence."""

from __future__ import annotations

import click

from channels.sms.render import costly, segments
from channels.sms.twilio_fake import TwilioFake
from server.commands.demo import Ask
from server.commands.demo_house import House, eventually, house, zone_of_noon
from server.core.people import claims_of
from server.core.surveys import template
from server.flows.consent import stands
from server.store import identities, invitations, responses, sites
from server.store.scope import SiteScope
from server.store.tables import Invitation

ACCOUNT, TOKEN, NUMBER = "AC" + "d" * 32, "demo", "+15005550006"
ANN, BOB, CY = "+447700900001", "+447700900002", "+15005550009"
"""Drama numbers, and one of Twilio's own that takes no texts (https://www.twilio.com/docs/iam/test-credentials)."""
SAYS = ("Nine or ten", "9", "The glaze is lovely.")
"""What she texts when nobody asks."""
SAYS_MOST = 12


def walk(ask: Ask) -> None:
    """From the plan to what the desk knows; raises ClickException when a step does not happen."""
    with TwilioFake(ACCOUNT, TOKEN) as twilio:
        settings = {
            "SMS_PROVIDER": "twilio_sms",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": NUMBER,
            "TWILIO_URL": twilio.url,
        }
        click.echo("Starting a server and a stand-in for Twilio, both on this machine …")
        with house(**settings) as home:
            twilio.phones.url = home.url + "/receipts/twilio_sms/inbound"
            # What such a survey needs: one word in its definition.
            asks = {**template("nps", "Harbour Pottery"), "delivery": {"sms": "conversation"}}
            home.api("/v1/surveys/nps", {"definition": asks, "publish": True})
            _answered(home, twilio, ask)
            _stopped(home, twilio)
            _refused(home, twilio)
            _say("That was all. The server and everything it knew are thrown away.")


def _answered(home: House, twilio: TwilioFake, ask: Ask) -> None:
    _say(f"A program of the team asks for a survey of Ann, {ANN} (POST /v1/people)")
    _show_ours(_asked(home, twilio, ANN))
    for n in range(SAYS_MOST):
        own = SAYS[n] if n < len(SAYS) else "Thanks"
        if not _texts(twilio, ANN, ask("What does Ann text back", own)) or _is_over(home, ANN):
            break
    _say("Twilio reports: it delivered every text")
    click.echo(f"  {twilio.deliver_callbacks()} signed callbacks were answered {twilio.answers[-1]}")
    _desk(home, ANN)


def _stopped(home: House, twilio: TwilioFake) -> None:
    _say(f"Bob is asked, {BOB}, and has had enough, in words that Twilio knows nothing of")
    _show_ours(_asked(home, twilio, BOB))
    _texts(twilio, BOB, "Please don't text me again")
    _desk(home, BOB)
    _say("Asked once more, nothing is sent: a no holds at once, on every channel")
    _ends(home, twilio, BOB, ("suppressed", "held"))
    _say("He texts START: he may be asked by text again, and by nothing else")
    _texts(twilio, BOB, "START")
    _desk(home, BOB)


def _refused(home: House, twilio: TwilioFake) -> None:
    _say(f"A number that can take no texts is asked, {CY}: Twilio refuses it, and it is not used again")
    _ends(home, twilio, CY, ("failed",))
    _ends(home, twilio, CY, ("suppressed", "held"))


def _asked(home: House, twilio: TwilioFake, number: str) -> str:
    """She is asked by text; its words."""
    before = twilio.count
    _plan(home, number)
    sent = eventually(lambda: twilio.messages[before:], f"a text to {number}")
    return str(sent[0]["body"])


def _plan(home: House, number: str) -> None:
    names = {ANN: "Ann", BOB: "Bob", CY: "Cy"}
    asked = {"phone_number": number, "channel": "sms", "name": names[number], "timezone": zone_of_noon()}
    home.api("/v1/people", asked)


def _ends(home: House, twilio: TwilioFake, number: str, states: tuple[str, ...]) -> None:
    before, known = twilio.count, _latest(home, number, ())
    _plan(home, number)
    row = eventually(lambda: _latest(home, number, states, but=known), "an end of this plan")
    click.echo(f"  {row.state}: {row.reason}")
    if twilio.count != before:
        raise click.ClickException(f"a text was sent to {number}")


def _texts(twilio: TwilioFake, number: str, words: str) -> list[str]:
    """She texts, and what she gets back."""
    click.echo(f"  ← {words}")
    wrote = twilio.write(number, words)
    if wrote.status != 200 or wrote.error:
        raise click.ClickException(f"her text was answered {wrote.status}, error {wrote.error}")
    for said in wrote.said:
        _show_ours(said.text)
    if wrote.own:
        click.echo(f"  (Twilio says by itself: {wrote.own})")
    return [said.text for said in wrote.said]


def _show_ours(text: str) -> None:
    count, odd = segments(text), costly(text)
    cost = f"{count} {'message' if count == 1 else 'messages'}" + (f", because of {odd[:8]}" if odd else "")
    first, *rest = text.splitlines()
    click.echo(f"  → {first}" + "".join(f"\n    {line}" for line in rest) + click.style(f"   [{cost}]", dim=True))


def _is_over(home: House, number: str) -> bool:
    """Whether every question is answered."""
    with home.services.db.reading() as db:
        scope = SiteScope(db, sites.all_sites(db)[0].id)
        person = identities.find(scope, claims_of(phone=number))
        rows = invitations.of_person(scope, person.id, 1) if person else []
        answer = responses.of_invitation(scope, rows[0].id) if rows else None
        return bool(answer and len(responses.answered(scope, answer.id)) > 1)


def _latest(home: House, number: str, states: tuple[str, ...], but: Invitation | None = None) -> Invitation | None:
    """Her latest invitation, when it is in one of these states, and another one than `but`."""
    with home.services.db.reading() as db:
        scope = SiteScope(db, sites.all_sites(db)[0].id)
        person = identities.find(scope, claims_of(phone=number))
        rows = invitations.of_person(scope, person.id, 1) if person else []
    fits = rows and (not states or rows[0].state in states) and (but is None or rows[0].id != but.id)
    return rows[0] if fits else None


def _desk(home: House, number: str) -> None:
    """What the team sees of her."""
    with home.services.db.reading() as db:
        scope = SiteScope(db, sites.all_sites(db)[0].id)
        person = identities.find(scope, claims_of(phone=number))
        if person is None:
            raise click.ClickException(f"nobody knows {number}")
        for row in invitations.of_person(scope, person.id, 1):
            answer = responses.of_invitation(scope, row.id)
            said = f"score {answer.score}, “{answer.comment}”" if answer else "no answer"
            click.echo(f"  desk: {person.name}, {row.channel}, {row.state}: {said}")
        if no := stands(scope, person.id, "sms"):
            click.echo(f"  desk: said {'yes' if no.given else 'no'} to {no.scope}, by {no.source}: {no.evidence}")


def _say(sentence: str) -> None:
    click.secho(f"\n{sentence}", bold=True)
