"""What may stand where in the sources."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from server import jobs

HOUSE = Path(__file__).parents[2]
CODE = [path for room in ("server", "channels", "widget", "static") for path in (HOUSE / room).rglob("*.py")]
PAGES = sorted([*(HOUSE / "server/web/templates").rglob("*.html"), *(HOUSE / "widget/templates").rglob("*.html")])
MAIL = HOUSE / "channels/email/invitation.html"

BANNED = [
    "import requests",
    "import urllib3",
    "import urllib.request",
    "import http.client",
    "import hmac",
    "import jwt",
    "from requests import get",
    "from flask import request\n\nrequest.remote_addr",
    "from flask import request\n\nrequest.host_url",
]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_only_the_store_speaks_sql() -> None:
    speaks = {str(p.relative_to(HOUSE)) for p in CODE if any(n.split(".")[0] == "sqlalchemy" for n in imported(p))}
    elsewhere = {p for p in speaks if not p.startswith(("server/store/", "server/migrations/"))}
    assert elsewhere == {"server/web/errors.py"}  # a database away is an answer there


def test_every_job_that_is_put_off_is_known_to_the_worker() -> None:
    put_off = {
        call.args[0].value
        for path in (HOUSE / "server/flows").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "later"
        if isinstance(call.args[0], ast.Constant)
    }
    assert put_off
    assert all(callable(getattr(jobs, str(name), None)) for name in put_off)


@pytest.mark.parametrize("line", BANNED)
def test_going_round_the_one_room_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server/round.py").write_text(line + "\n")
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(HOUSE / "pyproject.toml")]
    said = subprocess.run([*ruff, "--select", "TID251", str(tmp_path)], capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "TID251" in said.stdout


def test_no_text_is_taken_for_html() -> None:
    for path in CODE:
        assert not re.search(r"\bMarkup\b|autoescape\s*=\s*False", path.read_text()), path
    for path in (*PAGES, MAIL):
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text()), path


class Inline(HTMLParser):
    """What a page carries of its own script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [name for name in names if re.fullmatch(r"style|on[a-z]+|hx-on.*|hx-vals", name)]
        self.found += [v for v in names.values() if v and v.strip().lower().startswith(("javascript:", "js:"))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_carries_script_or_style_of_its_own(path: Path) -> None:
    assert Inline(re.sub(r"{%.*?%}|{#.*?#}|{{.*?}}", "", path.read_text(), flags=re.S)).found == []


def test_mails_carry_style_because_mail_programs_know_no_other() -> None:
    assert {"style"} == set(Inline(MAIL.read_text()).found)


def test_every_page_is_shown_or_used_by_another() -> None:
    code = "\n".join(path.read_text() for path in (HOUSE / "server/web").rglob("*.py"))
    templates = "\n".join(path.read_text() for path in PAGES)
    for path in PAGES:
        name = re.escape(path.name)
        shown = re.search(rf'"{name}"', code)
        used = re.search(rf'{{%-? *(extends|include|from|import) "(desk/)?{name}"', templates)
        assert shown or used, path
