"""A row of scores under other people's mails: nothing in it is loaded, and nothing in it can be lost."""

from __future__ import annotations

import re

import pytest

from channels.email.signature import Signature, face, picture, render, styles_for

LINK = "https://ask.example/l/abc"


def row(style: str = "numbers", low: int = 0, high: int = 10, more: str = "", **said: str) -> tuple[str, str]:
    choices = [(face(style, low, high, n), "", f"{LINK}?score={n}{more}") for n in range(low, high + 1)]
    return render(Signature("How likely?", choices, **said))


def test_every_score_has_its_link_in_both_parts() -> None:
    html, text = row()
    for score in range(11):
        assert f'href="{LINK}?score={score}"' in html
        assert f"{score}: {LINK}?score={score}\n" in text


def test_nothing_is_loaded_and_nothing_needs_a_style_sheet() -> None:
    html, _ = row()
    assert not re.search(r"<img|<style|<script|<link|class=|url\(", html)
    assert html.count("bgcolor=") == 11


def test_pictures_are_linked_and_say_their_score_where_they_are_hidden() -> None:
    choices = [(face("smileys", 1, 5, n), "Happy" if n == 5 else "", f"{LINK}?score={n}") for n in range(1, 6)]
    pictures = ["https://ask.example" + picture("smileys", 1, 5, n, "#3553CF") for n in range(1, 6)]
    html, text = render(Signature("How?", choices, pictures=pictures))
    shown = re.findall(r'<a href="([^"]+)"[^>]*><img src="([^"]+)" width="36" height="36" alt="([^"]+)"', html)
    assert [link for link, *_ in shown] == [link for *_, link in choices]
    assert [each for _, each, _ in shown] == pictures
    assert [alt for *_, alt in shown] == ["😠", "🙁", "😐", "🙂", "😀: Happy"]
    assert ".png" not in text
    assert not re.search(r"cid:|data:|bgcolor", html), "what lies in the mail itself is lost on the way"


@pytest.mark.parametrize(
    ("style", "low", "high", "names"),
    [
        ("numbers", 0, 10, [f"/marks/3553cf/n{n}.png" for n in range(11)]),
        ("stars", 1, 5, ["/marks/3553cf/star.png"] * 5),
        ("smileys", 1, 3, [f"/assets/smileys-{n}.png" for n in (1, 3, 5)]),
        ("smileys", 1, 5, [f"/assets/smileys-{n}.png" for n in range(1, 6)]),
        ("thumbs", 0, 1, ["/assets/thumbs-0.png", "/assets/thumbs-1.png"]),
    ],
)
def test_every_point_has_a_picture(style: str, low: int, high: int, names: list[str]) -> None:
    assert [picture(style, low, high, n, "#3553CF") for n in range(low, high + 1)] == names


def test_placeholders_of_a_help_desk_stay_as_it_writes_them() -> None:
    html, text = row(more="&ticket={{ticket.id}}")
    assert f"{LINK}?score=9&amp;ticket={{{{ticket.id}}}}" in html
    assert f"{LINK}?score=9&ticket={{{{ticket.id}}}}" in text


def test_words_of_others_are_escaped() -> None:
    html, _ = row(low_label="<b>", high_label='"')
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("low", "high", "styles"),
    [
        (0, 10, ("numbers",)),
        (1, 5, ("numbers", "smileys", "stars")),
        (1, 3, ("numbers", "smileys")),
        (1, 10, ("numbers", "stars")),
        (1, 7, ("numbers",)),
        (0, 1, ("thumbs", "numbers")),
    ],
)
def test_a_scale_is_shown_as_it_can_be(low: int, high: int, styles: tuple[str, ...]) -> None:
    assert styles_for(low, high) == styles
    for style in styles:
        faces = [face(style, low, high, n) for n in range(low, high + 1)]
        assert len(set(faces)) == len(faces)


@pytest.mark.parametrize(
    "bad", [{"accent": "blue"}, {"choices": [("9", "", "javascript:1")]}, {"pictures": ["/9.png"]}]
)
def test_what_cannot_stand_in_a_mail_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Signature(**{"question": "?", "choices": [("9", "", LINK)], **bad})  # type: ignore[arg-type]
