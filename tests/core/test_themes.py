"""Themes: what cannot be read is refused, and says by how much."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.themes import PAIRS, PLAIN, THEMES, BadTheme, contrast, faults, stylesheet, theme_from, with_accent


@pytest.mark.parametrize("name", THEMES)
def test_what_is_ready_can_be_read_by_day_and_by_night(name: str) -> None:
    theme = THEMES[name]
    assert faults("light", theme.light) == faults("dark", theme.dark) == []
    assert theme_from({"base": name}) == theme


def test_the_theme_of_high_contrast_has_seven_to_one() -> None:
    for colours in (THEMES["contrast"].light, THEMES["contrast"].dark):
        assert min(contrast(getattr(colours, above), getattr(colours, below)) for above, below, _ in PAIRS) >= 7


@pytest.mark.parametrize("accent", ["#ffffff", "#000000", "#f2b705", "#2457c5", "#808080", "#3b5bdb", "#ff0000"])
def test_any_accent_is_made_to_be_seen(accent: str) -> None:
    theme = with_accent(PLAIN, accent)
    assert faults("light", theme.light) == faults("dark", theme.dark) == []


def test_a_contrast_too_low_is_named_with_what_is_missing() -> None:
    with pytest.raises(BadTheme) as why:
        theme_from({"light": {"muted": "#aaaaaa"}, "dark": {"paper": "#888888"}})
    assert why.value.complaints[0] == "light: muted on paper has a contrast of 2.32, 2.18 too little"
    assert len(why.value.complaints) > 2


NO_THEMES: list[tuple[Any, str]] = [
    ("warm", "a theme is an object"),
    ({"base": "dark"}, "base must be one of plain, warm, contrast"),
    ({"base": ["warm"]}, "base must be one of plain, warm, contrast"),
    ({"font": "Comic Sans"}, "font must be one of sans, serif, rounded"),
    ({"font": {}}, "font must be one of sans, serif, rounded"),
    ({"radius": 99}, "radius must be 0 to 24"),
    ({"accent": "red;}"}, "accent must be a colour such as #3553cf"),
    ({"light": {"ink": "#12345"}}, "light: ink must be a colour such as #3553cf"),
    ({"light": {"x": "#123456"}}, "light has no x"),
    ({"dark": "#123456"}, "dark must be an object, by colour"),
    ({"shadow": 1}, "a theme has no shadow"),
]


@pytest.mark.parametrize(("said", "complaint"), NO_THEMES)
def test_what_is_no_theme_is_refused(said: Any, complaint: str) -> None:
    with pytest.raises(BadTheme) as why:
        theme_from(said)
    assert complaint in why.value.complaints


def test_a_stylesheet_sets_both_and_has_nothing_else_in_it() -> None:
    sheet = stylesheet(theme_from({"base": "warm", "accent": "#006666", "radius": 0}))
    assert "--paper:light-dark(#fffaf2,#241d18)" in sheet
    assert "--accent:light-dark(#006666," in sheet
    assert "--radius:0px" in sheet
    assert sheet.count("{") == sheet.count("}") == 3
