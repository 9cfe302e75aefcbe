"""What is taken off scripts and styles is what only their readers need."""

from __future__ import annotations

from server.web.lean import lean


def test_comments_indentation_and_empty_lines_go() -> None:
    script = b"/* Two\n   lines. */\nconst a = 1;\n\n  // why\n  const b = `x\n  y`; // stays\n\n\n  go();\n"
    assert lean(script) == b"const a = 1;\nconst b = `x\ny`; // stays\ngo();\n"


def test_what_stands_beside_code_stays() -> None:
    for line in (
        b'const home = "https://shop.example//x"; /* here */\n',
        b"a { color: red; } /* why */\n",
        b"a /*b*/ c\n",
    ):
        assert lean(line) == line
