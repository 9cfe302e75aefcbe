"""Every door has a guard, or stands on this short list with the reason why not."""

from __future__ import annotations

import re

from server.app import create_app
from server.services import Services
from server.store.tables import Site

PUBLIC = {
    "/": "leads to the desk's door",
    "/askonce.js": "the loader, on every page of every shop",
    "/askonce.<mark>.js": "the same, pinned",
    "/askonce-debug.js": "says nothing but what the server tells every page",
    "/assets/<name>": "scripts and styles, named by their content",
    "/assets/theme/<look>/<name>": "the style of a site, which its address says",
    "/pictures/<name>": "logos in mails, named by their content",
    "/marks/<colour>/<name>.png": "numbers as pictures, in mails that others write",
    "/w/offer": "opened by an allowed origin",
    "/w/shown": "opened by the token of an offer",
    "/w/back": "opened by the token of an offer",
    "/w/close": "opened by the token of a survey",
    "/w/kept/<site_key>": "an empty page that sends what its browser kept",
    "/s/<token>": "opened by its token",
    "/s/<token>/more": "opened by its token",
    "/r/<token>": "opened by its token, and leads to the desk",
    "/u/<token>": "opened by its token",
    "/l/<survey_key>": "open to everybody who has the link",
    "/l/<survey_key>/exit": "opened by the PIN of a kiosk, and leads to the desk's door",
    "/view/<site_key>": "opened by a signed identity, and by the gate",
    "/hooks/<source>": "opened by a signature",
    "/receipts/<provider>": "opened by the provider's signature",
    "/receipts/<provider>/inbound": "opened by the provider's signature",
    "/receipts/<provider>/<token>": "opened by a token and the provider's signature",
    "/calls/<site_key>": "opened by the provider's signature",
    "/calls/to/<token>": "opened by a token and the provider's signature",
    "/calls/turn/<token>": "opened by a token and the provider's signature",
    "/calls/recorded/<token>": "opened by a token and the provider's signature",
    "/livez": "says that the process lives",
    "/readyz": "says whether the database answers",
    "/demo": "only in a trial",
    "/outbox": "only in a trial",
    "/outbox.json": "only in a trial",
    "/outbox/<id>.html": "only in a trial",
    "/desk/door": "says how to come in",
    "/desk/sign-in/<token>": "opened by a token, once",
}


def test_every_route_is_guarded_or_public_for_a_reason(services: Services, site: Site) -> None:
    app = create_app(services)
    rules = list(app.url_map.iter_rules())
    assert PUBLIC.keys() <= {rule.rule for rule in rules}
    client, unguarded = app.test_client(), []
    for rule in rules:
        address = re.sub(r"<[^>]+>", "1", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            reply = client.open(address, method=method, headers={"Sec-Fetch-Site": "same-origin"})
            if reply.status_code != 401 and reply.location != "/desk/door" and rule.rule not in PUBLIC:
                unguarded.append(f"{method} {rule.rule}")
    assert unguarded == []


def test_no_route_changes_anything_by_another_method_than_post(services: Services) -> None:
    methods = {m for rule in create_app(services).url_map.iter_rules() for m in rule.methods or ()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}
