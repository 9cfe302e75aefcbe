"""What happens on somebody's page, written once for every engine. Each scene gives a remark, mostly none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from tests.engines.hostile import ANEW, LAYERS, PATROL, RESET, STRICT, UNSET, WAR
from tests.engines.stage import FRAMES, SHOWN, Stage
from tests.running import eventually

COOKIE = """() => { document.cookie = "probe=1; SameSite=None; Secure"; return document.cookie.includes("probe"); }"""
GO = """([path]) => { history.pushState(null, "", path);
  document.querySelector("h1").textContent = path.length > 7 ? "Harbour Pottery" : "Harbour Kitchen"; }"""


def journey(stage: Stage, picture: Path) -> str:
    stage.plays(stage.host.page("/"), picture)
    return ""


def strict(stage: Stage, picture: Path) -> str:
    headers = {
        "Content-Security-Policy": STRICT.format(ask=stage.house.url),
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    stage.plays(stage.host.page("/strict", headers=headers), picture)
    assert stage.page("() => crossOriginIsolated"), "the page is not isolated"
    return "" if stage.page("() => 'trustedTypes' in window") else "has no Trusted Types"


def blocked(stage: Stage, picture: Path) -> str:
    """With no cookies for third parties; a cookie that our frame tries to set proves it."""
    journey(stage, picture)
    assert not stage.frame(COOKIE), "a third party's cookie is kept"
    return "cookies refused"


def single_page(stage: Stage, picture: Path) -> str:
    """Asked on one of an app's pages, and neither lost nor asked again while she goes on. An app that goes on draws
    something: where there is no Navigation API, that is what the loader sees."""
    slug = f"spa-{uuid4().hex[:8]}"
    definition = stage.house.command("survey", "export", "nps") | {"targeting": {"pages": ["/pricing"]}}
    file = stage.house.data / "spa.json"
    file.write_text(json.dumps(definition))
    stage.house.command("survey", "set", "nps", "paused")
    stage.house.command("survey", "import", str(file), "--slug", slug, "--publish")
    try:
        stage.house.until_all_say(lambda said: said.get("reason") == "targeting", stage.host.origin, "/app")
        stage.hand.open("one", stage.host.page("/app"))
        eventually(lambda: "held: targeting" in (stage.page("() => told") or []), 8)
        for path in ("/app/about", "/app/team"):
            stage.page(GO, path)
            assert stage.page(FRAMES) == 0, path
        stage.page(GO, "/pricing")
        stage.shows()
        for path in ("/app", "/pricing", "/app/team"):
            stage.page(GO, path)
        assert stage.page(FRAMES) == 1
        stage.hand.picture("one", picture)
        stage.scores()
        stage.explains(picture.stem)
    finally:
        stage.house.command("survey", "set", slug, "closed")
        stage.house.command("survey", "set", "nps", "live")
        stage.house.until_all_say(lambda said: said["show"], stage.host.origin)
    return "" if stage.page("() => 'navigation' in window") else "has no Navigation API"


def hostile(rules: str) -> Callable[[Stage, Path], str]:
    def scene(stage: Stage, picture: Path) -> str:
        stage.plays(stage.host.page(f"/{picture.stem}", head=f"<style>{rules}</style>"), picture)
        return ""

    return scene


def redrawn(stage: Stage, picture: Path) -> str:
    """A page that puts a new body in the old one's place, and then a whole new document."""
    stage.hand.open("one", stage.host.page("/redrawn"))
    stage.shows()
    stage.page("() => { document.body = document.body.cloneNode(true); }")
    stage.shows()
    stage.scores()
    stage.page(ANEW)
    stage.shows(picture)
    stage.explains(picture.stem)
    return ""


def cleared(stage: Stage, picture: Path) -> str:
    """A page that clears away frames that it does not know is left in peace, until it asks for one."""
    stage.hand.open("one", stage.host.page("/cleared", head=f"<script>{PATROL}</script>"))
    eventually(lambda: "closed: removed" in (stage.page("() => told") or []), 12)
    assert stage.page("() => cleared") == 2, "a quarrel"
    stage.page("() => patrol.disconnect()")
    stage.page("() => askonce('open', 'nps')")
    stage.shows(picture)
    stage.scores()
    stage.explains(picture.stem)
    return "left in peace"


def twice(stage: Stage, picture: Path) -> str:
    """The tag in the page two times."""
    stage.plays(stage.host.page("/twice", body=stage.host.tag * 2), picture)
    asked = "() => performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/w/offer')).length"
    assert (stage.page(asked), stage.page(FRAMES)) == (1, 1)
    return ""


def back(stage: Stage, picture: Path) -> str:
    """She leaves a page with a survey on it, and comes back. A browser that keeps such pages keeps this one too."""
    bare, ours = stage.host.page("/bare", body=""), stage.host.page("/ours")
    stage.hand.open("one", bare)
    keeps, _ = _there_and_back(stage, bare)
    stage.hand.open("one", ours)
    stage.shows()
    nine = stage.place_of("[name^='a.'][value='9']")
    kept, why = _there_and_back(stage, ours)
    assert kept == keeps, f"our survey keeps the page from being kept: {why}"
    if not keeps:
        return "keeps no pages"
    eventually(lambda: stage.page(SHOWN), 8)
    stage.hand.picture("one", picture)
    before = len(stage.house.responses(stage.key))
    stage.hand.press("one", *nine)  # some drivers do not find the frame again
    eventually(lambda: len(stage.house.responses(stage.key)) == before + 1, 8)
    return "from memory"


def _there_and_back(stage: Stage, page: str) -> tuple[bool, str]:
    """From `page` to another one and back to it. Whether it had been kept, and why not."""
    stage.hand.open("one", stage.host.page("/other", body=""))
    stage.page("() => history.back()")
    (kept,) = eventually(lambda: stage.page("([page]) => location.href === page && [window.kept]", page), 8)
    why = stage.page("() => JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons ?? '')")
    return kept, why


SCENES: dict[str, Callable[[Stage, Path], str]] = {
    "journey": journey, "strict": strict, "blocked": blocked, "single-page": single_page, "reset": hostile(RESET),
    "unset": hostile(UNSET), "war": hostile(WAR), "layers": hostile(LAYERS), "redrawn": redrawn, "cleared": cleared,
    "twice": twice, "back": back,
}  # fmt: skip
