"""Which clicks look like a machine's: for reports, and never the reason why one counts or does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.agents import family, is_program
from server.core.one_click import SIGNALS, Click, Judged, Visit, judged
from tests.parts import NOON

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36"
)
AN_HOUR = 3600.0


def visit(
    after: float, how: Visit = "open", chosen: str = "9", agent: str = "Chrome", network: str = "192.0.2.0/24"
) -> Click:
    """One visit, so many seconds after the mail was delivered."""
    return Click("i", NOON + timedelta(seconds=after), how, chosen, agent, network)


def test_a_person_who_clicks_looks_like_a_person() -> None:
    assert judged([visit(AN_HOUR)], NOON, 11) == Judged(1, 0)
    assert judged([], NOON, 11) == Judged(0, 0)


@pytest.mark.parametrize(
    ("visits", "signal"),
    [
        ([visit(AN_HOUR, "head"), visit(AN_HOUR + 2)], "head"),
        ([visit(AN_HOUR, chosen="3"), visit(AN_HOUR + 60, chosen="9")], "scores"),
        ([visit(AN_HOUR, "trap", ""), visit(AN_HOUR + 1)], "trap"),
        ([visit(9.9)], "early"),
        ([visit(AN_HOUR, agent=family("curl/8.1"))], "program"),
    ],
)
def test_one_sign_of_a_machine_is_enough_for_all_that_came_with_it(visits: list[Click], signal: str) -> None:
    said = judged(visits, NOON, 11)
    assert said.signals == (signal,)
    assert said.machines == said.clicks == sum(each.visit == "open" for each in visits)


def test_every_link_is_every_score_and_the_way_out() -> None:
    scores = [visit(AN_HOUR + n, chosen=str(n)) for n in range(11)]
    assert judged(scores, NOON, 11) == Judged(11, 11, ("scores",))
    assert judged([*scores, visit(AN_HOUR + 12, "stop", "")], NOON, 11) == Judged(11, 11, ("scores", "everything"))
    assert judged([visit(AN_HOUR, chosen=""), visit(AN_HOUR, "stop", "")], NOON, 0) == Judged(1, 0), (
        "a text has one link"
    )


def test_the_same_score_twice_or_another_one_later_is_no_sign() -> None:
    assert judged([visit(AN_HOUR), visit(AN_HOUR + 5)], NOON, 11) == Judged(2, 0)
    assert judged([visit(AN_HOUR), visit(AN_HOUR + 61, chosen="3")], NOON, 11) == Judged(2, 0)


def test_who_comes_later_is_not_taken_for_the_scanner_before_her() -> None:
    scan = [visit(60 + n, chosen=str(n)) for n in range(3)]
    assert judged([*scan, visit(AN_HOUR)], NOON, 11) == Judged(4, 3, ("scores",))


def test_who_answers_was_there_herself_whatever_looked_just_before() -> None:
    scan = [visit(AN_HOUR + n, chosen=str(n), network="198.51.100.0/24") for n in range(3)]
    hers = [visit(AN_HOUR + 5), visit(AN_HOUR + 9, "answer", "")]
    assert judged([*scan, *hers], NOON, 11) == Judged(4, 3, ("scores",))


def test_who_knows_no_delivery_judges_no_time() -> None:
    assert judged([visit(1)], None, 11) == Judged(1, 0)


def test_signals_stand_in_one_order() -> None:
    visits = [visit(1, "trap"), visit(1, "head"), visit(2, agent=family("")), visit(3, chosen="1")]
    assert judged(visits, NOON, 11).signals == tuple(s for s in SIGNALS if s != "everything")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (CHROME, "Chrome"),
        (CHROME + " Edg/129.0", "Edge"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
            "Safari",
        ),
        ("Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/129.0 Mobile Safari/537.36", "Chrome"),
        ("Lynx/2.9", "other"),
        (CHROME.replace("Chrome/", "HeadlessChrome/"), "program: HeadlessChrome"),
        ("BarracudaCentral/1.0", "program: Barracuda"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "program: facebookexternalhit"),
        ("Mozilla/5.0 (compatible; Somebot/2.1)", "program: other"),
        ("python-requests/2.32", "program: python"),
        ("", "program: unnamed"),
        ("  ", "program: unnamed"),
        ("x" * 5000, "other"),
    ],
)
def test_what_opened_it_is_known_by_its_family_alone(said: str, expected: str) -> None:
    assert family(said) == expected
    assert is_program(expected) is expected.startswith("program")
    assert len(family(said)) <= 40
