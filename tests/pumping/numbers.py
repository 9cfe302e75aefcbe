"""What somebody asks for who is paid by the text: dear numbers, far countries, ranges that were bought, strangers."""

from __future__ import annotations

import random

HOME = "+4915112345678"
"""The site's own test text, sent before anything is stolen."""

PREMIUM = ("+499001{:06d}", "+4490987{:05d}", "+1900555{:04d}", "+33899{:06d}", "+979123{:05d}", "+8816123{:05d}")
FOREIGN = (
    "+3712{:07d}",
    "+9477{:07d}",
    "+22177{:07d}",
    "+99890{:07d}",
    "+44770{:07d}",
    "+62812{:08d}",
    "+1415555{:04d}",
)


def asked_for(count: int, seed: int = 1) -> list[str]:
    """`count` numbers, no two alike: premium, foreign, of one range at home, and from all over the country."""
    kinds = (_premium, _foreign, _of_one_range, _anywhere)
    found = [kinds[n % len(kinds)](n // len(kinds)) for n in range(count)]
    random.Random(seed).shuffle(found)  # the same again for the same seed
    return list(dict.fromkeys(found))


def strangers(count: int) -> list[str]:
    """Numbers at home that share no range, as somebody would choose them who knows of the alarm."""
    return [_anywhere(n) for n in range(count)]


def _premium(n: int) -> str:
    return PREMIUM[n % len(PREMIUM)].format(1_000 + n)


def _foreign(n: int) -> str:
    return FOREIGN[n % len(FOREIGN)].format(1_000 + n)


def _of_one_range(n: int) -> str:
    return f"+491520123{n:04d}"


def _anywhere(n: int) -> str:
    """A thousand ranges, each in its turn."""
    return (
        f"+49{('160', '170', '171', '175', '176', '177', '178', '179', '162', '163')[n % 10]}{n // 10 % 100:02d}{n:05d}"
    )
