"""The way out of a kiosk: a small page that asks for the PIN."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from server.core.texts import texts
from server.flows.kiosk import opens, site_of
from server.web.headers import personal
from server.web.kiosk import kiosk_in
from server.web.limits import count_guess
from server.web.parts import services
from server.web.survey_page import page_of

web = Blueprint("kiosk", __name__)


@web.get("/l/<survey_key>/exit")
def ask(survey_key: str) -> Response:
    return _page(survey_key)


@web.post("/l/<survey_key>/exit")
def leave(survey_key: str) -> AnyResponse:
    """With the PIN to the desk, whose own door asks who is there. A wrong one is counted as a guess."""
    site = site_of(services(), survey_key)
    if opens(site, request.form.get("pin", "")[:40]):
        return redirect("/desk", 303)
    count_guess()
    return _page(survey_key, wrong=True)


def _page(survey_key: str, wrong: bool = False) -> Response:
    site = site_of(services(), survey_key)
    t = texts(site.language)
    kiosk = kiosk_in({"kiosk": "1"}, survey_key)
    assert kiosk
    page = render_template(
        "exit.html", **page_of(site, "link", "", site.language) | {
            "action": kiosk.leave, "again": kiosk.again, "step": {"kind": "exit"},
            "complaint": t["kiosk_wrong"] if wrong else "",
        },
    )  # fmt: skip
    response = make_response(page)
    response.status_code = 422 if wrong else 200
    return personal(response)
