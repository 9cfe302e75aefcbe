"""Everything that providers may tell of some messages, genuinely signed, in any order and any number of times; and
what must be true in the end, worked out from the set of it alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select

from channels.channel import BadSignature, Provider, RawRequest
from channels.email.sendgrid import SendGrid
from channels.email.sendgrid_events import UNASKED
from channels.email.sendgrid_fake import SendGridFake
from channels.sms.twilio import TwilioSms
from channels.twilio.signature import sign
from server.core.links import BadLink, new_id, seal
from server.core.people import claims_of
from server.flows.consent import stands
from server.flows.receipt import receipt, take_left
from server.store import identities, surveys
from server.store.scope import SiteScope
from server.store.tables import Invitation, Receipt, Suppression
from tests.flows.conftest import Town

RANKS = ("calling", "unconfirmed", "accepted", "failed", "delivered", "bounced")
"""A later one outweighs an earlier one, whichever is told first."""
MAIL: dict[str, tuple[str, dict[str, str]]] = {
    "processed": ("accepted", {}),
    "deferred": ("accepted", {"response": "451 later"}),
    "delivered": ("delivered", {}),
    "bounce": ("bounced", {"type": "bounce", "reason": "550 gone"}),
    "blocked": ("failed", {"type": "blocked"}),
    "dropped": ("failed", {"reason": "Spam Content"}),
    "spamreport": ("delivered", {}),
    "unsubscribe": ("failed", {}),
    "group_resubscribe": ("", {}),
    "open": ("", {}),
}
"""What each of SendGrid's events proves, and what else it says."""
TEXT: dict[str, tuple[str, dict[str, str]]] = {
    "queued": ("accepted", {}),
    "sent": ("accepted", {}),
    "delivered": ("delivered", {}),
    "undelivered": ("failed", {"ErrorCode": "30003"}),
    "undelivered ": ("bounced", {"ErrorCode": "30005"}),
    "failed": ("failed", {"ErrorCode": "21610"}),
    "receiving": ("", {}),
}
NOES, YESES = ("spamreport", "unsubscribe", "failed"), ("group_resubscribe",)

_numbers = count(1)


@dataclass(frozen=True)
class Said:
    """One event of one message, told so many times."""

    word: str
    times: int
    second: int
    """When it happened, counted from some hours ago."""
    of_another_try: bool = False
    by_ref_alone: bool = False
    id: str = field(default_factory=new_id)

    @property
    def names_another_try(self) -> bool:
        return self.of_another_try and not self.by_ref_alone


@dataclass
class Message:
    """An invitation, in the state in which it is when the telling begins. `late`: its row is only committed while
    providers tell of it already."""

    channel: str
    state: str
    said: Sequence[Said]
    late: bool = False
    id: str = field(default_factory=new_id)
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def address(self) -> str:
        return f"p{self.number}@example.com" if self.channel == "email" else f"+1415{5_000_000 + self.number}"

    @property
    def ref(self) -> str:
        return f"ref{self.number}"

    def becomes(self) -> str:
        """Its state in the end."""
        table = MAIL if self.channel == "email" else TEXT
        proven = {table[s.word][0] for s in self.said if not (s.names_another_try and table[s.word][0] == "failed")}
        return max([self.state, *filter(None, proven)], key=RANKS.index)

    def is_bad(self) -> bool:
        """Its address must not be used any more."""
        return any(s.word in ("bounce", "spamreport", "undelivered ") for s in self.said)

    def consent(self) -> bool | None:
        """What she has said last; a no where nobody can tell."""
        words = [(s.second, s.word) for s in self.said if s.word in (*NOES, *YESES)]
        return max(words, key=lambda each: (each[0], each[1] in NOES))[1] in YESES if words else None


