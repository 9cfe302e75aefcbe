"""Firefox, by WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/) on its own remote port: no driver between."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.engines.hand import PATIENCE, SCREEN, Hands, Missing, Refused
from tests.ports import free_port

PREFERENCES = {
    "remote.active-protocols": 1,
    "remote.events.async.mouse.enabled": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "services.settings.server": "data:,",
}
BLOCK_THIRD_PARTIES = {"network.cookie.cookieBehavior": 1}
WRAPPED = "async (said) => JSON.stringify(await (%s)(JSON.parse(said)) ?? null)"


class Line:
    """Commands and their answers over one socket; what happens meanwhile is kept."""

    def __init__(self, socket: ClientConnection):
        self._socket = socket
        self._last = 0
        self.happened: list[dict[str, Any]] = []

    def ask(self, method: str, seconds: float = 15, **params: Any) -> Any:
        """Raises Refused, and TimeoutError."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": params}))
        until = time.monotonic() + seconds
        while True:
            said = json.loads(self._socket.recv(timeout=max(0.01, until - time.monotonic())))
            if said.get("id") == self._last:
                if said["type"] == "error":
                    raise Refused(f"{method}: {said['error']}: {said['message']}")
                return said["result"]
            if said["type"] == "event":
                self.happened.append(said)


class FirefoxHand:
    def __init__(self, line: Line):
        self._line = line
        line.happened.clear()
        self._user = line.ask("browser.createUserContext")["userContext"]
        self._tabs: dict[str, str] = {}

    def open(self, tab: str, address: str) -> bool:
        if tab not in self._tabs:
            made = self._line.ask("browsingContext.create", type="tab", userContext=self._user)
            self._tabs[tab] = made["context"]
            self._line.ask("browsingContext.setViewport", context=self._tabs[tab], viewport=SCREEN)
        try:
            self._line.ask("browsingContext.navigate", PATIENCE, context=self._tabs[tab], url=address, wait="complete")
        except (Refused, TimeoutError):
            return False
        return True

    def close(self, tab: str) -> None:
        if context := self._tabs.pop(tab, None):
            self._line.ask("browsingContext.close", context=context, promptUnload=False)

    def run(self, tab: str, script: str, *said: Any, on_top: bool = False) -> Any:
        with suppress(Refused, TimeoutError):
            done = self._line.ask(
                "script.callFunction", functionDeclaration=WRAPPED % script, awaitPromise=True,
                target={"context": self._document(tab, on_top)},
                arguments=[{"type": "string", "value": json.dumps(said)}],
            )  # fmt: skip
            if done["type"] == "success":
                return json.loads(done["result"]["value"])
        return None

    def _document(self, tab: str, on_top: bool) -> str:
        top = self._tabs[tab]
        tree = self._line.ask("browsingContext.getTree", root=top)["contexts"]
        frames = tree[0]["children"] if tree else []
        return str(frames[0]["context"]) if frames and not on_top else top

    def press(self, tab: str, x: float, y: float) -> None:
        there = {"type": "pointerMove", "x": round(x), "y": round(y)}
        click = [there, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "actions": click}
        self._line.ask("input.performActions", context=self._tabs[tab], actions=[mouse])

    def picture(self, tab: str, path: Path) -> None:
        said = self._line.ask("browsingContext.captureScreenshot", context=self._tabs[tab])
        path.write_bytes(base64.b64decode(said["data"]))

    def complaints(self) -> list[str]:
        entries = [each["params"] for each in self._line.happened if each["method"] == "log.entryAdded"]
        return [f"{each['level']}: {each['text']}" for each in entries if each["level"] in ("error", "warn")]

    def end(self) -> None:
        for tab in list(self._tabs):
            with suppress(Refused, TimeoutError):
                self.close(tab)
        with suppress(Refused, TimeoutError):
            self._line.ask("browser.removeUserContext", userContext=self._user)


@contextmanager
def firefox(blocked: bool = False) -> Iterator[Hands]:
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if not found:
        raise Missing("apt-get install firefox-esr")
    with TemporaryDirectory() as profile:
        wanted = {**PREFERENCES, **(BLOCK_THIRD_PARTIES if blocked else {})}
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in wanted.items())
        (Path(profile) / "user.js").write_text("".join(lines))
        port = free_port()
        command = [found, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", str(port)]
        process = subprocess.Popen([*command, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with _socket(port) as socket:
                line = Line(socket)
                line.ask("session.new", capabilities={})
                line.ask("session.subscribe", events=["log.entryAdded"])
                yield lambda: FirefoxHand(line)
        finally:
            process.terminate()
            process.wait(20)


def _socket(port: int) -> ClientConnection:
    for _ in range(300):
        with suppress(OSError, ConnectionClosed, TimeoutError):
            return connect(f"ws://127.0.0.1:{port}/session", max_size=None, compression=None)
        time.sleep(0.1)
    raise TimeoutError("Firefox did not open its port within 30 s")
