"""The desk in a browser: what texts and calls have brought is seen whole on a phone, by day and by night."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from server.flows import halt
from server.flows.decide import decide
from server.flows.set_up import desk_link
from tests.calls.house import House
from tests.widget.test_accessible import findings

pytestmark = pytest.mark.browser

ANN = "+447700900111"
UNSEEN = ("due to a pseudo element", "partially obscured", "non-text characters", "frame-tested")
"""What axe could not make out: the line beside a story, a menu that scrolls, arrows, the page in the preview."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_texts_and_calls_is_whole_on_a_phone(line: House, browser: Browser, scheme: Any) -> None:
    line.hand_over(ANN, "100#; say nine; silence; 2#; speak 12 Lovely")
    line.hand_over("+447700900112", "*9#")
    line.work()
    decide(line.services, line.site.id, {"send_hours": {"sms": "none"}, "countries": "none"}, "the team")
    halt.pause(line.services, line.site.id, "sms", "we look at it", "the team")
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, reduced_motion="reduce")
    shown = context.new_page()
    shown.goto(desk_link(line.services))
    for place in (
        "",
        "/people/1",
        "/people/2",
        "/deliveries",
        "/policy",
        "/providers?check=1",
        f"/surveys/{line.survey.id}",
    ):
        shown.goto(f"{line.url}/desk{place}")
        assert shown.evaluate("document.scrollingElement.scrollWidth") == 360, place
        said = [each for each in findings(shown) if not any(words in each for words in UNSEEN)]
        assert said == [], place
    context.close()
