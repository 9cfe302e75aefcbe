"""Makes one accent colour readable on light and on dark ground, and where a mail program turns light to dark."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls

READABLE = 5.5
"""Contrast of text: WCAG 2.2 asks for 4.5, mail programs that recolour mail take some away."""
TURNED = 4.5
"""Contrast that must be left when they have."""


def mix(colour: str, ground: str, share: float) -> str:
    """`share` of `colour` painted over `ground`; all are `#rrggbb`."""
    pairs = zip(_channels(colour), _channels(ground), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def readable(colour: str, ground: str) -> str:
    """`colour`, darkened or lightened until text in it can be read on `ground`, and still when both are turned."""
    goal = max("#000000", "#ffffff", key=lambda end: contrast(end, ground))
    steps = (mix(goal, colour, step / 20) for step in range(20))
    return next((step for step in steps if _is_read(step, ground)), goal)


def _is_read(ink: str, ground: str) -> bool:
    return contrast(ink, ground) >= READABLE and contrast(turned(ink), turned(ground)) >= TURNED


def turned(colour: str) -> str:
    """`colour` as a mail program has it by night that knows no better: as dark as it was light (Outlook on Windows,
    Gmail on iOS)."""
    hue, lightness, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in hls_to_rgb(hue, 1 - lightness, saturation))


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white), by WCAG 2.2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
