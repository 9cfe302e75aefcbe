"""axe-core finds nothing on any page, in any theme, from either side, by day, by night and in the system's colours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from server.core.surveys import KINDS
from server.core.themes import THEMES
from tests.gallery.__main__ import put
from tests.gallery.states import page, states

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations", "incomplete"],  # of what is right one example each: to name all takes half the time
    "preload": False,  # our styles are of the page's own origin
}

SIDES = [("en", "light", "link"), ("ar", "dark", "widget")]
"""From left to right by day as a page of its own; from right to left by night in a frame."""

OF_A_THEME = ["color-contrast", "target-size"]
"""What its colours, type and spaces can break; everything else is alike in all of them."""

EVERYWHERE = {"color-contrast", "document-title", "html-has-lang", "target-size"}
"""Rules that have something to look at on every page with a question."""


def findings(shown: Page, state: str = "", only: Sequence[str] = ()) -> list[str]:
    """What axe has to say, by `only` these rules or by all, a line each; also what it could not make out."""
    if not shown.evaluate("'axe' in window"):
        shown.evaluate(AXE_SCRIPT)
    rules = {**RULES, "runOnly": only or RULES["runOnly"]}
    found = shown.evaluate(f"axe.run(document, {json.dumps(rules)})")
    if state.split("-")[0] in KINDS:
        looked_at = {each["id"] for kind in ("passes", "violations") for each in found[kind]}
        assert looked_at >= (set(only) or EVERYWHERE), state
    return [
        f"{said['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:300]}"
        for said in found["violations"] + found["incomplete"]
        for node in said["nodes"]
    ]


TURN = """(html) => {
  const next = new DOMParser().parseFromString(html, "text/html");
  const loads = (page) => [...page.querySelectorAll("head [src], [rel=stylesheet]")].map((e) => e.outerHTML).join();
  if (loads(document) !== loads(next)) return false;
  const [now, then] = [document.documentElement, next.documentElement];
  for (const { name } of [...now.attributes]) now.removeAttribute(name);
  for (const { name, value } of then.attributes) now.setAttribute(name, value);
  document.title = next.title;
  document.body.replaceWith(document.adoptNode(next.body));
  return true;
}"""
"""Where the next page loads what this one has loaded, its body takes the place of this one's, as with htmx."""


def stands(shown: Page, html: str) -> None:
    """The page, as one sees it once it has appeared."""
    if not shown.evaluate(TURN, html):
        put(shown, html)
    shown.locator("html").evaluate("e => e.classList.add('revealed')")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("language", "scheme", "mode"), SIDES)
def test_axe_finds_nothing(browser: Browser, theme: str, language: str, scheme: Any, mode: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, reduced_motion="reduce", java_script_enabled=True
    )
    shown = context.new_page()
    found = {}
    for state, step in states(language):
        stands(shown, page(step, language, theme, mode))
        assert shown.evaluate("document.documentElement.scrollWidth") == 390, state
        if said := findings(shown, state, () if theme == "plain" else OF_A_THEME):
            found[state] = said
    context.close()
    assert found == {}


@pytest.mark.parametrize(
    ("rule", "mistake"),
    [
        ("color-contrast", "document.querySelector('.ends').style.color = 'silver'"),
        ("button-name", "document.querySelector('.choice').textContent = ''"),
        ("target-size", "document.querySelector('.scale').style.width = '150px'"),
        ("label", "document.querySelector('form').append(document.createElement('input'))"),
        ("html-has-lang", "document.documentElement.removeAttribute('lang')"),
    ],
)
def test_axe_finds_what_is_planted(browser: Browser, rule: str, mistake: str) -> None:
    shown = browser.new_page(viewport={"width": 390, "height": 844})
    stands(shown, page(dict(states("en"))["nps"], "en", "plain"))
    assert findings(shown, "nps") == []
    shown.evaluate(mistake)
    assert rule in {said.split(":")[0] for said in findings(shown)}
    shown.close()


CHOSEN = """() => {
  const look = (e) => {
    const style = getComputedStyle(e), drawing = e.querySelector("svg");
    return [style.backgroundColor, style.color, drawing && getComputedStyle(drawing).fill].join();
  };
  const all = [...document.querySelectorAll(".choice")];
  const [chosen, others] = [true, false].map((is) => all.filter((e) => e.matches(":has(:checked)") === is));
  const native = all.every((e) => getComputedStyle(e.querySelector("input")).opacity === "1");
  return {native, chosen: chosen.map(look), others: others.map(look)};
}"""
"""How the chosen ones and the others look; `native` where the browser's own boxes say it."""

EDGES = """() => [...document.querySelectorAll(".choice, .send, .line, textarea, select")]
  .filter((e) => e.checkVisibility() && !e.querySelector("select"))
  .filter((e) => getComputedStyle(e).borderTopWidth === "0px" || getComputedStyle(e).borderTopStyle === "none")
  .map((e) => e.outerHTML)"""
"""What can be pressed or filled in and has no edge: of a ground of its own nothing is left in the system's colours."""


def test_in_the_systems_own_colours_all_can_be_told_apart(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, forced_colors="active")
    shown = context.new_page()
    told = set()
    for state, step in states("en"):
        stands(shown, page(step, "en", "plain"))
        assert shown.evaluate(EDGES) == [], state
        kind = state.removesuffix("-filled")
        if state == kind or kind in ("select_one", "select_many", "ranking", "free_response", "contact"):
            continue
        if state.endswith("-filled"):
            seen = shown.evaluate(CHOSEN)
            assert seen["native"] or (seen["chosen"] and not set(seen["chosen"]) & set(seen["others"])), state
            told.add(kind)
    context.close()
    assert told == {"nps", "enps", "csat", "ces", "stars", "smileys", "thumbs", "pmf", "scale"}


LONGEST = """() => Math.max(...[...document.querySelectorAll("*")].flatMap((e) => {
  const {transitionDuration, animationDuration} = getComputedStyle(e);
  return (transitionDuration + "," + animationDuration).split(",").map((each) => 1000 * parseFloat(each));
}))"""


def test_nothing_moves_for_longer_than_a_fifth_of_a_second_or_at_all_where_it_is_not_wished(browser: Browser) -> None:
    shown = browser.new_page()
    longest: dict[str, list[float]] = {}
    for wish in ("no-preference", "reduce"):
        shown.emulate_media(reduced_motion=wish)
        for _, step in states("en"):
            stands(shown, page(step, "en", "plain"))
            shown.locator("html").evaluate("e => e.classList.add('moving')")
            longest.setdefault(wish, []).append(shown.evaluate(LONGEST))
    shown.close()
    assert 0 < max(longest["no-preference"]) <= 200
    assert max(longest["reduce"]) == 0
