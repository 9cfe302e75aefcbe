"""Somebody's own pages, on another site than ours, each of which watches itself from before its first script runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WATCH = """
if (!window.seen) {
  window.seen = { errors: [], violations: [], cls: null, longest: null };
  const note = (what) => seen.errors.push(String(what));
  addEventListener("error", (e) => note(e.message));
  addEventListener("unhandledrejection", (e) => note(e.reason));
  addEventListener("securitypolicyviolation", (e) => seen.violations.push(e.violatedDirective));
  for (const kind of ["error", "warn"]) {
    const before = console[kind];
    console[kind] = (...said) => (note(kind + ": " + said.join(" ")), before(...said));
  }
  const watch = (type, hear) => {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return;
    new PerformanceObserver((all) => all.getEntries().forEach(hear)).observe({ type, buffered: true });
    return 0;
  };
  seen.cls = watch("layout-shift", (e) => (seen.cls += e.hadRecentInput ? 0 : e.value)) ?? null;
  seen.longest = watch("longtask", (e) => (seen.longest = Math.max(seen.longest, e.duration))) ?? null;
}"""
"""For a page of theirs as for one of ours: what goes wrong in it, in words; milliseconds of its longest task."""
HEAR = """
window.askonce = window.askonce || function () { (askonce.q = askonce.q || []).push(arguments); };
window.told = [];
for (const type of ["ready", "held", "answered", "closed"])
  askonce("on", type, ({ reason }) => told.push(type + (reason ? ": " + reason : "")));
const places = () => [...document.body.querySelectorAll("*")].map((e) => e.getBoundingClientRect())
  .map((b) => [b.x, b.y, b.width, b.height].map(Math.round).join()).join(" ");
addEventListener("load", () => { window.before = places(); window.moved = () => places() !== before; });
addEventListener("pageshow", (e) => (window.kept = e.persisted));
"""
BODY = """<h1>Harbour Pottery</h1><p>Cups, bowls and plates, by hand. Each is glazed twice, fired at 1,240 °C.</p>
<p><button id="buy">Put into the basket</button> <a href="#more">More about our clay</a></p><div id="war"></div>"""


@dataclass
class Host:
    """`pages` by path: the head of the page, its body beside what every page has, and headers."""

    origin: str
    tag: str
    pages: dict[str, tuple[str, str, Mapping[str, str]]] = field(default_factory=dict)

    def page(self, path: str, head: str = "", body: str | None = None, headers: Mapping[str, str] | None = None) -> str:
        """Puts a page there and gives its address. It has our tag unless it comes with a `body` of its own."""
        self.pages[path] = (head, self.tag if body is None else body, headers or {})
        return self.origin + path

    def html(self, path: str) -> tuple[str, Mapping[str, str]]:
        head, body, headers = self.pages.get(path, ("", "", {}))
        nonce = ' nonce="abc"' if headers else ""
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>'
            f'<link rel="icon" href="data:,"><script{nonce}>{WATCH}{HEAR}</script>{head}</head>'
            f"<body>{BODY}{body.replace('<script', f'<script{nonce}')}</body></html>",
            headers,
        )


@contextmanager
def host(tag: str) -> Iterator[Host]:
    """At `localhost`, which is another site than 127.0.0.1."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html, headers = here.html(self.path.partition("?")[0])
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    here = Host(f"http://localhost:{server.server_address[1]}", tag)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