@dataclass
class Telling:
    """The town's mail and text providers, and whoever pretends to be one."""

    town: Town
    random: Random
    fake: SendGridFake
    stranger: SendGridFake
    forged: int = 0
    tellings: int = 0

    def __post_init__(self) -> None:
        self.mail = SendGrid("SG.x", "ask@example.com", webhook_key=self.fake.webhook_key)
        self.texts = TwilioSms("AC" + "0" * 32, "token", "+15005550006")
        self.began = int((self.town.clock() - timedelta(hours=9)).timestamp())

    def commit(self, messages: Sequence[Message]) -> None:
        """Their rows are there from now on, each person a new one."""
        now, services = self.town.clock(), self.town.services
        with services.db.writing() as db:
            scope = SiteScope(db, self.town.site.id)
            survey = surveys.named(scope, None)
            assert survey
            for each in messages:
                claims = claims_of(email=each.address) or claims_of(phone=each.address)
                person = identities.find_or_make(scope, claims, "", now)
                provider = self.provider(each).name
                scope.add(
                    Invitation(
                        id=each.id, survey_id=survey.id, version_id=survey.version_id, person_id=person.id,
                        channel=each.channel, state=each.state, address=each.address, properties={}, due_at=now,
                        created_at=now, state_at=now, attempts=1, lease=f"try{each.number}", provider=provider,
                        provider_ref=each.ref,
                    )
                )  # fmt: skip

    def provider(self, message: Message) -> Provider:
        return self.mail if message.channel == "email" else self.texts

    def everything(self, messages: Sequence[Message]) -> None:
        """Every event as often as it is told, in any order; a hundredth is forged."""
        self.commit([each for each in messages if not each.late])
        told = [(message, said) for message in messages for said in message.said for _ in range(said.times)]
        self.random.shuffle(told)
        left = [each for each in messages if each.late]
        for n, call in enumerate(self._calls(told)):
            if left and self.random.random() < 0.2 + n / 50:
                self.commit([left.pop()])
            self._tell(*call)
        self.commit(left)

    def _calls(self, told: Sequence[tuple[Message, Said]]) -> Iterator[tuple[Provider, RawRequest, str]]:
        """SendGrid tells several at once, Twilio each by itself at the address that it was given."""
        mails = [each for each in told if each[0].channel == "email"]
        texts = [each for each in told if each[0].channel == "sms"]
        calls: list[tuple[Provider, RawRequest, str]] = [self._text(*each) for each in texts]
        while mails:
            some, mails = mails[: (size := self.random.randint(1, 20))], mails[size:]
            url = self.town.services.link("/receipts/sendgrid")
            calls.append((self.mail, self.fake.callback(url, *(self._mail(*each) for each in some)), ""))
        self.random.shuffle(calls)
        self.tellings += len(told)
        yield from calls

    def _mail(self, message: Message, said: Said) -> dict[str, Any]:
        ours = {} if said.by_ref_alone else {"askonce_id": message.id, "askonce_attempt": self._attempt(message, said)}
        word = "bounce" if said.word == "blocked" else said.word
        return {
            "event": word, "sg_event_id": said.id, "sg_message_id": f"{message.ref}.filter01",
            "timestamp": self.began + said.second, **MAIL[said.word][1], **ours,
        }  # fmt: skip

    def _text(self, message: Message, said: Said) -> tuple[Provider, RawRequest, str]:
        token = "" if said.by_ref_alone else seal(self.town.services.secret, "receipt", message.id)
        attempt = "" if said.by_ref_alone else f"?attempt={self._attempt(message, said)}"
        url = self.town.services.link(f"/receipts/twilio_sms/{token}{attempt}")
        # Twilio's own name for an event is the message and its status: each message says each status in one way.
        fields = {"MessageSid": message.ref, "MessageStatus": said.word.strip(), **TEXT[said.word][1]}
        headers = {"x-twilio-signature": sign(self.texts.auth_token, url, fields.items())}
        return self.texts, RawRequest(url, headers, urlencode(fields).encode()), token

    def _attempt(self, message: Message, said: Said) -> str:
        return "another" if said.names_another_try else f"try{message.number}"

    def _tell(self, provider: Provider, request: RawRequest, token: str) -> None:
        receipt(self.town.services, provider, request, token)
        if self.random.random() < 0.01:
            self.forge(provider, request, token)

    def forge(self, provider: Provider, request: RawRequest, token: str) -> None:
        """The same call with its words changed, or under a signature or a token that nobody gave out."""
        body, headers = request.body.replace(b"delivered", b"failed") + b" ", dict(request.headers)
        signature = next(name for name in headers if name.endswith("signature"))
        stranger = self.stranger.callback(request.url, {"event": "bounce", "sg_event_id": new_id()})
        forgeries = [
            (RawRequest(request.url, headers, body), token),
            (RawRequest(request.url, {**headers, signature: "AAAA"}, request.body), token),
            (RawRequest(request.url, {**headers, signature: stranger.headers.get(signature, "")}, request.body), token),
            (request, token[:-1] + ("A" if token[-1:] != "A" else "B") if token else "x" * 40),
        ]
        try:
            receipt(self.town.services, provider, *self.random.choice(forgeries))
        except (BadSignature, BadLink):
            self.forged += 1
            return
        raise AssertionError("a forged call was taken")

    def settle(self) -> None:
        """Time passes until nothing waits any more for what it is about."""
        for _ in range(12):
            self.town.clock.forward(seconds=20)
            take_left(self.town.services)

    def check(self, messages: Sequence[Message]) -> None:
        """What is true in the end is what the model says."""
        with self.town.services.db.reading() as db:
            scope = SiteScope(db, self.town.site.id)
            rows = {row.id: row for row in db.scalars(select(Invitation))}
            for each in messages:
                row = rows[each.id]
                said = stands(scope, row.person_id, each.channel)
                found = (row.state, said.given if said else None)
                assert found == (each.becomes(), each.consent()), each
            bad = set(db.scalars(select(Suppression.address)))
            assert {m.address for m in messages} & bad == {m.address for m in messages if m.is_bad()}
            kept = list(db.scalars(select(Receipt.look_at)))
        assert kept == [None] * sum(s.word not in UNASKED for m in messages for s in m.said)
