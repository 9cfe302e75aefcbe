"""Who wants to be left alone says so in many ways; who speaks of a film does not."""

from __future__ import annotations

import pytest

from server.core.replies import wish_in


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", " Stop. ", "STOP!!!", "Please stop", "stop please", "STOPALL", "Unsubscribe", "cancel", "END",
        "quit", "REVOKE", "opt out", "OPTOUT", "opt-out", "Stopp", "abmelden", "bitte abbestellen", "توقف", "إلغاء",
        "stop texting me", "Please don’t text me again", "Do not contact me", "don't message me anymore",
        "remove me from your list", "take me off this", "never call again", "no more surveys", "no more texts please",
        "I want to opt out", "leave me alone", "unsubscribe me", "I revoke my consent", "Stop sending these messages",
        "keine SMS mehr bitte", "Bitte keine Nachrichten mehr schicken", "Schreiben Sie mir nicht mehr, keine Umfragen",
        "Lassen Sie mich in Ruhe", "Ich möchte mich abmelden", "löschen Sie meine Nummer", "لا ترسلوا رسائل",
    ],
)  # fmt: skip
def test_stop_in_many_words(text: str) -> None:
    assert wish_in(text) == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "9", "The film had no end", "I could not stop laughing", "Your bus stop is too far away",
        "cancel culture is real", "The call was great", "They never called me back", "I did not get the email",
        "He quit his job", "Das Ende war gut", "Es hat nicht funktioniert", "helpful staff", "I had to start again", "",
        "لا", "no", "The text was too small", "I don't like your survey",
    ],
)  # fmt: skip
def test_other_words_stop_nothing(text: str) -> None:
    assert wish_in(text) == ""


def test_start_and_help() -> None:
    assert [wish_in(text) for text in ("START", "unstop", "Start.", "HELP", "info", "Hilfe!", "مساعدة")] == [
        "start", "start", "start", "help", "help", "help", "help",
    ]  # fmt: skip


def test_long_nonsense_is_read_in_no_time() -> None:
    for text in ("stop " * 50_000, "no " * 50_000 + "more", "keine " * 50_000):
        assert wish_in(text) in ("", "stop")
