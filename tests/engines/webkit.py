"""WebKitGTK, by its own WebDriver (https://www.w3.org/TR/webdriver2/) on a display that nobody sees."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from tests.engines.hand import PATIENCE, Hands, Missing, Refused
from tests.ports import free_port

BROWSERS = "lib/*/webkit2gtk-4.*/MiniBrowser"
WRAPPED = """const [said, done] = arguments, tell = (it) => done(JSON.stringify(it ?? null));
Promise.resolve().then(() => (%s)(JSON.parse(said))).then(tell, () => tell());"""
FRAME = "return document.querySelector('iframe')"


class WebKitHand:
    """A browser of its own for each person; its driver takes one at a time."""

    def __init__(self, driver: str, binary: str):
        self._driver = driver
        options = {"binary": binary, "args": ["--automation"]}
        wanted = {
            "webkitgtk:browserOptions": options,
            "timeouts": {"script": 15_000, "pageLoad": int(1000 * PATIENCE)},
        }
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{made['sessionId']}"
        self._tabs: dict[str, str] = {}
        self._free = [self._ask("GET", self._session + "/window")]
        self._ask("POST", self._session + "/window/rect", {"width": 1280, "height": 900})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._driver + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)["value"]
        except HTTPError as why:
            raise Refused(f"{method} {path}: {json.load(why)['value'].get('message')}") from why

    def _one_more(self) -> str:
        """A new window. The driver makes it only where it stands in one that is open, and it may stand in the last that
        was closed."""
        if self._tabs:
            self._at(next(iter(self._tabs)))
        return str(self._ask("POST", self._session + "/window/new", {"type": "window"})["handle"])

    def _at(self, tab: str) -> None:
        self._ask("POST", self._session + "/window", {"handle": self._tabs[tab]})

    def open(self, tab: str, address: str) -> bool:
        if tab not in self._tabs:
            self._tabs[tab] = self._free.pop() if self._free else self._one_more()
        try:
            self._at(tab)
            self._ask("POST", self._session + "/url", {"url": address})
        except Refused:
            return False
        return True

    def close(self, tab: str) -> None:
        if tab not in self._tabs:
            return
        self._at(tab)
        if len(self._tabs) + len(self._free) == 1:  # with its last window the browser would go
            self._free.append(self._one_more())
            self._at(tab)
        del self._tabs[tab]
        self._ask("DELETE", self._session + "/window")

    def run(self, tab: str, script: str, *said: Any, on_top: bool = False) -> Any:
        with suppress(Refused):
            self._to_top(tab)
            if not on_top:
                self._into_frame()
            body = {"script": WRAPPED % script, "args": [json.dumps(said)]}
            return json.loads(self._ask("POST", self._session + "/execute/async", body))
        return None

    def _to_top(self, tab: str) -> None:
        self._at(tab)
        self._ask("POST", self._session + "/frame", {"id": None})

    def _into_frame(self) -> None:
        frame = self._ask("POST", self._session + "/execute/sync", {"script": FRAME, "args": []})
        if frame:
            self._ask("POST", self._session + "/frame", {"id": frame})

    def press(self, tab: str, x: float, y: float) -> None:
        self._to_top(tab)
        there = {"type": "pointerMove", "x": round(x), "y": round(y)}
        click = [there, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "actions": click}
        self._ask("POST", self._session + "/actions", {"actions": [mouse]})

    def picture(self, tab: str, path: Path) -> None:
        self._to_top(tab)
        path.write_bytes(base64.b64decode(self._ask("GET", self._session + "/screenshot")))

    def complaints(self) -> list[str]:
        return []  # it does not tell

    def end(self) -> None:
        with suppress(Refused, URLError, OSError):
            self._ask("DELETE", self._session)


@contextmanager
def webkit(blocked: bool = False) -> Iterator[Hands]:
    """What third parties would keep is blocked here unless somebody allows it."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    binary = next(Path("/usr").glob(BROWSERS), None)
    if not (driver and screen and binary):
        raise Missing("apt-get install webkit2gtk-driver xvfb")
    port, shown = free_port(), f":{free_port() % 400 + 100}"
    display = subprocess.Popen([screen, shown, "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], **_QUIETLY)
    env = {**os.environ, "DISPLAY": shown, "GDK_BACKEND": "x11", "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
    process = subprocess.Popen([driver, f"--port={port}", "--host=127.0.0.1"], env=env, **_QUIETLY)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(Path(f"/tmp/.X11-unix/X{shown[1:]}").exists)
        _wait_for(lambda: _answers(address))
        yield lambda: WebKitHand(address, str(binary))
    finally:
        for each in (process, display):
            each.terminate()
            each.wait(20)


_QUIETLY: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _wait_for(is_there: Callable[[], bool]) -> None:
    for _ in range(150):
        if is_there():
            return
        time.sleep(0.1)
    raise TimeoutError("WebKitWebDriver was not there within 15 s")


def _answers(address: str) -> bool:
    with suppress(OSError):
        urllib.request.urlopen(address + "/status", timeout=2).close()
        return True
    return False
