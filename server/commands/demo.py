"""`askonce demo`: a whole conversation on this machine, with a stand-in for the provider and without any account."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module

import click

# Addresses, not functions: a stand-in and its client cost half a second that no other command needs to wait for.
WALKS: Mapping[str, str] = {
    "email": "server.commands.demo_email:walk",
    "sms": "server.commands.demo_sms:walk",
    "phone": "server.commands.demo_phone:walk",
}
"""By channel: a function of whoever answers the survey, given as the question and what she says when nobody asks."""

Ask = Callable[[str, str], str]


@click.command()
@click.option("--channel", type=click.Choice(list(WALKS)), default="email", show_default=True)
@click.option("--script", is_flag=True, help="Answer by itself, as it does where there is no terminal to ask.")
def demo(channel: str, script: bool) -> None:
    """Walk through a conversation: a person is asked, answers, and the desk knows. Nothing leaves this machine.

    It starts a server in a temporary folder, with a stand-in for the provider that is as strict as the real one.
    """
    module, _, name = WALKS[channel].partition(":")
    walk: Callable[[Ask], None] = getattr(import_module(module), name)
    walk(_by_itself if script else _prompted)


def _prompted(question: str, otherwise: str) -> str:
    """What is typed at a terminal, or comes down a pipe; where nothing comes, what she says by herself."""
    if sys.stdin and sys.stdin.isatty():
        return str(click.prompt(question, default=otherwise))
    piped = sys.stdin.readline().strip() if sys.stdin else ""
    return _by_itself(question, piped or otherwise)


def _by_itself(question: str, otherwise: str) -> str:
    click.echo(f"{question}: {otherwise}")
    return otherwise
