"""The widget's files without a browser: what they weigh, and that a strict policy allows them."""

from __future__ import annotations

import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.core.surveys import BadAnswer, Complaint, survey_from
from server.web.assets import SHIPPED, asset, theme
from server.web.steps import Asking, mended, next_step

if TYPE_CHECKING:
    from tests.widget.conftest import Stub

WIDGET = Path(__file__).resolve().parents[2] / "widget"
SENDS = {
    "score": "choice",
    "confirm": "send",
    "complaint": "choice",
    "five": "choice",
    "seven": "choice",
    "wordy": "choice",
    "text": "send",
    "thanks": None,
    "gone": None,
    "unsubscribe": "send",
    "unsubscribed": None,
}
ON_THE_PAGE = ("loader.js", "stage.js", "watch.js", "tab.js", "debug.js")
"""What runs in somebody else's page."""
BUDGET: dict[str, int] = json.loads((WIDGET / "budget.json").read_text())


def served(file: str) -> int:
    """Bytes of a file as it goes over the wire."""
    (name,) = (name for name, (_, path, _) in SHIPPED.items() if path == file)
    return len(asset(name).packed)


def test_every_served_file_has_a_budget() -> None:
    served = {path.name for path in WIDGET.iterdir() if path.suffix in (".js", ".css")}
    assert served == set(BUDGET)
    assert BUDGET["loader.js"] <= 3072


@pytest.mark.parametrize("name", sorted(BUDGET))
def test_file_is_within_its_budget(name: str) -> None:
    weight = served(name)
    assert weight <= BUDGET[name], f"{name} weighs {weight} bytes"


def test_loader_uses_nothing_that_a_policy_refuses_or_a_page_would_notice() -> None:
    text = "".join((WIDGET / name).read_text() for name in ON_THE_PAGE)
    refused = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "srcdoc",
    ]
    noticed = ["cssText", "console.", "document.cookie", "sessionStorage", "setInterval", "pushState"]
    assert [word for word in refused + noticed if word in text] == []


def test_loader_looks_at_nothing_in_the_page_but_places_that_were_made_for_it() -> None:
    text = (WIDGET / "loader.js").read_text()
    looks = re.findall(r"(?:querySelector|getElement)\w*\([^)]*\)", text)
    assert looks == ['querySelectorAll("[data-askonce-inline]")']


def test_a_survey_shown_weighs_less_than_25_kilobytes_in_all(stub: Stub) -> None:
    page = stub.render("score", "widget").encode()
    files = ("loader.js", "stage.js", "frame.js", "survey.css", "htmx-4.0.1.min.js")
    colours = len(theme("aabbcc").packed)
    assert sum(served(file) for file in files) + colours + len(gzip.compress(page, 9)) <= 25_600


class Finder(HTMLParser):
    """Collects what `script-src 'self'; style-src 'self'` would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.submits: list[dict[str, str | None]] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._script = tag == "script"
        if tag == "style" or (tag == "script" and not named.get("src")):
            self.inline.append(tag)
        self.inline += [name for name in named if name == "style" or name.startswith(("on", "hx-on"))]
        self.inline += [name for name, value in attrs if (value or "").startswith(("js:", "javascript:"))]
        if named.get("type") == "submit":
            self.submits.append(named)

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._script = False


@pytest.mark.parametrize("mode", ["widget", "view", "link", "mail"])
def test_pages_have_nothing_inline_and_send_with_the_last_submit(stub: Stub, mode: str) -> None:
    for step, sends in SENDS.items():
        found = Finder()
        found.feed(stub.render(step, mode))
        assert found.inline == []
        last = found.submits[-1] if found.submits else {}
        assert last.get("class") == sends, step


def test_demo_page_has_nothing_inline(stub: Stub) -> None:
    found = Finder()
    found.feed(stub.demo())
    assert found.inline == []


def test_texts_and_answers_are_escaped(stub: Stub) -> None:
    evil = '"><script>alert(1)</script>'
    options = [{"id": evil, "text": evil}, evil]
    kinds = ("nps", "thumbs", "pmf", "select_one", "select_many", "ranking", "free_response", "contact")
    for kind in kinds:
        said = {"kind": kind, "id": evil, "text": evil, "hint": evil, "low": evil, "other": evil, "options": options}
        survey = survey_from({"questions": [said]})
        steps = [mended(Asking(survey), {evil: evil}, BadAnswer({evil: Complaint("no_option", {"id": evil})}))]
        for step in (*steps, next_step(Asking(survey))):
            for fragment in (False, True):
                page = stub.render("text", "link", fragment=fragment, step=step, brand=evil, token=evil, action=evil)
                assert "<script>alert" not in page
                assert page.count("&lt;script&gt;") >= 5


def test_fragment_is_the_same_step_as_in_the_page(stub: Stub) -> None:
    page, fragment = stub.render("score", "link"), stub.render("score", "link", fragment=True)
    assert fragment.strip().startswith('<main id="survey"')
    assert fragment.strip() in page


def test_score_is_named_by_its_number_alone(stub: Stub) -> None:
    button = '<button type="submit" class="choice" name="a.q1" value="9">9</button>'
    assert button in stub.render("score", "link")
