"""Proves that a callback was made by SendGrid."""

from __future__ import annotations

import base64
import binascii
import re

from cryptography.exceptions import InvalidSignature  # comes with the client, which checks by it too
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from channels.channel import BadSignature, RawRequest

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


def keys(text: str) -> list[ec.EllipticCurvePublicKey]:
    """The public keys in `text`, each as SendGrid's page shows it (base64), separated by spaces or commas.

    Raises ValueError when one is no such key.
    """
    return [_key(one) for one in re.split(r"[\s,]+", re.sub(r"-----[A-Z ]+-----", " ", text).strip()) if one]


def verify(known: list[ec.EllipticCurvePublicKey], request: RawRequest) -> None:
    """ECDSA over the time and the raw body: events and inbound mail are signed alike, by keys of their own.

    https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
    Raises BadSignature.
    """
    try:
        signed = request.headers[TIMESTAMP].encode() + request.body
        signature = base64.b64decode(request.headers[SIGNATURE], validate=True)
    except (KeyError, ValueError, binascii.Error) as why:
        raise BadSignature("SendGrid did not make this callback") from why
    if not any(_fits(key, signature, signed) for key in known):
        raise BadSignature("SendGrid did not make this callback")


def _fits(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _key(text: str) -> ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, TypeError) as why:
        raise ValueError("is no public key as SendGrid's settings page shows it") from why
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("is a public key of another kind than SendGrid's")
    return key
