"""The words around a survey are there in every language, and run its way."""

from __future__ import annotations

import re

import pytest

from server.core.texts import LANGUAGES, direction, texts
from server.core.texts.en import ENGLISH

PLACE = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("language", ["en", "EN", "en-GB", "tlh", ""])
def test_there_are_words_for_everybody(language: str) -> None:
    assert texts(language) == ENGLISH


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word(language: str) -> None:
    theirs = LANGUAGES[language]

    assert theirs.keys() == ENGLISH.keys()
    assert {key: sorted(PLACE.findall(text)) for key, text in theirs.items()} == {
        key: sorted(PLACE.findall(text)) for key, text in ENGLISH.items()
    }


@pytest.mark.parametrize(("language", "runs"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("", "ltr")])
def test_a_page_runs_the_way_its_language_does(language: str, runs: str) -> None:
    assert direction(language) == runs
