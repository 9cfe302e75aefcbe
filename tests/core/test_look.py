"""How a survey stands on a page."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.look import POSITIONS, BadLook, Look, look_from
from server.core.surveys import BadSurvey


def test_a_survey_that_says_nothing_is_a_card_at_the_lower_corner_where_text_ends() -> None:
    assert look_from(None) == look_from({}) == Look("card", "bottom-end", "auto", "")


@pytest.mark.parametrize("shape", POSITIONS)
def test_each_shape_has_its_places_and_the_first_is_its_default(shape: str) -> None:
    assert look_from({"shape": shape}).position == POSITIONS[shape][0]
    for position in POSITIONS[shape]:
        assert look_from({"shape": shape, "position": position}).position == position


def test_a_page_hears_shape_place_and_theme() -> None:
    said = {"shape": "bar", "position": "top", "theme": "dark"}
    assert look_from(said).as_json() == said


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("card", "look must be a JSON object"),
        ({"shape": "star"}, "shape must be one of card, bar, modal, inline, tab"),
        ({"shape": "modal", "position": "top"}, "position of a modal must be one of center"),
        ({"theme": "neon"}, "theme must be one of"),
        ({"label": ""}, "label must be a text of 1 to 40"),
        ({"label": "x" * 41}, "label must be a text of 1 to 40"),
        ({"label": 7}, "label must be a text"),
        ({"color": "red"}, "“color” is no rule"),
    ],
)
def test_what_is_wrong_is_named(said: Any, complaint: str) -> None:
    with pytest.raises(BadLook) as wrong:
        look_from(said)
    assert isinstance(wrong.value, BadSurvey)
    assert any(complaint in each for each in wrong.value.complaints), wrong.value.complaints
