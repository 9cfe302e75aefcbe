"""What a site's survey pages look like: a few colours by day and by night, round or square, one kind of letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
RADIUS_MOST = 24

FONTS = {
    "sans": 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif',
    "serif": 'ui-serif,"Iowan Old Style",Georgia,"Noto Serif",serif',
    "rounded": 'ui-rounded,"SF Pro Rounded","Hiragino Maru Gothic ProN",Nunito,system-ui,sans-serif',
}
"""Letters that are there already: a page that waits for a font is a page that nobody answers."""


class BadTheme(ValueError):
    """No theme; `complaints` lists everything that is wrong with it."""

    def __init__(self, complaints: list[str]):
        super().__init__("; ".join(complaints))
        self.complaints = tuple(complaints)


@dataclass(frozen=True)
class Colours:
    """`#rrggbb` each. `field` is the edge of something to fill in, `line` of something to press, `ground` what the
    card lies on, `bad` a complaint."""

    accent: str
    accent_ink: str
    paper: str
    ink: str
    muted: str
    line: str
    ground: str
    field: str
    bad: str


@dataclass(frozen=True)
class Theme:
    light: Colours
    dark: Colours
    radius: int = 10
    font: str = "sans"


PAIRS = (
    ("ink", "paper", 4.5),
    ("muted", "paper", 4.5),
    ("bad", "paper", 4.5),
    ("accent_ink", "accent", 4.5),
    ("accent", "paper", 3.0),
    ("field", "paper", 3.0),
)
"""What is seen on what, and its least contrast: 4.5 of letters, 3 of all else (WCAG 2.2, 1.4.3 and 1.4.11)."""

PLAIN = Theme(
    Colours("#3553cf", "#ffffff", "#ffffff", "#191c22", "#5a6170", "#d8dce3", "#f4f5f7", "#878e9b", "#b3261e"),
    Colours("#9db1ff", "#10131c", "#1c1e24", "#f0f1f4", "#a8afbc", "#3a3e48", "#121317", "#787f8c", "#ffb4ab"),
)
WARM = Theme(
    Colours("#a5461d", "#ffffff", "#fffaf2", "#2b211a", "#6b5a4c", "#e6d8c5", "#f5eadb", "#937f6d", "#a3261b"),
    Colours("#f0a57a", "#2a140a", "#241d18", "#f6ede4", "#c0b0a1", "#483a30", "#181310", "#8f7d6f", "#ffb4a5"),
    radius=16,
    font="serif",
)
CONTRAST = Theme(
    Colours("#0000b8", "#ffffff", "#ffffff", "#000000", "#2e2e2e", "#000000", "#ffffff", "#000000", "#9b0000"),
    Colours("#ffe600", "#000000", "#000000", "#ffffff", "#e4e4e4", "#ffffff", "#000000", "#ffffff", "#ffb8b8"),
    radius=4,
)
THEMES: Mapping[str, Theme] = {"plain": PLAIN, "warm": WARM, "contrast": CONTRAST}


def theme_from(said: Any) -> Theme:
    """The theme that `said` (JSON) describes; BadTheme with every complaint otherwise.

    Shape: `{"base"?: "plain" | "warm" | "contrast", "accent"?: "#rrggbb", "light"?: {colour: "#rrggbb", …},
    "dark"?: {the same}, "radius"?: 0 to 24 px, "font"?: "sans" | "serif" | "rounded"}`. An `accent` is made lighter or
    darker until it can be seen; what stands in `light` and `dark` is taken as it is, and refused where it cannot be
    read.
    """
    complaints: list[str] = []
    if not isinstance(said, Mapping):
        raise BadTheme(["a theme is an object"])
    if unknown := sorted(map(str, said.keys() - {"base", "accent", "light", "dark", "radius", "font"})):
        complaints.append(f"a theme has no {', '.join(unknown)[:100]}")
    base = said.get("base", "plain")
    if not isinstance(base, str) or base not in THEMES:
        complaints.append(f"base must be one of {', '.join(THEMES)}")
    theme = THEMES.get(base if isinstance(base, str) else "", PLAIN)
    radius, font = said.get("radius", theme.radius), said.get("font", theme.font)
    if isinstance(radius, bool) or not isinstance(radius, int) or not 0 <= radius <= RADIUS_MOST:
        complaints.append(f"radius must be 0 to {RADIUS_MOST}")
    if not isinstance(font, str) or font not in FONTS:
        complaints.append(f"font must be one of {', '.join(FONTS)}")
    if "accent" in said and (accent := _colour("accent", said["accent"], complaints)):
        theme = with_accent(theme, accent)
    light, dark = (_colours(name, said.get(name), getattr(theme, name), complaints) for name in ("light", "dark"))
    complaints += [*faults("light", light), *faults("dark", dark)]
    if complaints:
        raise BadTheme(complaints)
    return Theme(light, dark, radius, font)


def with_accent(theme: Theme, accent: str) -> Theme:
    """`theme` in one colour, on each ground as far from it as must be."""
    both = (replace(each, **_accent_on(accent, each.paper)) for each in (theme.light, theme.dark))
    light, dark = both
    return replace(theme, light=light, dark=dark)


def _accent_on(accent: str, paper: str) -> dict[str, str]:
    towards = "#000000" if luminance(paper) > 0.18 else "#ffffff"
    shades = (mixed(accent, towards, share / 20) for share in range(21))
    seen = next(shade for shade in shades if contrast(shade, paper) >= 3)
    return {"accent": seen, "accent_ink": ink_on(seen)}


def ink_on(colour: str) -> str:
    """What is read best on this colour: white or black."""
    return max("#ffffff", "#000000", key=lambda ink: contrast(ink, colour))


def faults(where: str, colours: Colours) -> list[str]:
    """Every pair that cannot be told apart well enough, and by how much it fails."""
    found = []
    for above, below, least in PAIRS:
        ratio = contrast(getattr(colours, above), getattr(colours, below))
        if ratio < least:
            found.append(f"{where}: {above} on {below} has a contrast of {ratio:.2f}, {least - ratio:.2f} too little")
    return found


def _colours(where: str, said: Any, base: Colours, complaints: list[str]) -> Colours:
    said = {} if said is None else said
    if not isinstance(said, Mapping):
        complaints.append(f"{where} must be an object, by colour")
        return base
    known = {field.name for field in fields(Colours)}
    if unknown := sorted(map(str, said.keys() - known)):
        complaints.append(f"{where} has no {', '.join(unknown)[:100]}")
    read = {name: _colour(f"{where}: {name}", said[name], complaints) for name in sorted(known & said.keys())}
    return replace(base, **{name: colour for name, colour in read.items() if colour})


def _colour(where: str, said: Any, complaints: list[str]) -> str:
    if isinstance(said, str) and COLOUR.fullmatch(said):
        return said.lower()
    complaints.append(f"{where} must be a colour such as #3553cf")
    return ""


def contrast(one: str, other: str) -> float:
    """From 1 to 21, by WCAG 2.2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with so much (0 to 1) of the other in it."""
    parts = [(int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in parts)


def stylesheet(theme: Theme) -> str:
    """The site's own custom properties and nothing else; by day alone where a browser cannot tell day from night."""
    names = [field.name for field in fields(Colours)]
    shape = f"--radius:{theme.radius}px;--font:{FONTS[theme.font]}"
    both = ";".join(f"--{_css(n)}:light-dark({getattr(theme.light, n)},{getattr(theme.dark, n)})" for n in names)
    day = ";".join(f"--{_css(n)}:{getattr(theme.light, n)}" for n in names)
    return f":root{{{both};{shape}}}\n@supports not (color:light-dark(#fff,#000)){{:root{{{day}}}}}\n"


def _css(name: str) -> str:
    return name.replace("_", "-")
