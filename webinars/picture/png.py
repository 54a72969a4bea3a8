"""The two kinds of PNG that we need, written and read back. PNG is ISO/IEC 15948.

A picture is rows of bytes, one byte for each point: an index into the palette, or a level of grey.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence

Rows = Sequence[bytes | bytearray]
Color = tuple[int, int, int]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, PALETTE = 0, 3
AS_IT_IS = b"\0"  # before each row: it is not told as a difference from the one above


def colored(rows: Rows, palette: Iterable[Color]) -> bytes:
    """A file whose points are indexes into the palette."""
    colors = b"".join(bytes(color) for color in palette)
    return _file(rows, PALETTE, [_chunk(b"PLTE", colors)])


def grey(rows: Rows) -> bytes:
    """A file whose points are levels of grey, 0 being black."""
    return _file(rows, GREY, [])


def grey_rows(file: bytes) -> list[bytes]:
    """The rows of what `grey` wrote. Not a reader for other people's files."""
    chunks = dict(_chunks(file))
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    points = zlib.decompress(chunks[b"IDAT"])
    return [points[at + 1 : at + 1 + width] for at in range(0, height * (width + 1), width + 1)]


def _file(rows: Rows, kind: int, extra: Iterable[bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, kind, 0, 0, 0)
    points = zlib.compress(b"".join(AS_IT_IS + row for row in rows), 9)
    chunks = [_chunk(b"IHDR", header), *extra, _chunk(b"IDAT", points), _chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _chunks(file: bytes) -> Iterable[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(file):
        (length,) = struct.unpack(">I", file[at : at + 4])
        yield file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        at += length + 12
