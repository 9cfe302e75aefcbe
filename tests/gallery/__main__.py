"""`make gallery ARGS=folder`: every question in each theme, size and language, and a sheet of each theme."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

from server.core.themes import THEMES
from tests.conftest import BROWSERS, QUIET
from tests.gallery import mails
from tests.gallery.states import ORIGIN, page, served, states

SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
LANGUAGES = ("en", "de", "ar")


def main() -> None:
    reader = argparse.ArgumentParser(prog="make gallery", description=__doc__)
    reader.add_argument("folder", type=Path, help="where the pictures go")
    reader.add_argument("--all", action="store_true", help="also what is filled in, complained about and over")
    reader.add_argument("--dark", action="store_true", help="by night")
    reader.add_argument("--mails", action="store_true", help="the mails alone: narrow and wide, by day and by night")
    said = reader.parse_args()
    said.folder.mkdir(parents=True, exist_ok=True)
    found = next((place for place in BROWSERS if place and Path(place).exists()), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        if said.mails:
            print(f"{len(mails.pictures(browser, said.folder))} pictures of mails in {said.folder}")
            browser.close()
            return
        for theme in THEMES:
            made = list(pictures(browser, theme, said.folder, said.all, said.dark))
            sheet(browser, theme, said.folder, made)
            print(f"{theme}: {len(made)} pictures, {said.folder}/sheet-{theme}.png")
        browser.close()


def pictures(browser: Browser, theme: str, folder: Path, everything: bool, dark: bool) -> Iterator[str]:
    """The names of the pictures, as each is taken."""
    for size, (width, height) in SIZES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            device_scale_factor=2 if size == "phone" else 1,
            has_touch=size == "phone",
        )
        taken = context.new_page()
        for language in LANGUAGES:
            for state, step in states(language):
                if everything or not state.endswith(("-filled", "-wrong")):
                    put(taken, page(step, language, theme))
                    name = f"{theme}-{state}-{size}-{language}.png"
                    taken.screenshot(path=folder / name, full_page=True)
                    yield name
        context.close()


def put(page: Page, html: str) -> None:
    """`html` in the browser, with what it loads."""

    def fulfil(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        kind, text = ("text/html", html) if path == "/s/t" else served(path)
        route.fulfill(body=text, content_type=f"{kind.split(';')[0]}; charset=utf-8")

    page.unroute_all()
    page.route(f"{ORIGIN}/**", fulfil)
    page.goto(f"{ORIGIN}/s/t")


def sheet(browser: Browser, theme: str, folder: Path, names: list[str]) -> None:
    """All of them on one sheet."""
    shown = browser.new_page(viewport={"width": 2000, "height": 1000})
    shown.route(f"{ORIGIN}/*.png", lambda route: route.fulfill(path=folder / route.request.url.rsplit("/", 1)[-1]))
    shown.route(f"{ORIGIN}/", lambda route: route.fulfill(body=_html(names), content_type="text/html; charset=utf-8"))
    shown.goto(f"{ORIGIN}/", wait_until="load")
    shown.screenshot(path=folder / f"sheet-{theme}.png", full_page=True)
    shown.close()


def _html(names: list[str]) -> str:
    figures = "".join(f'<figure><img src="{escape(n)}"><figcaption>{escape(n)}</figcaption></figure>' for n in names)
    style = "body{margin:8px;display:flex;flex-wrap:wrap;gap:8px;font:10px sans-serif;background:#888}"
    return f"<!doctype html><style>{style}figure{{margin:0}}img{{display:block;height:230px}}</style>{figures}"


if __name__ == "__main__":
    main()
