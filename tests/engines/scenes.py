"""What happens on somebody's page, written once for every engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engines.hand import Hand
from tests.engines.host import Host
from tests.running import Running, eventually

STRICT = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; require-trusted-types-for 'script'; "
    "trusted-types 'none'; connect-src {ask}; frame-src {ask}; img-src data:; base-uri 'none'"
)
RESET = """html, body, div, span, iframe, dialog, button, [popover] { margin: 0 !important; padding: 0 !important;
  border: 0 !important; font: inherit !important; width: auto !important; height: auto !important;
  max-width: 100% !important; min-height: 0 !important; overflow: hidden !important }"""
UNSET = "* { all: unset !important } iframe, dialog { display: none !important; position: static !important }"
WAR = """html { transform: rotate(.01deg); filter: grayscale(.1) } body { transform: scale(.9); contain: strict; height: 100vh }
  #war { position: fixed; inset: 0; z-index: 2147483647; background: rgb(255 0 0 / .1) }"""

SHOWN = """() => { const f = document.querySelector("iframe"), b = f && f.getBoundingClientRect();
  return !!f && getComputedStyle(f).visibility === "visible" && b.width > 200 && b.height > 100
    && b.top >= 0 && b.bottom <= innerHeight + 1
    && document.elementFromPoint(b.left + b.width / 2, b.top + b.height / 2) === f; }"""
STEP = "() => document.documentElement.classList.contains('revealed') && document.getElementById('survey').dataset.step"
CLICK = "([value]) => { document.querySelector(`[name^='a.'][value='${value}']`).click(); }"
ASKED = "() => document.querySelector('textarea') !== null"
WRITE = """([words]) => { const form = document.querySelector("form"); form.querySelector("textarea").value = words;
  form.querySelector(".send").click(); }"""
COOKIE = """() => { document.cookie = "probe=1; SameSite=None; Secure"; return document.cookie.includes("probe"); }"""


@dataclass
class Stage:
    """Where a scene is played: a browser, our server, and somebody's pages."""

    hand: Hand
    house: Running
    host: Host
    key: str

    def shows(self) -> None:
        """The survey stands on the page, whole and above everything."""
        eventually(lambda: self.hand.run("one", SHOWN, on_top=True), 12)
        eventually(lambda: self.hand.run("one", STEP) == "question", 8)

    def answers(self, words: str) -> None:
        """Nine, and why; the server has both."""
        self.hand.run("one", CLICK, "9")
        eventually(lambda: self.hand.run("one", ASKED), 8)
        self.hand.run("one", WRITE, words)
        eventually(lambda: self.hand.run("one", STEP) == "thanks", 8)
        newest = self.house.responses(self.key)[0]
        assert (newest["score"], newest["comment"]) == (9, words)


def journey(stage: Stage, picture: Path) -> str:
    stage.hand.open("one", stage.host.page("/"))
    stage.shows()
    stage.hand.picture("one", picture)
    stage.answers(picture.stem)
    return ""


def strict(stage: Stage, picture: Path) -> str:
    headers = {
        "Content-Security-Policy": STRICT.format(ask=stage.house.url),
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    stage.hand.open("one", stage.host.page("/strict", headers=headers))
    stage.shows()
    stage.hand.picture("one", picture)
    stage.answers(picture.stem)
    types = stage.hand.run("one", "() => 'trustedTypes' in window", on_top=True)
    return "" if types else "has no Trusted Types"


def blocked(stage: Stage, picture: Path) -> str:
    """With no cookies for third parties; a cookie that our frame tries to set proves it."""
    journey(stage, picture)
    return "a third party's cookie is kept!" if stage.hand.run("one", COOKIE) else "cookies refused"


def single_page(stage: Stage, picture: Path) -> str:
    """Asked on one of an app's pages, and neither lost nor asked again while she goes on."""
    targeting = {"pages": ["/pricing"]}
    definition = json.loads(json.dumps(stage.house.command("survey", "export", "nps"))) | {"targeting": targeting}
    file = stage.house.data / "spa.json"
    file.write_text(json.dumps(definition))
    stage.house.command("survey", "set", "nps", "paused")
    stage.house.command("survey", "import", str(file), "--slug", f"spa-{picture.stem}", "--publish")
    try:
        go = "([path]) => { history.pushState(null, '', path); }"
        count = "() => document.querySelectorAll('iframe').length"
        stage.hand.open("one", stage.host.page("/app"))
        for path in ("/app/about", "/app/team", "/pricing"):
            assert stage.hand.run("one", count, on_top=True) == 0, path
            stage.hand.run("one", go, path, on_top=True)
        stage.shows()
        for path in ("/app", "/pricing", "/app/team"):
            stage.hand.run("one", go, path, on_top=True)
        assert stage.hand.run("one", count, on_top=True) == 1
        stage.hand.picture("one", picture)
        stage.answers(picture.stem)
    finally:
        stage.house.command("survey", "set", f"spa-{picture.stem}", "closed")
        stage.house.command("survey", "set", "nps", "live")
    return ""


def hostile(rules: str) -> Callable[[Stage, Path], str]:
    def scene(stage: Stage, picture: Path) -> str:
        stage.hand.open("one", stage.host.page(f"/{picture.stem}", head=f"<style>{rules}</style>"))
        stage.shows()
        stage.hand.picture("one", picture)
        stage.answers(picture.stem)
        return ""

    return scene


SCENES: dict[str, Callable[[Stage, Path], Any]] = {
    "journey": journey, "strict": strict, "blocked": blocked, "single-page": single_page, "reset": hostile(RESET),
    "unset": hostile(UNSET), "war": hostile(WAR),
}  # fmt: skip
