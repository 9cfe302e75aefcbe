"""The survey page and a step of it, beside a bare Flask route that renders the same and commits one row."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, render_template, request
from sqlalchemy import Column, Integer, MetaData, Table, insert

from server.services import Services
from server.web import survey_page
from server.web.parts import page_or_block
from tests.bench.load import Measured, run

ROW = Table("bench_row", MetaData(), Column("id", Integer, primary_key=True), Column("score", Integer))
HEAD = "Host: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: text/html\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


def bare_routes(bare: Flask, product: Flask, services: Services) -> None:
    """`GET /bare/page` and `POST /bare/step` render the product's own pages from their very contexts and commit one
    row; `GET /bare/render` commits nothing."""
    recorded: dict[str, dict[str, Any]] = {}
    bare.jinja_env = product.jinja_env
    ROW.metadata.create_all(services.db.engine)
    plain = page_or_block

    @bare.post("/bare/pages")
    def record_pages() -> dict[str, bool]:
        """The body names a survey's address; what its page and its next step are made of is remembered."""
        address = request.get_data(as_text=True)

        def remember(name: str) -> Any:
            def shown(template: str, block: str, **context: Any) -> str:
                recorded[name] = context
                return plain(template, block, **context)

            return shown

        client = product.test_client()
        vars(survey_page)["page_or_block"] = remember("page")
        client.get(address)
        vars(survey_page)["page_or_block"] = remember("step")
        client.post(address, data={"asked": "score", "a.score": "9"}, headers={"HX-Request": "true"})
        vars(survey_page)["page_or_block"] = plain
        return {"recorded": len(recorded) == 2}

    def keep(score: int) -> None:
        with services.db.writing() as db:
            db.execute(insert(ROW).values(score=score))

    @bare.get("/bare/render")
    def rendered() -> str:
        return render_template("survey.html", **recorded["page"])

    @bare.get("/bare/page")
    def page() -> str:
        keep(9)
        return rendered()

    @bare.post("/bare/step")
    def step() -> Response:
        keep(int(request.form["a.score"]))
        found = current_app.jinja_env.get_template("survey.html")
        context = recorded["step"]
        current_app.update_template_context(context)
        return Response("".join(found.blocks["step"](found.new_context(context))))


def measure_pages(port: int, addresses: Sequence[str], seconds: float, rounds: int) -> None:
    """Rounds of ours and of the bare route by turns; the ratio is the median of the rounds'."""
    kinds = {
        "page": ([_get(each) for each in addresses], [_get("/bare/page")]),
        "rendering": ([_get(each) for each in addresses], [_get("/bare/render")]),
        "step": (_steps(addresses), _steps(["/bare/step"])),
    }
    print(f"\n{'':10}{'at once':>8}{'ours/s':>10}{'bare/s':>10}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}{'bare p99':>10}")
    for kind, (ours, bare) in kinds.items():
        for at_once in (1, 16):
            pairs = []
            for _ in range(rounds):
                one = run(port, ours, at_once, seconds, b'id="survey"')
                pairs.append((one, run(port, bare, at_once, seconds, b'id="survey"')))
            _say(kind, at_once, pairs)


def _say(kind: str, at_once: int, pairs: list[tuple[Measured, Measured]]) -> None:
    odd = sum(one.odd + other.odd for one, other in pairs)
    ratio = median(one.per_second / other.per_second for one, other in pairs)
    one, other = sorted(pairs, key=lambda pair: pair[0].per_second)[len(pairs) // 2]
    print(
        f"{kind:10}{at_once:>8}{one.per_second:>10.0f}{other.per_second:>10.0f}{ratio:>7.2f}{one.at(0.5):>8.2f}"
        f"{one.at(0.99):>8.2f}{other.at(0.99):>10.2f}" + (f"  NOT AS PROMISED: {odd} odd replies" if odd else "")
    )


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\n{HEAD}\r\n".encode()


def _steps(addresses: Sequence[str]) -> list[bytes]:
    """Every score in turn to each of them, so that each step changes what is kept."""
    found = []
    for score in range(11):
        body = urlencode({"asked": "score", "a.score": score}).encode()
        head = f"{HEAD}HX-Request: true\r\n{FORM}Content-Length: {len(body)}\r\n\r\n"
        found += [f"POST {address} HTTP/1.1\r\n{head}".encode() + body for address in addresses]
    return found
