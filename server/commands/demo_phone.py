"""The conversation by phone: a call that is handed over, a call that is made, a machine, the link by text, a no."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from channels.voice.caller import Caller, Doing, doings
from channels.voice.twilio_fake import TwilioVoiceFake
from server.commands.demo import Ask
from server.commands.demo_house import House, eventually, house
from server.core.people import claims_of
from server.store import identities, invitations, recordings, responses, sites
from server.store.scope import SiteScope
from server.store.tables import Invitation

ACCOUNT, TOKEN, OURS = "AC" + "0" * 32, "demo-token", "+15005550006"
ANN, BOB, CY, DI = "+447700900111", "+447700900222", "+447700900333", "+447700900444"
HOW = "keys as they are (9#), say …, speak 5 …, silence, or hang up"


def walk(ask: Ask) -> None:
    """From the first ring to what the desk knows; raises ClickException when a step does not happen."""
    with TwilioVoiceFake(ACCOUNT, TOKEN) as twilio:
        settings = {
            "PHONE_PROVIDER": "twilio_voice",
            "SMS_PROVIDER": "twilio_sms",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": OURS,
            "TWILIO_URL": twilio.url,
        }
        click.echo("Starting a server and a stand-in for Twilio, both on this machine …")
        with house(**settings) as home:
            _open_all_day(home)
            _handed_over(home, twilio, ask)
            _texted(home, twilio)
            _called(home, twilio)
            _stopped(home, twilio)
            _say("That was all. The server and everything it knew are thrown away.")


def _open_all_day(home: House) -> None:
    """Whoever looks at this by night wants to see it as well."""
    home.api("/v1/policy", {"policy": {"send_hours": {"phone": "none", "sms": "none"}}})


def _handed_over(home: House, twilio: TwilioVoiceFake, ask: Ask) -> None:
    _say(f"A call centre has helped Ann at {ANN}. Its system announces her call (POST /v1/calls)")
    announced = home.api("/v1/calls", {"phone": ANN, "person": {"email": "ann@example.com", "name": "Ann"}})
    click.echo(f"  PIN {announced['pin']}, handed over to {announced['address']}")
    _say("The agent hangs up, and Twilio asks us what she hears now (Dial, with our address as its action)")
    click.echo(f"  Answer as she would: {HOW}")
    answers = iter(("9#", "speak 6 The glaze is lovely"))
    caller = twilio.inbound(ANN, OURS, ask=lambda heard: _doing(ask, heard, next(answers, "hang up")))
    caller.call(announced["address"])
    _show(caller)
    _desk(home, ANN)
    if _recordings(home, ANN):
        eventually(lambda: not twilio.recordings, "the recording fetched, and deleted at the stand-in")
        click.echo("  her recording is kept here, and deleted at the provider")
    _say("She calls again the same day, and is not asked again")
    again = twilio.inbound(ANN, OURS, "9#")
    again.call(announced["address"])
    _show(again)


def _texted(home: House, twilio: TwilioVoiceFake) -> None:
    _say(f"Bob ({BOB}) presses 10, then star: he would rather go on by a link")
    caller = twilio.inbound(BOB, OURS, "10#; *")
    caller.call(_address(home))
    _show(caller)
    text = eventually(lambda: [m for m in twilio.messages if m["to"] == BOB], "a text to Bob")[0]
    click.echo(f"  text to {BOB}: {text['body']}")
    link = str(text["body"]).split()[-1]
    page = home.open(link)
    field = re.search(r'<textarea[^>]*name="([^"]+)"', page)
    home.press(link, page, **({field[1]: "By page, in the tram."} if field else {}))
    _say("He finishes on the page; it is one response")
    _desk(home, BOB)


def _called(home: House, twilio: TwilioVoiceFake) -> None:
    _say(f"A program has Cy ({CY}) called (POST /v1/people, channel phone). A machine answers: nothing is said to it")
    twilio.people[CY] = "machine"
    _rung(home, twilio, CY)
    _desk(home, CY)


def _stopped(home: House, twilio: TwilioVoiceFake) -> None:
    _say(f"Di ({DI}) is called, and presses star and nine")
    twilio.people[DI] = "*9#"
    _show(_rung(home, twilio, DI))
    _say("Asked once more, she is not called: a no holds at once, on every channel")
    before = len(twilio.placed)
    home.api("/v1/people", {"phone_number": DI, "channel": "phone"})
    row = eventually(lambda: _latest(home, DI, ("suppressed", "held")), "an end of this plan")
    click.echo(f"  {row.state}: {row.reason}")
    if len(twilio.placed) != before:
        raise click.ClickException("she was called")


def _rung(home: House, twilio: TwilioVoiceFake, number: str) -> Caller:
    home.api("/v1/people", {"phone_number": number, "channel": "phone"})
    eventually(lambda: any(call["to"] == number for call in twilio.placed), f"a call to {number}")
    eventually(lambda: _latest(home, number, ("accepted",)), "the word that it was placed")
    return twilio.ring()[-1]


def _doing(ask: Ask, heard: str, otherwise: str) -> Doing:
    click.echo(f"  phone: {heard}")
    while True:
        try:
            return doings(ask("  Ann", otherwise))[0]
        except (ValueError, IndexError) as why:
            click.echo(f"  {why}; it is {HOW}")


def _show(caller: Caller) -> None:
    for each in caller.lines:
        click.echo(f"  │ {'Us ' if each.who == 'us' else 'She'}  {each.text}")


def _address(home: House) -> str:
    with home.services.db.reading() as db:
        return f"{home.url}/calls/{sites.all_sites(db)[0].key}"


def _latest(home: House, number: str, states: tuple[str, ...]) -> Invitation | None:
    """Her latest invitation, when it is in one of these states."""
    known = _asked(home, number)
    return known[0] if known and known[0].state in states else None


def _asked(home: House, number: str) -> list[Invitation]:
    with home.services.db.reading() as db:
        scope = SiteScope(db, sites.all_sites(db)[0].id)
        ways = (claims_of(phone=number), claims_of(email="ann@example.com"))
        found = next((person for claims in ways if (person := identities.find(scope, claims))), None)
        return invitations.of_person(scope, found.id, 10) if found else []


def _recordings(home: House, number: str) -> bool:
    with home.services.db.reading() as db:
        scope = SiteScope(db, sites.all_sites(db)[0].id)
        return any(recordings.has(scope, row.story) for row in _asked(home, number))


def _desk(home: House, number: str) -> None:
    """What the team sees of her."""
    rows = _asked(home, number)
    with home.services.db.reading() as db:
        scope = SiteScope(db, sites.all_sites(db)[0].id)
        for row in rows:
            click.echo(f"  desk: {number}, {row.channel}: " + "; ".join(_known(scope, row)))


def _known(scope: SiteScope, row: Invitation) -> Iterator[str]:
    yield f"{row.state} ({row.reason})" if row.reason else row.state
    answer = responses.of_invitation(scope, row.story)
    if answer is not None:
        score = "no score" if answer.score is None else f"score {answer.score}"
        yield score + (f", “{answer.comment}”" if answer.comment else "")


def _say(sentence: str) -> None:
    click.secho(f"\n{sentence}", bold=True)
