"""A tiny server that plays Askonce, a host page on another origin, and a Chromium to look at both."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser, BrowserContext, Page

from server.core.surveys import BadAnswer, read_all, survey_from
from server.core.texts.en import ENGLISH
from server.core.themes import PLAIN, stylesheet
from server.web.steps import Asking, Step, clicked_step, mended, next_step

HOUSE = Path(__file__).resolve().parents[2]
WIDGET = HOUSE / "widget"
SURVEY_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'"
)
FILES = {
    "/askonce.js": (WIDGET / "loader.js", "text/javascript"),
    "/askonce-debug.js": (WIDGET / "debug.js", "text/javascript"),
    "/assets/stage.js": (WIDGET / "stage.js", "text/javascript"),
    "/assets/watch.js": (WIDGET / "watch.js", "text/javascript"),
    "/assets/tab.js": (WIDGET / "tab.js", "text/javascript"),
    "/frame.js": (WIDGET / "frame.js", "text/javascript"),
    "/bridges.js": (WIDGET / "bridges.js", "text/javascript"),
    "/ranking.js": (WIDGET / "ranking.js", "text/javascript"),
    "/oneclick.js": (WIDGET / "oneclick.js", "text/javascript"),
    "/htmx.js": (HOUSE / "static" / "htmx-4.0.1.min.js", "text/javascript"),
    "/survey.css": (WIDGET / "survey.css", "text/css"),
    "/page.css": (WIDGET / "page.css", "text/css"),
    "/demo.css": (WIDGET / "demo.css", "text/css"),
}
SCRIPTS = {
    "widget": ["/htmx.js", "/frame.js"],
    "view": ["/htmx.js", "/bridges.js", "/frame.js"],
    "link": ["/htmx.js", "/frame.js"],
    "mail": ["/htmx.js", "/frame.js"],
}
STYLES = {mode: ["/survey.css", *(["/page.css"] if mode != "widget" else []), "/theme.css"] for mode in SCRIPTS}
QUESTIONS: dict[str, list[dict[str, Any]]] = {
    "score": [
        {
            "id": "q1",
            "kind": "nps",
            "text": "How likely are you to recommend Harbour Pottery to a friend?",
            "low": "Not at all likely",
            "high": "Extremely likely",
        },
        {
            "id": "q2",
            "kind": "free_response",
            "text": "What is the main reason for your score?",
            "hint": "A word is enough.",
        },
    ],
    "five": [
        {
            "kind": "csat",
            "text": "How satisfied are you with your order?",
            "low": "Very dissatisfied",
            "high": "Very satisfied",
        }
    ],
    "seven": [
        {
            "kind": "ces",
            "text": "The shop made it easy to solve my problem.",
            "low": "Strongly disagree",
            "high": "Strongly agree",
        }
    ],
    "wordy": [{"kind": "pmf", "text": "How would you feel if you could no longer use it?"}],
}


def asking(state: str, **answered: Any) -> Asking:
    thanks = "It reached the people who can act on it."
    return Asking(survey_from({"questions": QUESTIONS[state], "thanks": thanks}), answered)


def wrong(id: str, raw: str) -> Step:
    """The page that comes back after something was sent that is no answer."""
    about = asking("score")
    try:
        read_all(about.survey.questions, {id: raw})
    except BadAnswer as why:
        return mended(about, {id: raw}, why)
    raise AssertionError(f"{raw!r} is an answer")


STEPS: dict[str, Any] = {
    "score": next_step(asking("score")),
    "confirm": clicked_step(asking("score"), {"q1": "9"}, "q1"),
    "complaint": wrong("q1", "11"),
    "five": next_step(asking("five")),
    "seven": next_step(asking("seven")),
    "wordy": next_step(asking("wordy")),
    "text": next_step(asking("score", q1=9)),
    "thanks": replace(next_step(asking("score", q1=9, q2="")), heading="Thank you, Ann."),
    "gone": Step("gone", "This link is no longer open", "The survey has ended."),
    "unsubscribe": {"kind": "unsubscribe", "brand": "Harbour Pottery"},
    "unsubscribed": {"kind": "unsubscribed", "brand": "Harbour Pottery"},
}

ENV = Environment(
    loader=FileSystemLoader(WIDGET / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass
class Call:
    method: str
    path: str
    body: str
    headers: dict[str, str]

    at: float = field(default_factory=time.monotonic)

    @property
    def form(self) -> dict[str, str]:
        """What was filled in."""
        return {name: value for name, value in self.fields.items() if name != "submission"}

    @property
    def id(self) -> str:
        """The submission's."""
        return self.fields["submission"]

    @property
    def fields(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body, keep_blank_values=True).items()}

    @property
    def json(self) -> dict[str, Any]:
        told = json.loads(self.body)
        assert isinstance(told, dict)
        return told


