"""Who is asked what: by answers, score groups and properties, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.surveys import Survey, survey_from

TOOLS = [{"id": id, "text": id} for id in ("app", "shop", "till")]
QUESTIONS: list[dict[str, Any]] = [
    {"id": "score", "kind": "nps", "text": "How likely?", "required": True},
    {
        "id": "love", "kind": "free_response", "text": "What do you love?",
        "when": [{"question": "score", "group": ["promoter"]}],
    },
    {
        "id": "lift", "kind": "free_response", "text": "What is missing?",
        "when": [{"question": "score", "group": ["passive"]}],
    },
    {
        "id": "tools", "kind": "select_many", "text": "Which do you use?", "options": TOOLS,
        "when": [{"question": "score", "to": 8}],
    },
    {
        "id": "app", "kind": "csat", "text": "How is the app?",
        "when": [{"question": "tools", "is": ["app"]}, {"property": "plan", "not": ["free"]}],
    },
    {
        "id": "call", "kind": "thumbs", "text": "May we call?",
        "when": [{"any": [{"question": "app", "to": 2}, {"property": "orders", "from": 10}]}],
    },
    {"id": "who", "kind": "contact", "text": "Who are you?", "when": [{"question": "call", "is": ["1"]}]},
    {"id": "tips", "kind": "free_response", "text": "Any tips?", "when": [{"question": "love", "answered": True}]},
]  # fmt: skip


@pytest.fixture(scope="module")
def survey() -> Survey:
    return survey_from({"questions": QUESTIONS})


TOOL = {"chosen": ["app", "till"]}
NO_APP = {"chosen": ["shop"]}


@pytest.mark.parametrize(
    ("answers", "properties", "asked"),
    [
        ({}, {}, "score"),
        ({"score": 10}, {}, "love"),
        ({"score": 9}, {}, "love"),
        ({"score": 9, "love": ""}, {}, None),
        ({"score": 9, "love": "the app"}, {}, "tips"),
        ({"score": 9, "love": "the app", "tips": ""}, {}, None),
        ({"score": 8}, {}, "lift"),
        ({"score": 7, "lift": ""}, {}, "tools"),
        ({"score": 7, "lift": "", "tools": ""}, {}, None),
        ({"score": 6}, {}, "tools"),
        ({"score": 0, "tools": NO_APP}, {}, None),
        ({"score": 0, "tools": TOOL}, {}, "app"),
        ({"score": 0, "tools": TOOL}, {"plan": "free"}, None),
        ({"score": 0, "tools": TOOL}, {"plan": "pro"}, "app"),
        ({"score": 0, "tools": TOOL, "app": 3}, {}, None),
        ({"score": 0, "tools": TOOL, "app": 2}, {}, "call"),
        ({"score": 0, "tools": TOOL, "app": 2, "call": 0}, {}, None),
        ({"score": 0, "tools": TOOL, "app": 2, "call": 1}, {}, "who"),
        ({"score": 0, "tools": TOOL, "app": 1, "call": 1, "who": {"name": "Ann"}}, {}, None),
        ({"score": 9, "love": ""}, {"orders": "12"}, "call"),
        ({"score": 9, "love": ""}, {"orders": 9}, None),
        ({"score": 9, "love": ""}, {"orders": "many"}, None),
        ({"score": 9, "love": "", "call": 1}, {"orders": 10.5}, "who"),
    ],
)
def test_each_path_leads_to_its_question(
    survey: Survey, answers: dict[str, Any], properties: dict[str, Any], asked: str | None
) -> None:
    page = survey.next_page(answers, properties)

    assert [q.id for q in page] == ([asked] if asked else [])


def test_thirty_questions_stand_on_pages() -> None:
    many = [{"id": f"q{n}", "kind": "scale", "text": f"{n}?", "with_previous": n % 5 > 0} for n in range(30)]
    survey = survey_from({"questions": many})
    answers: dict[str, Any] = {}
    seen = []

    while page := survey.next_page(answers):
        seen.append((survey.pages(answers), len(page)))
        answers |= {q.id: 3 for q in page}

    assert seen == [((n, 6), 5) for n in range(1, 7)]


def test_what_is_left_on_a_page_is_asked_again_alone() -> None:
    if_one = [{"question": "b", "is": ["1"]}]
    survey = survey_from(
        {
            "questions": [
                {"id": "a", "kind": "scale", "text": "?"},
                {"id": "b", "kind": "scale", "text": "?", "with_previous": True},
                {"id": "c", "kind": "scale", "text": "?", "with_previous": True, "when": if_one},
            ]
        }
    )  # fmt: skip

    assert [q.id for q in survey.next_page({})] == ["a", "b"]
    assert [q.id for q in survey.next_page({"a": 1, "b": 1})] == ["c"]
    assert survey.next_page({"a": 1, "b": 2}) == ()


def test_who_changes_her_mind_is_asked_what_is_now_hers(survey: Survey) -> None:
    answers: dict[str, Any] = {"score": 10, "love": "all"}

    assert [q.id for q in survey.path(answers)] == ["score", "love", "tips"]
    assert [q.id for q in survey.path({**answers, "score": 3})] == ["score", "tools", "tips"]


@pytest.mark.parametrize(
    ("score", "text", "url"),
    [
        (10, "Tell others", "https://reviews.example/me"),
        (8, "Thanks", ""),
        (2, "We are sorry", "mailto:help@x.example"),
    ],
)
def test_thanks_are_by_the_scores_group(score: int, text: str, url: str) -> None:
    thanks = {
        "text": "Thanks",
        "groups": {
            "promoter": {"text": "Tell others", "link": {"url": "https://reviews.example/me", "label": "Review"}},
            "detractor": {"text": "We are sorry", "link": {"url": "mailto:help@x.example", "label": "Write to us"}},
        },
    }
    said = survey_from({"questions": QUESTIONS, "thanks": thanks}).thanks_to({"score": score})

    assert (said.text, said.link.url if said.link else "") == (text, url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://x.example",
        "//x.example",
        "https://",
        "https://a:b@x.example",
        "https:\\\\x",
        "x",
        "https://x y",
    ],
)
def test_a_button_leads_only_to_a_plain_address(url: str) -> None:
    with pytest.raises(ValueError, match="https:, mailto: or tel:"):
        survey_from({"questions": QUESTIONS, "thanks": {"text": "Hi", "link": {"url": url, "label": "Go"}}})
