"""Pictures of scores: each is there, whole, and in the colour that its address says."""

from __future__ import annotations

import struct
import zlib

import pytest
from flask.testing import FlaskClient

from server.web.marks import MARKS


def chunks(png: bytes) -> dict[bytes, bytes]:
    """The parts of a PNG by kind, each with its sum checked."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        said = png[at + 4 : at + 8 + length]
        assert png[at + 8 + length : at + 12 + length] == struct.pack(">I", zlib.crc32(said))
        found[said[:4]] = said[4:]
        at += 12 + length
    return found


@pytest.mark.parametrize("name", MARKS)
def test_each_is_a_picture_in_the_colour_of_its_address(client: FlaskClient, name: str) -> None:
    seen = []
    for colour in ("3553cf", "a5461d"):
        reply = client.get(f"/marks/{colour}/{name}.png")
        assert (reply.status_code, reply.headers["Content-Type"]) == (200, "image/png")
        assert reply.headers["Cache-Control"] == "public, max-age=2592000"
        made = chunks(reply.data)
        assert list(made) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
        assert made.pop(b"PLTE") == bytes.fromhex(colour) * 16
        rows = zlib.decompress(made[b"IDAT"])
        assert len(rows) == 72 * 37
        assert len(set(rows)) > 9, "something is drawn"
        seen.append(made)
    assert seen[0] == seen[1]


def test_no_two_are_alike(client: FlaskClient) -> None:
    assert len({client.get(f"/marks/3553cf/{name}.png").data for name in MARKS}) == len(MARKS)


@pytest.mark.parametrize("path", ["3553cf/n11", "3553CF/n1", "blue/n1", "3553cf/../n1", "3553cff/n1", "3553cf/"])
def test_what_is_no_picture_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(f"/marks/{path}.png").status_code == 404
