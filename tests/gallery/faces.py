"""`python -m tests.gallery.faces`: draws the faces and thumbs that mails show, as pictures, anew.

They are those of the survey page, filled, so that they are seen on light and on dark ground alike.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.conftest import BROWSERS, QUIET

FOLDER = Path(__file__).parents[2] / "static/faces"
SIDE = 96
"""Pixels: two for each CSS pixel and a little more."""

MOUTHS = {
    1: "M7.9 16.8q4.1-4.6 8.2 0M6.8 8.2l2.6-1.3M17.2 8.2l-2.6-1.3",
    2: "M8.3 16.3q3.7-2.7 7.4 0",
    3: "M8.3 15.4h7.4",
    4: "M8.1 14.4q3.9 3.5 7.8 0",
    5: "M7.4 13.5h9.2q-.4 4.6-4.6 4.6t-4.6-4.6z",
}
HAND = (
    "M7.5 11v9H4.8a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zm0 .2L11.2 3c1.6 0 2.6 1.1 2.6 2.6L13.3 9.5h5.2a2 2 0 0 1 2 2.4"
    "l-1.3 6.5A2 2 0 0 1 17.2 20H7.5z"
)
SKIN, EDGE, INK = "#ffcf4d", "#d99a1c", "#5c3d05"


def face(number: int) -> str:
    line = f'stroke="{INK}" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"'
    eyes = f'<path d="M8.7 10.4v.5M15.3 10.4v.5" stroke="{INK}" stroke-width="2" stroke-linecap="round"/>'
    ground = f'<circle cx="12" cy="12" r="10.6" fill="{SKIN}" stroke="{EDGE}" stroke-width=".9"/>'
    return f'{ground}{eyes}<path d="{MOUTHS[number]}" fill="{"#fff" if number == 5 else "none"}" {line}/>'


def thumb(up: int) -> str:
    turned = "" if up else ' transform="matrix(1 0 0 -1 0 23.4)"'
    return f'<path d="{HAND}" fill="{SKIN}" stroke="{EDGE}" stroke-width="1.1" stroke-linejoin="round"{turned}/>'


def main() -> None:
    drawn = {f"smileys-{n}": face(n) for n in MOUTHS} | {f"thumbs-{n}": thumb(n) for n in (0, 1)}
    found = next((place for place in BROWSERS if place and Path(place).exists()), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        page = browser.new_page(viewport={"width": SIDE, "height": SIDE})
        for name, shape in drawn.items():
            svg = f'<svg width="{SIDE}" height="{SIDE}" viewBox="0 0 24 24">{shape}</svg>'
            page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
            page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
