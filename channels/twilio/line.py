"""The official client's way to Twilio, and what its errors mean for us."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from requests import ConnectionError as ConnectionFailed  # noqa: TID251  # to understand the client's errors
from requests import ConnectTimeout  # noqa: TID251  # as above
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from urllib3.exceptions import NewConnectionError  # noqa: TID251  # as above

from channels import pause
from channels.channel import Outcome, Outgoing, Retry, Unknown
from channels.twilio import codes

ATTEMPT = "attempt"


class Line(TwilioHttpClient):  # type: ignore[misc]
    """The official transport, pointed at `base_url`, with an ear for Retry-After."""

    def __init__(self, base_url: str, timeout: float):
        super().__init__(timeout=timeout)
        self.base = urlsplit(base_url)
        self.last_headers: Mapping[str, str] = {}

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        self.last_headers = {}
        there = urlsplit(url)._replace(scheme=self.base.scheme, netloc=self.base.netloc).geturl()
        response = super().request(method, there, *args, **kwargs)
        self.last_headers = response.headers or {}
        return response


def failed(why: Exception, headers: Mapping[str, str]) -> Outcome:
    """The outcome of a request that raised `why`; `headers` of the answer, as far as there was one."""
    if isinstance(why, TwilioException):
        return _refused(why, headers)
    if isinstance(why, ConnectionFailed):
        return _cut(why)
    # The request is out: a time-out, half an answer, an answer that is no JSON.
    return Unknown(f"no answer from Twilio: {why!r}"[:500])


def _refused(why: TwilioException, headers: Mapping[str, str]) -> Outcome:
    status, code, reason = _number(why, "status"), _number(why, "code"), reason_of(why)
    if status == 429 or code == 20429:
        return Retry(reason, pause.asked_for(headers, pause.BREATH), "account")
    if not 400 <= status < 500:
        return Unknown(reason)  # a gateway may say 502 after it has passed the message on
    if status in (401, 402, 403, 404) and code not in codes.VERDICTS:
        code = 20003
    if code < 10_000:  # Twilio's own have five digits; the client repeats the status where an answer brings none
        return Unknown(reason)
    return codes.outcome(code, reason)


def _number(why: TwilioException, name: str) -> int:
    """The client passes on whatever JSON it was given; 0 for what is no number."""
    value = getattr(why, name, 0)
    return value if isinstance(value, int) else 0


def reason_of(why: TwilioException) -> str:
    """Twilio's number for it, and its words."""
    said = getattr(why, "msg", "") or getattr(why, "detail", "") or getattr(why, "title", "") or type(why).__name__
    return f"{getattr(why, 'code', '')} {said}".strip()[:500]


def _cut(why: ConnectionFailed) -> Outcome:
    """Never connected is proof that nothing left; every other broken line proves nothing."""
    inner = why.args[0] if why.args else None
    cause = getattr(inner, "reason", None)
    is_certificate = any(isinstance(a, ssl.SSLCertVerificationError) for a in getattr(cause, "args", ()))
    if isinstance(why, ConnectTimeout) or isinstance(cause, NewConnectionError) or is_certificate:
        return Retry(f"no connection to Twilio: {cause or why}"[:500], pause.SOON)
    return Unknown(f"the line to Twilio was cut: {why!r}"[:500])


def callback(item: Outgoing) -> str:
    """The address with our name for this try: what the path says is for whoever made it."""
    if not item.attempt:
        return item.callback
    return f"{item.callback}{'&' if '?' in item.callback else '?'}{ATTEMPT}={quote(item.attempt)}"


def attempt_in(url: str) -> str:
    """The name of the try in an address of `callback`. Raises ValueError for an absurd query."""
    return dict(parse_qsl(urlsplit(url).query, max_num_fields=9)).get(ATTEMPT, "")
