"""Each mistake is made once, where something is decided, and is noticed by whoever looks there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.__main__ import SUBJECTS
from tests.mutants.mutate import mutants

HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("x = a < 2", ["x = None", "x = (a <= 2)", "x = a < 3"]),
        ("return 0 <= a < b", ["return None", "return (0 < a < b)", "return (0 <= a <= b)", "return 1 <= a < b"]),
        ("if a:\n    b.lower()", ["if (not (a)):\n    b.lower()", "if a:\n    pass", "if a:\n    (b)"]),
        ("f(min(a), b=None)",
         ["pass", "(f(min(a)))", "f(None, b=None)", "f((max(a)), b=None)", "f(min(None), b=None)"]),
        ("return [é for é in a if é not in b]",
         ["return None", "return [é for é in a if (é in b)]"]),
        ("raise No(f'{a}', 'b')",
         ["pass", "raise No(None, 'b')", "raise No(('XX' + f'{a}'), 'b')", "raise No(f'{a}', 'XXb')"]),
        ("continue", ["break"]),
        ("a += -b or not c", ["pass", "a += (-b and (not c))", "a += (b) or not c", "a += -b or (c)"]),
        ("def f(a: int = 1) -> None: ...", ["def f(a: int = 2) -> None: ..."]),
    ],
)  # fmt: skip
def test_these_are_the_mistakes(right: str, wrong: list[str]) -> None:
    assert [mutant.text for mutant in mutants(right)] == wrong


@pytest.mark.parametrize(
    "text",
    [
        "import a", '"""What it is."""', "@dataclass(frozen=True)\nclass A:\n    b: int | None", "A = B | C",
        'A = Literal["b"]', "class A(Protocol):\n    def b(self, c: bool = False) -> None: ...",
        "a: list[int] = field(default_factory=list, init=False)",
    ],
)  # fmt: skip
def test_what_decides_nothing_has_none(text: str) -> None:
    assert list(mutants(text)) == []


@pytest.mark.parametrize("file", SUBJECTS)
def test_each_mistake_is_python_and_is_another(file: str) -> None:
    right = (HOUSE / file).read_text()
    made = [mutant.text for mutant in mutants(right)]

    assert len({*made, right}) == len(made) + 1 > 50
    for text in made:
        ast.parse(text)


TRIAL = """
from pathlib import Path
from tests.mutants.trial import noticed, prepare, tried

file = "server/core/throttle.py"
right, tests = Path(file).read_text(), ["tests/core/test_throttle.py"]
prepare()
for text in right, right.replace("t.at > now", "t.at >= now"), "no python":
    print(noticed(file, text, tests), tried(file, text, tests))
"""


def test_a_mistake_is_noticed_and_what_is_right_is_not() -> None:
    said = subprocess.run([sys.executable, "-c", TRIAL], cwd=HOUSE, capture_output=True, text=True, check=True).stdout

    right, wrong, spoilt = said.splitlines()
    assert right == "False "
    assert wrong.startswith("True tests/core/test_throttle.py::test_a_rest_holds_until_it_is_over")
    assert spoilt == "True SyntaxError while it is loaded"
