"""What a way out does that never calls back."""

from __future__ import annotations

from channels.channel import BadSignature, Event, Outcome, Outgoing, RawRequest


class Silent:
    """Base of providers without callbacks and without a way to ask."""

    def verify(self, request: RawRequest) -> None:
        """Always raises BadSignature: nobody has reason to call."""
        raise BadSignature("this provider makes no callbacks")

    def parse(self, request: RawRequest) -> list[Event]:
        """No events."""
        return []

    def find(self, item: Outgoing) -> Outcome | None:
        """It cannot say."""
        return None
