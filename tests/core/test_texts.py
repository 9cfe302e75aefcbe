"""The words around a survey are there in every language, and run its way."""

from __future__ import annotations

import pytest

from server.core.texts import ENGLISH, LANGUAGES, direction, texts


@pytest.mark.parametrize("language", ["en", "EN", "en-GB", "tlh", ""])
def test_there_are_words_for_everybody(language: str) -> None:
    assert texts(language) == ENGLISH


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word(language: str) -> None:
    assert LANGUAGES[language].keys() == ENGLISH.keys()


@pytest.mark.parametrize(("language", "runs"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("", "ltr")])
def test_a_page_runs_the_way_its_language_does(language: str, runs: str) -> None:
    assert direction(language) == runs
