"""`make weights`: what a visitor's browser loads, cold, in a real Chromium; beside it what others publish."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import sleep

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import BROWSERS, QUIET
from tests.running import Running, running
from tests.weights.meter import Weighed, weigh
from tests.weights.peers import PEERS, shelf
from tests.weights.shop import shop

LOADER_MOST = 3_072
SHOWN_MOST = 25_600
"""Bytes over the wire, without the heads of the replies."""


def main() -> int:
    reader = argparse.ArgumentParser(prog="make weights", description=__doc__)
    reader.add_argument("--peers", type=Path, help="a folder with the packages of others, as `npm pack` leaves them")
    said = reader.parse_args()
    found = next((place for place in BROWSERS if place and Path(place).exists()), None)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as data:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        with running(Path(data)) as house:
            kept = ours(browser, house)
        if said.peers:
            theirs(browser, said.peers)
        browser.close()
    return 0 if kept else 1


def ours(browser: Browser, house: Running) -> bool:
    """The three cases, a line each. Whether each is within what was promised."""
    tag = house.command("site", "list")[0]["script"]
    print(f"{'Askonce':42}{'bytes':>9}{'requests':>10}")
    with shop(tag) as origin:
        house.allow(origin)
        shown, resting = weigh(browser, origin, until="iframe", again=True)
        slug = house.command("survey", "list")[0]["slug"]
        house.command("survey", "set", slug, "paused")
        sleep(3)  # until every process has heard of it
        nothing, _ = weigh(browser, origin)
    tell("nothing to ask", nothing)
    tell("a survey is shown", shown)
    tell("resting after it was shown", resting)
    loader = [load for load in nothing.loads if load.path == "/askonce.js"]
    asked = [load for load in nothing.loads if load.path != "/askonce.js"]
    promises = {
        f"the loader is at most {LOADER_MOST:,} bytes": sum(load.bytes for load in loader) <= LOADER_MOST,
        "with nothing to ask there is one request beside it at most": len(loader) == 1 and len(asked) <= 1,
        f"a survey shown is at most {SHOWN_MOST:,} bytes in all": 0 < shown.bytes <= SHOWN_MOST,
        "while it rests there is no request but for the loader, and that is cached": not resting.fresh
        and [load.path for load in resting.loads] == ["/askonce.js"],
    }
    for promise, is_kept in promises.items():
        print(f"{'kept ' if is_kept else 'BROKEN'}  {promise}")
    return all(promises.values())


def theirs(browser: Browser, folder: Path) -> None:
    print(f"\n{'others, where nothing is asked':42}{'bytes':>9}{'requests':>10}")
    for peer in PEERS:
        with shelf(folder, peer) as tag, shop(tag) as origin:
            tell(f"{peer.name} {peer.version(folder)}: {peer.what}", weigh(browser, origin)[0], briefly=True)


def tell(what: str, weighed: Weighed, briefly: bool = False) -> None:
    print(f"{what:42}{weighed.bytes:>9,}{len(weighed.fresh):>10}")
    for load in () if briefly else weighed.fresh:
        print(f"    {load.path[:36]:38}{load.bytes:>9,}")


if __name__ == "__main__":
    raise SystemExit(main())
