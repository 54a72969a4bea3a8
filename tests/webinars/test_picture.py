"""The picture of a shared link: its format, its letters, and where long words go."""

from __future__ import annotations

import struct
import zlib

import pytest

from webinars.picture import HEIGHT, WIDTH, Words, draw, png
from webinars.picture.drawing import TEXT_WIDTH, drawable
from webinars.picture.letters import style

STYLES = ("title", "long title", "day", "text")
WHEN = (("Friday, July 31, 2026", ("4:00 pm Pacific Time (PDT)", "7:00 pm Eastern Time (EDT)")),)


def points(file: bytes) -> list[bytes]:
    """The rows of a picture, after looking at the header and at every checksum."""
    assert file.startswith(png.SIGNATURE)
    chunks, at = {}, len(png.SIGNATURE)
    while at < len(file):
        (length,) = struct.unpack_from(">I", file, at)
        name, data = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", file, at + 8 + length) == (zlib.crc32(name + data),)
        chunks[name] = data
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert chunks[b"IHDR"] == struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    raw = zlib.decompress(chunks[b"IDAT"])
    assert len(raw) == HEIGHT * (WIDTH + 1)
    assert max(raw) < len(chunks[b"PLTE"]) // 3
    return [raw[start + 1 : start + 1 + WIDTH] for start in range(0, len(raw), WIDTH + 1)]


def inked_right_edge(rows: list[bytes]) -> int:
    """The last column that differs from the ground."""
    grounds = [row[0] for row in rows]
    return max(
        column
        for row, ground in zip(rows, grounds, strict=True)
        for column in range(WIDTH)
        if row[column] != ground
    )


def test_it_is_a_whole_png_of_the_size_that_others_ask_for() -> None:
    rows = points(draw(Words("Lakeside Health", "Pain after back surgery", WHEN)))

    assert (len(rows[0]), len(rows)) == (1200, 630)


@pytest.mark.parametrize("title", ["Short", "¿Dolor? " * 15, "W" * 120, "W" * 118 + " i", ""])
@pytest.mark.parametrize("days", [(), WHEN, (*WHEN, ("Saturday, August 1, 2026", ("1:00 am",)))])
def test_nothing_leaves_the_picture_however_long_the_words(
    title: str, days: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    rows = points(draw(Words("An organisation with a name " * 4, title, days, "Cancelado")))

    assert inked_right_edge(rows) < WIDTH - 60


@pytest.mark.parametrize("name", STYLES)
def test_every_letter_of_both_languages_is_there(name: str) -> None:
    letters = "abcdefghijklmnopqrstuvwxyzáéíóúüñ"

    assert style(name).has(f"{letters}{letters.upper()} 0123456789.,:;-–—'’\"“”«»()¿?¡!/&%+ª°")


def test_lines_are_parted_between_words_and_never_too_wide() -> None:
    letters = style("title")

    lines = letters.wrapped("Pain after back surgery: is it the SI joint?", TEXT_WIDTH)

    assert lines == ["Pain after back surgery: is it the", "SI joint?"]
    assert all(letters.pens(line)[-1] <= TEXT_WIDTH for line in lines)


def test_a_word_that_is_too_long_for_a_line_is_parted_anywhere() -> None:
    lines = style("title").wrapped("W" * 60, TEXT_WIDTH)

    assert "".join(lines) == "W" * 60
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("Cirugi\u0301a", "Cirugía"),
        ("Hello 🙂 there🙂", "Hello there"),
        ("Talk: Привет again", "Talk: again"),
        ("one\x00\x1btwo\n\nthree", "onetwo three"),
        ("日本", ""),
    ],
)
def test_what_has_no_letters_here_is_left_out_and_never_drawn_as_boxes(
    typed: str, drawn: str
) -> None:
    assert drawable(typed, style("title")) == drawn


def test_the_same_words_make_the_same_octets_and_others_do_not() -> None:
    words = Words("Lakeside Health", "Pain", WHEN)
    draw.cache_clear()
    first = draw(words)
    draw.cache_clear()

    assert draw(words) == first
    assert draw(Words("Lakeside Health", "Pain", WHEN, "Cancelled")) != first
