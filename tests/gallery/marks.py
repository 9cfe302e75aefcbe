"""`python -m tests.gallery.marks` draws the numbers and the star that stand in signatures as pictures."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from server.web.marks import MARKS
from tests.conftest import BROWSERS, QUIET
from tests.gallery.states import ENV, HOUSE

SIDE = 72
"""Pixels; shown at half of it, so that it is sharp on every screen."""

STYLE = """body { margin: 0; }
svg { position: absolute; inset: 4px; width: 64px; fill: none; stroke: #000; stroke-width: 1.75;
  stroke-linecap: round; stroke-linejoin: round; }
p { box-sizing: border-box; width: 68px; height: 68px; margin: 2px; border: 2px solid #0006; border-radius: 12px;
  font: 600 32px/64px system-ui, "Noto Sans", sans-serif; text-align: center; }"""

SHADES = """async (shot) => {
  const image = new Image();
  image.src = "data:image/png;base64," + shot;
  await image.decode();
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  return [...pen.getImageData(0, 0, image.width, image.height).data].filter((_, n) => n % 4 === 3);
}"""


def main() -> None:
    found = next((place for place in BROWSERS if place and Path(place).exists()), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        page = browser.new_page(viewport={"width": SIDE, "height": SIDE})
        for name in MARKS:
            (HOUSE / f"static/marks/{name}.png").write_bytes(packed(shades(page, name)))
        browser.close()


def shades(page: Page, name: str) -> list[int]:
    """How much is seen of each pixel, row by row: 0 to 255."""
    drawing = ENV.get_template("questions.html").module.drawing  # type: ignore[attr-defined]
    drawn = f"<p>{name[1:]}</p>" if name.startswith("n") else drawing("stars", 0)
    page.set_content(f"<!doctype html><style>{STYLE}</style>{drawn}")
    found: list[int] = page.evaluate(SHADES, b64encode(page.screenshot(omit_background=True)).decode())
    return found


def packed(seen: list[int]) -> bytes:
    """A PNG of sixteen shades of black."""
    rows = [seen[n : n + SIDE] for n in range(0, len(seen), SIDE)]
    pairs = [
        bytes(one // 16 * 16 + other // 16 for one, other in zip(row[::2], row[1::2], strict=True)) for row in rows
    ]
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", SIDE, SIDE, 4, 3, 0, 0, 0),
        b"PLTE": bytes(3 * 16),
        b"tRNS": bytes(17 * n for n in range(16)),
        b"IDAT": zlib.compress(b"".join(b"\0" + row for row in pairs), 9),
        b"IEND": b"",
    }
    chunks = [
        struct.pack(">I", len(said)) + kind + said + struct.pack(">I", zlib.crc32(kind + said))
        for kind, said in parts.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


if __name__ == "__main__":
    main()
