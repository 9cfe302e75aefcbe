"""The command that a mail server hands mails to that came back."""

from __future__ import annotations

import sys

import click

from server.commands.door import services_beside
from server.flows.take_mail import take_mail

READ_MAX = 40_000_000
"""Bytes; a mail server that cannot hand over all of a mail believes that it failed."""

# sysexits(3), as mail servers understand them: what is no mail for us goes back, all else is tried again.
OK, NONSENSE, LATER = 0, 65, 75


@click.command()
@click.argument("recipient", default="")
def incoming(recipient: str) -> None:
    """Take in one mail from standard input: a bounce, an automatic answer, or what a person wrote back.

    RECIPIENT is whom the mail is to; without it the mail's own headers are looked through. In Postfix's master.cf:

    \b
      askonce unix - n n - 4 pipe flags=DORX user=askonce
        argv=/usr/bin/env ASKONCE_DATA=/srv/askonce /srv/askonce/.venv/bin/askonce incoming ${recipient}
    """
    raw = sys.stdin.buffer.read(READ_MAX)
    try:
        said = take_mail(services_beside(), raw, recipient)
    except Exception as why:  # whatever is wrong here, the mail stays with its server, which tries again
        click.echo(f"askonce: cannot take this mail now: {why}", err=True)
        sys.exit(LATER)
    if said != "taken":
        click.echo(f"askonce: this is {'no mail' if said == 'no mail' else 'a mail about nothing of ours'}", err=True)
        sys.exit(NONSENSE)
