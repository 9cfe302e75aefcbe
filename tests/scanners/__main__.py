"""`python -m tests.scanners`: 200 mails, every link of each looked at by programs, and nothing believed."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

from playwright.sync_api import sync_playwright

from tests.conftest import BROWSERS, QUIET
from tests.running import running
from tests.scanners.run import scanned


def main() -> int:
    """0 when nobody was answered for and nobody unsubscribed."""
    reader = argparse.ArgumentParser(prog="python -m tests.scanners", description="Programs that look at every link.")
    reader.add_argument("--mails", type=int, default=200)
    reader.add_argument(
        "--pages", type=int, default=220, help="opened in a browser that runs scripts and waits, in all"
    )
    said = reader.parse_args()
    folder = Path(mkdtemp(prefix="askonce-scanners-"))
    found = next((place for place in BROWSERS if place and Path(place).exists()), None)
    try:
        with running(folder / "data") as house, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=QUIET)
            outcome = scanned(house, house.key(), browser, said.mails, said.pages)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(outcome.report(), flush=True)
    return 1 if outcome.answers or outcome.unsubscribed else 0


if __name__ == "__main__":
    sys.exit(main())
