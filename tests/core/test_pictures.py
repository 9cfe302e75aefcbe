"""A logo is what its bytes are: PNG, JPEG or GIF, whole, and of a size that a mail can carry."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode
from pathlib import Path

import pytest

from server.core.pictures import BYTES_MAX, BadPicture, Measured, measured, name_of

HOUSE = Path(__file__).parents[2]
LOGO = (HOUSE / "tests/gallery/logo.png").read_bytes()
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, more: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 8)) + more + chunk(b"IEND", b"")


def jpeg(width: int, height: int, frame: int = 0xC0) -> bytes:
    about = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    size = bytes([0xFF, frame]) + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + about + size + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\x34" + b"\xff\xd9"


@pytest.mark.parametrize(
    ("body", "is_so"),
    [
        (LOGO, Measured("png", 336, 96)),
        (png(16, 9), Measured("png", 16, 9)),
        (GIF, Measured("gif", 1, 1)),
        (jpeg(640, 480), Measured("jpg", 640, 480)),
        (jpeg(640, 480, 0xC2), Measured("jpg", 640, 480)),
    ],
)
def test_a_picture_is_known_by_what_is_in_it(body: bytes, is_so: Measured) -> None:
    assert measured(body) == is_so


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b'<?xml version="1.0"?><svg/>',
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"<html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        LOGO[:-4],
        LOGO[:200],
        LOGO + b"<script>alert(1)</script>",
        LOGO.replace(b"IDAT", b"IDOT", 1),
        png(0, 10),
        png(2001, 10),
        png(10, 2**31),
        GIF[:-1],
        GIF + b"<script>alert(1)</script>",
        jpeg(640, 480)[:-2],
        jpeg(640, 480, 0xC9),
        jpeg(0, 480),
        png(10, 10, chunk(b"tEXt", b"x" * BYTES_MAX)),
    ],
)
def test_what_is_no_picture_for_a_mail_is_refused_with_what_to_do(body: bytes) -> None:
    with pytest.raises(BadPicture) as why:
        measured(body)
    assert str(why.value).endswith(".")


@pytest.mark.parametrize(
    ("sides", "shown"), [((336, 96), (196, 56)), ((100, 20), (100, 20)), ((2000, 100), (220, 11)), ((1, 2000), (1, 56))]
)
def test_a_logo_fills_its_place_and_is_never_blown_up(sides: tuple[int, int], shown: tuple[int, int]) -> None:
    assert Measured("png", *sides).shown() == shown


def test_a_picture_is_served_under_a_name_that_only_it_has() -> None:
    assert name_of(LOGO, "png") == name_of(LOGO, "png") != name_of(GIF, "png")
    assert len(name_of(LOGO, "png")) == 36
