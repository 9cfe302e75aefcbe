"""What every provider has that works by an account at Twilio: a line, a look at the account, genuine callbacks."""

from __future__ import annotations

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from channels.channel import BadSignature, Problem, RawRequest
from channels.hush import hush
from channels.twilio.line import Line, reason_of
from channels.twilio.signature import is_signed


class ByTwilio:
    """Base of the providers for texts and for calls."""

    def __init__(self, account_sid: str, auth_token: str, base_url: str, timeout: float):
        # At INFO the client writes people's numbers into the log, and what it is built on at DEBUG.
        hush("twilio.http_client")
        hush("urllib3.connectionpool")
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.base_url = base_url
        self.timeout = timeout

    def check(self) -> list[Problem]:
        """Asks Twilio about the account."""
        client, line = self._client()
        try:
            with line.session:
                status = client.api.v2010.accounts(self.account_sid).fetch().status
        except TwilioException as why:
            return [Problem(f"Twilio refuses TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN ({reason_of(why)})")]
        except Exception as why:
            return [Problem(f"Twilio cannot be reached: {why}")]
        return [] if status == "active" else [Problem(f"The Twilio account is {status}")]

    def verify(self, request: RawRequest) -> None:
        """Raise BadSignature unless Twilio made this callback."""
        signature = request.headers.get("x-twilio-signature", "")
        if not is_signed(self.auth_token, request.url, request.body, signature):
            raise BadSignature("Twilio did not make this callback")

    def _client(self) -> tuple[Client, Line]:
        """Anew for each batch: a connection that idled is cut when used, and the fate of what it carried is unknown.
        Close `line.session` after use."""
        line = Line(self.base_url, self.timeout)
        return Client(self.account_sid, self.auth_token, http_client=line), line
