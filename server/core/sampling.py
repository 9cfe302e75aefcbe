"""Only some people are asked: always the same ones, so that a tenth stays the same tenth for ever."""

from __future__ import annotations

from hashlib import sha256

_WHOLE = 2**64


def in_sample(site_id: int, survey_id: int, who: str, percent: float) -> bool:
    """Whether `who` (such as `user/42`) is among the `percent` (0 to 100) of people whom this survey is for.

    A larger sample contains the smaller one. The survey is hashed with the person, so that the samples of two
    surveys have nothing to do with each other.
    """
    digest = sha256(f"{site_id}/{survey_id}/{who}".encode(errors="replace")).digest()
    return int.from_bytes(digest[:8], "big") < percent / 100 * _WHOLE
