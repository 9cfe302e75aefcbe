"""What we ship: all of it, nothing else, and under names that are ours alone."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import zipfile
from base64 import b64encode
from hashlib import sha384
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = ("server", "channels", "widget", "static")

HTMX_SHA384 = "Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
"""Of dist/htmx.min.js in the npm package htmx.org 4.0.1."""


@pytest.mark.parametrize("room", ROOMS)
def test_the_name_of_each_room_is_ours_alone(room: str) -> None:
    found = importlib.import_module(room)
    assert found.__file__ == str(HOUSE / room / "__init__.py")
    assert set(packages_distributions().get(room, [])) <= {"askonce"}


def test_we_need_few_things_of_others_and_say_what_each_is_for() -> None:
    listed = (HOUSE / "pyproject.toml").read_text().split("dependencies = [\n", 1)[1].split("\n]", 1)[0].splitlines()
    assert [line for line in listed if not re.fullmatch(r' {4}"[^"]+", +# \S.{9,}', line)] == []
    assert len(listed) == len(requires("askonce") or []) <= 19


def test_htmx_is_the_published_file() -> None:
    body = (HOUSE / "static/htmx-4.0.1.min.js").read_bytes()
    assert len(body) == 37448
    assert b64encode(sha384(body).digest()).decode() == HTMX_SHA384
    assert [path.name for path in (HOUSE / "static").glob("htmx*")] == ["htmx-4.0.1.min.js"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every file in the wheel that pip makes."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir"]
    subprocess.run([*pip, str(folder), str(HOUSE)], check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as made:
        return set(made.namelist())


def test_the_wheel_has_every_file_of_every_room(wheel: set[str]) -> None:
    ours = {
        str(path.relative_to(HOUSE))
        for room in ROOMS
        for path in (HOUSE / room).rglob("*")
        if path.is_file() and not {"__pycache__", "pictures"} & set(path.parts)  # the README's pictures stay at home
    }
    assert len({path for path in ours if not path.endswith(".py")}) > 20
    assert ours - wheel == set()


def test_the_wheel_has_nothing_else(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel} == {*ROOMS, "askonce-0.1.0.dist-info"}
    assert not [name for name in wheel if name.endswith(".pyc") or "/test_" in name or "conftest" in name]
    assert {name.rsplit("/", 1)[0] for name in wheel if name.endswith(".png")} == {"static/faces", "static/marks"}


@pytest.mark.parametrize("needed", ["gate/claim.lua", "migrations/env.py", "web/templates/desk/base.html"])
def test_the_wheel_can_run_without_a_checkout(wheel: set[str], needed: str) -> None:
    assert f"server/{needed}" in wheel