@dataclass
class Stub:
    """What the server says is set by the test; what it was asked is in `calls`."""

    ask: str = ""
    host: str = ""
    calls: list[Call] = field(default_factory=list)
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    offer: str | Callable[[], str] | None = None
    shown: tuple[int, str] = (200, "{}")
    broken_answers: int = 0
    script: list[int | tuple[int, dict[str, str]]] = field(default_factory=list)
    """The status (0 hangs up) and headers of the next answers' replies; then all is well again."""
    answering: threading.Event = field(default_factory=threading.Event)
    """Set but while `holding`: replies to answers wait for it."""
    frame_page: str = "/s/one?mode=widget"
    release: threading.Event = field(default_factory=threading.Event)

    def to(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path and call.method == "POST"]

    def wait_for(self, path: str, count: int = 1, seconds: float = 8) -> list[Call]:
        """The POSTs to `path`, once there are as many as `count`."""
        end = time.monotonic() + seconds
        while len(self.to(path)) < count:
            assert time.monotonic() < end, f"{path} was not called {count} times"
            time.sleep(0.01)
        return self.to(path)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """What is answered inside arrives, and has its reply when this ends (or after 20 s)."""
        self.answering.clear()
        try:
            yield
        finally:
            self.answering.set()

    def page(self, path: str, *, csp: str = "", head: str = "", tag: str | None = None, body: str = "") -> str:
        """Puts a page on the host's origin and gives its address."""
        tag = f'<script async src="{self.ask}/askonce.js" data-site="pk_1"></script>' if tag is None else tag
        html = (
            f'<!doctype html><html lang="en"><head><title>Host</title>'
            f'<link rel="icon" href="data:,">{head}</head>'
            f"<body><h1>Host</h1><p>Some words.</p><button id='before'>Buy</button>{body}{tag}</body></html>"
        )
        self.pages[path] = (html, csp)
        return self.host + path

    def demo(self) -> str:
        return ENV.get_template("demo.html").render(
            script=f"{self.ask}/askonce.js",
            css=f"{self.ask}/demo.css",
            site_key="pk_1",
            snippet='<script async src="https://ask.example.com/askonce.js" data-site="pk_1"></script>',
            stub="<script>addEventListener('load', …)</script>",
        )

    def render(self, state: str, mode: str, *, fragment: bool = False, **more: Any) -> str:
        name = "unsubscribe.html" if state.startswith("unsubscri") else "survey.html"
        context: dict[str, Any] = {
            "lang": "en",
            "dir": "ltr",
            "mode": mode,
            "brand": "Harbour Pottery",
            "t": ENGLISH,
            "assets": {"styles": STYLES[mode], "scripts": SCRIPTS[mode] + ["/oneclick.js"] * ("rule" in more)},
            "token": "tok",
            "origin": self.host if mode == "widget" else "",
            "shown": "/w/shown" if mode in ("widget", "view") and not fragment else "",
            "close_url": "/w/close",
            "now": int(time.time() * 1000),
            "unsubscribe_url": "/u/one",
            "action": "/u/one" if name == "unsubscribe.html" else f"/s/one?mode={mode}",
            "step": STEPS[state],
            **more,
        }
        template = ENV.get_template(name)
        if fragment:
            return "".join(template.blocks["step"](template.new_context(context)))
        return template.render(context)

    def yes(self, **more: Any) -> dict[str, Any]:
        """A survey to show; `more` may say its look."""
        look = {"shape": "card", "position": "bottom-end", "theme": "auto", **more.pop("look", {})}
        said = {"show": True, "frame": self.ask + self.frame_page, "visitor": "v_1", "rest": 3600, "survey": "nps"}
        return {**said, "stage": "/assets/stage.js", "look": look, **more}

    def answer_offer(self) -> str:
        if self.offer is None:
            return json.dumps(self.yes())
        return self.offer if isinstance(self.offer, str) else self.offer()


