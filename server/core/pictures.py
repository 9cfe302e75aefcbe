"""Pictures that mail programs show: PNG, JPEG or GIF, known by what is in the file and not by what it is called."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

BYTES_MAX = 200_000
"""A logo of a mail weighs 5 to 50 kB; a list of mails loads hundreds of them."""
SIDE_MAX = 2000
"""Pixels."""
SHOWN = (220, 56)
"""CSS pixels of the space that a logo has in a mail."""

_JPEG_SIZES = frozenset({0xC0, 0xC1, 0xC2})
"""Frames that browsers draw: baseline, extended, progressive (ITU T.81, table B.1)."""


class BadPicture(ValueError):
    """This cannot be shown in a mail; the message says why, and what could."""


@dataclass(frozen=True)
class Measured:
    """`kind` is `png`, `jpg` or `gif`; sides in pixels."""

    kind: str
    width: int
    height: int

    @property
    def media_type(self) -> str:
        return {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}[self.kind]

    def shown(self) -> tuple[int, int]:
        """Width and height in CSS pixels: it fills its space, and is never made larger than it is."""
        scale = min(SHOWN[0] / self.width, SHOWN[1] / self.height, 1)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


def measured(body: bytes) -> Measured:
    """What kind of picture `body` is and how large, read from beginning to end. Raises BadPicture."""
    if len(body) > BYTES_MAX:
        raise BadPicture(f"A logo has at most {BYTES_MAX // 1000} kB; this has {len(body) / 1000:.0f}.")
    for kind, (begins, read) in _KINDS.items():
        if body.startswith(begins):
            try:
                width, height = read(body)
            except (struct.error, IndexError, ValueError) as why:
                raise BadPicture("This file is broken: save the picture anew and try again.") from why
            if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX):
                raise BadPicture(f"A logo is at most {SIDE_MAX} pixels wide and high; this is {width} × {height}.")
            return Measured(kind, width, height)
    raise BadPicture("Mail programs show PNG, JPEG and GIF alone, no SVG and no WebP: save the logo as a PNG.")


def name_of(body: bytes, kind: str) -> str:
    """Under which it is served: the same for the same picture, and for no other."""
    return f"{sha256(body).hexdigest()[:32]}.{kind}"


def _png(body: bytes) -> tuple[int, int]:
    """Each chunk has the checksum that it says (PNG 3, 5.3), and the last is the end of the file."""
    at, sides, last = 8, (0, 0), b""
    while at < len(body):
        length, last = struct.unpack_from(">I4s", body, at)
        said = body[at + 4 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", body, at + 8 + length)
        if zlib.crc32(said) != checksum:
            raise ValueError(last)
        if at == 8:
            sides = struct.unpack_from(">II", said, 4)
        at += 12 + length
    if last != b"IEND":
        raise ValueError(last)
    return sides


def _gif(body: bytes) -> tuple[int, int]:
    """Blocks up to the trailer, which is the end of the file (GIF89a, 17 to 27)."""
    width, height, packed = struct.unpack_from("<HHB", body, 6)
    at = 13 + _colours(packed)
    while body[at] != 0x3B:
        if body[at] == 0x2C:
            at += 10 + _colours(body[at + 9]) + 1
        elif body[at] == 0x21:
            at += 2
        else:
            raise ValueError(at)
        while body[at]:
            at += body[at] + 1
        at += 1
    if at + 1 != len(body):
        raise ValueError(at)
    return width, height


def _colours(packed: int) -> int:
    """Bytes of a colour table."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _jpeg(body: bytes) -> tuple[int, int]:
    """Segments up to the scan, one of them a frame; the file ends with the end of the picture."""
    at, sides = 2, (0, 0)
    while (marker := body[at + 1]) != 0xDA:
        if body[at] != 0xFF:
            raise ValueError(at)
        (length,) = struct.unpack_from(">H", body, at + 2)
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", body, at + 5)
            sides = width, height
        at += 2 + length
    if not body.endswith(b"\xff\xd9"):
        raise ValueError(at)
    return sides


_KINDS: dict[str, tuple[tuple[bytes, ...], Callable[[bytes], tuple[int, int]]]] = {
    "png": ((b"\x89PNG\r\n\x1a\n",), _png),
    "jpg": ((b"\xff\xd8\xff",), _jpeg),
    "gif": ((b"GIF87a", b"GIF89a"), _gif),
}
