"""Ten cuts as often as anything changes. `make cuts` makes two hundred."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.cuts.browsers import ChromiumHand
from tests.cuts.play import play

pytestmark = [pytest.mark.browser, pytest.mark.chaos]


def test_what_was_shown_as_saved_is_there_once_and_as_she_said_it_last(browser: Browser, tmp_path: Path) -> None:
    outcome = play(lambda: ChromiumHand(browser), tmp_path, cuts=10, seed=7)

    print(outcome.report())
    assert outcome.findings.all == []