class Quiet(BaseHTTPRequestHandler):
    stub: Stub

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def say(self, status: int, text: str, kind: str = "text/html", **headers: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def note(self) -> Call:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        call = Call(self.command, urlsplit(self.path).path, body, dict(self.headers.items()))
        self.stub.calls.append(call)
        return call


class Host(Quiet):
    def do_GET(self) -> None:
        self.note()
        html, csp = self.stub.pages.get(urlsplit(self.path).path, ("", ""))
        self.say(200 if html else 404, html, **({"Content_Security_Policy": csp} if csp else {}))


class Ask(Quiet):
    def do_GET(self) -> None:
        path = self.note().path
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if path in FILES:
            file, kind = FILES[path]
            self.say(200, file.read_text(), kind, Access_Control_Allow_Origin="*")
        elif path == "/theme.css":
            self.say(200, stylesheet(PLAIN), "text/css")
        elif path in ("/s/one", "/u/one"):
            step = query.pop("step", "score" if path == "/s/one" else "unsubscribe")
            mode = query.pop("mode", "link")
            self.say(200, self.stub.render(step, mode, fragment=False, **query), Content_Security_Policy=SURVEY_CSP)
        elif path.startswith("/w/kept/"):
            closed = self.stub.render(
                "gone", "widget", result="closed", reason="kept", shown="", origin=query["origin"]
            )
            self.say(200, closed, Content_Security_Policy=SURVEY_CSP)
        elif path == "/silent":
            self.say(200, "<!doctype html><title>never ready</title>")
        else:
            self.say(404, "")

    def do_POST(self) -> None:
        call = self.note()
        stub = self.stub
        if call.path == "/w/offer":
            self.say(200, stub.answer_offer(), "application/json", Access_Control_Allow_Origin="*")
        elif call.path == "/w/shown":
            self.say(stub.shown[0], stub.shown[1], "application/json")
        elif call.path in ("/w/close", "/w/back"):
            self.say(204, "")
        elif stub.script:
            said = stub.script.pop(0)
            self.refuse(*(said if isinstance(said, tuple) else (said, {})))
        elif stub.broken_answers > 0:
            stub.broken_answers -= 1
            if stub.broken_answers % 2:
                self.say(200, "<!doctype html><h1>Hotel Wi-Fi: please log in</h1>")
            else:
                self.close_connection = True  # hangs up without a word
        else:
            stub.answering.wait(20)
            step = "unsubscribed" if call.path == "/u/one" else "thanks" if "a.q2" in call.form else "text"
            mode = parse_qs(urlsplit(self.path).query).get("mode", ["link"])[0]
            fragment = self.headers.get("HX-Request") == "true"
            page = stub.render(step, mode, fragment=fragment, shown="")
            self.say(200, page, Content_Security_Policy=SURVEY_CSP)

    def refuse(self, status: int, headers: dict[str, str]) -> None:
        if status in (404, 410):
            self.say(status, self.stub.render("gone", "link"))
        elif status == 422:
            self.say(status, self.stub.render("complaint", "link", fragment=True))
        elif status:
            self.say(status, json.dumps({"status": status, "message": "No."}), "application/json", **headers)
        else:
            self.close_connection = True


@pytest.fixture
def stub() -> Iterator[Stub]:
    stub = Stub()
    stub.answering.set()
    servers = []
    for handler in (Ask, Host):
        kind = type(handler.__name__, (handler,), {"stub": stub})
        server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
    stub.ask, stub.host = (f"http://127.0.0.1:{server.server_address[1]}" for server in servers)
    yield stub
    stub.release.set()
    stub.answering.set()
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(8000)
    yield context
    context.close()


@dataclass
class Watched:
    """A page, and everything it complained about in any frame."""

    page: Page
    complaints: list[str]


@pytest.fixture
def watched(context: BrowserContext) -> Watched:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    # Counts layout shifts and policy violations from before the first script runs.
    page.add_init_script(
        """window.seen = {cls: 0, csp: []};
        new PerformanceObserver(l => l.getEntries().forEach(e => seen.cls += e.hadRecentInput ? 0 : e.value))
            .observe({type: 'layout-shift', buffered: true});
        addEventListener('securitypolicyviolation', e => seen.csp.push(e.violatedDirective));"""
    )
    return Watched(page, complaints)
