"""Names the account at a provider, so that all who send by it share its rate."""

from __future__ import annotations

from hashlib import sha256


def account(provider: str, *credentials: str) -> str:
    """Such as `sendgrid:9f2c41d07ab3`: the same for the same credentials, and no way back to them."""
    return f"{provider}:{sha256(chr(0).join(credentials).encode()).hexdigest()[:12]}"
