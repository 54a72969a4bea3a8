"""Where the words stand in the picture, and its colors: the pages' own, in the light.

On paper who invites and to what; below, on a deep band, when.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from django.conf import settings

from webinars.picture import png
from webinars.picture.letters import LEVELS, Style, style

WIDTH, HEIGHT = 1200, 630  # what Open Graph's readers show uncropped
MARGIN = 80
TEXT_WIDTH = WIDTH - 2 * MARGIN
HEAD = 152  # where the title may begin
PADDING = 36  # of the band
KEPT = 64  # pictures of some 15 KB

PAPER = "#fbfaf7"
INK, SOFT, STOP, ACCENT, SUN, WHITE, PALE = range(7)


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in it. `days` are the words of a day and, below it, its lines; `notice` warns."""

    organisation: str
    title: str
    days: tuple[tuple[str, tuple[str, ...]], ...] = ()
    notice: str = ""


@lru_cache(maxsize=KEPT)
def draw(words: Words) -> bytes:
    """The picture as a PNG file: the same octets for the same words."""
    band = _band(words)
    band_height = sum(style(name).height for name, _ink, _line in band) + 2 * PADDING
    sheet = Sheet(HEIGHT - band_height)
    sheet.dot(MARGIN + 20, 84, 22, ACCENT)
    sheet.dot(MARGIN + 41, 84, 11, SUN)
    sheet.line(MARGIN + 70, 60, _one_line(words.organisation, "text", 640), style("text"), SOFT)
    notice = style("day")
    notice_at = WIDTH - MARGIN - round(notice.pens(words.notice)[-1])
    sheet.line(notice_at, 57, words.notice, notice, STOP)
    _write_title(sheet, words.title, sheet.paper_height - HEAD)
    y = sheet.paper_height + PADDING
    for name, ink, line in band:
        sheet.line(MARGIN, y, line, style(name), ink)
        y += style(name).height
    return sheet.file()


def _band(words: Words) -> list[tuple[str, int, str]]:
    """The lines of the band: style, ink, words."""
    lines: list[tuple[str, int, str]] = []
    for day, times in words.days:
        lines += (("day", WHITE, line) for line in _lines(day, "day"))
        lines += (("text", PALE, line) for each in times for line in _lines(each, "text"))
    return lines


def _lines(words: str, name: str) -> list[str]:
    return style(name).wrapped(drawable(words, style(name)), TEXT_WIDTH)


def _one_line(words: str, name: str, width: int) -> str:
    return _shortened(style(name).wrapped(drawable(words, style(name)), width), 1)[0]


def _write_title(sheet: Sheet, title: str, room: int) -> None:
    """In large letters if it fits, else in smaller ones; what is too long even so ends in an …"""
    for name in ("title", "long title"):
        lines, step = _lines(title, name), style(name).height * 9 // 10
        if len(lines) * step <= room:
            break
    for number, line in enumerate(_shortened(lines, max(1, room // step))):
        sheet.line(MARGIN, HEAD + number * step, line, style(name), INK)


def _shortened(lines: list[str], count: int) -> list[str]:
    if len(lines) <= count:
        return lines or [""]
    return [*lines[: count - 1], f"{lines[count - 1][:-1].rstrip()}…"]


def drawable(words: str, letters: Style) -> str:
    """Without the signs that we have no points for; a word in other letters is left out whole."""
    plain = unicodedata.normalize("NFC", words)
    return " ".join(filter(None, (_drawable_word(word, letters) for word in plain.split())))


def _drawable_word(word: str, letters: Style) -> str:
    unknown = [letter for letter in word if not letters.has(letter)]
    if any(map(str.isalnum, unknown)):
        return ""
    return "".join(letter for letter in word if letter not in unknown)


class Sheet:
    """The points while they are drawn: paper above, the band below."""

    def __init__(self, paper_height: int) -> None:
        self.paper_height = paper_height
        grounds = [INK] * paper_height + [WHITE] * (HEIGHT - paper_height)
        self.rows = [bytearray([ground * LEVELS]) * WIDTH for ground in grounds]

    def line(self, x: int, y: int, words: str, letters: Style, ink: int) -> None:
        """Words whose line begins at this point."""
        inked = bytes(ink * LEVELS + level % LEVELS for level in range(256))
        for letter, pen in zip(words, letters.pens(words), strict=False):
            drawn = letters.letters[letter]
            left = x + round(pen) + drawn.left
            for row, points in zip(self.rows[y : y + letters.height], drawn.rows, strict=False):
                place = slice(left, left + len(points))
                # The ink that is there stays: letters may touch.
                row[place] = bytes(map(max, row[place], points.translate(inked)))

    def dot(self, x: int, y: int, radius: int, ink: int) -> None:
        """A filled circle around this point, of the site's icon."""
        for row in range(y - radius, y + radius + 1):
            for column in range(x - radius, x + radius + 1):
                away = ((row - y) ** 2 + (column - x) ** 2) ** 0.5
                level = round((radius - away) * (LEVELS - 1))
                if level > 0:
                    self.rows[row][column] = ink * LEVELS + min(level, LEVELS - 1)

    def file(self) -> bytes:
        return png.colored(self.rows, chain.from_iterable(_blends(*pair) for pair in _inks()))


def _inks() -> list[tuple[png.Color, png.Color]]:
    """Ink and ground; of each pair the file has every blend, since letters have soft edges."""
    own = settings.PALETTE.light
    on_paper = ("#15252b", "#46595f", "#ad2018", own.accent, "#ffd585")
    pairs = [(ink, PAPER) for ink in on_paper]
    pairs += [(own.deep_ink, own.deep), (own.deep_soft, own.deep)]
    return [(_color(ink), _color(ground)) for ink, ground in pairs]


def _color(written: str) -> png.Color:
    red, green, blue = bytes.fromhex(written[1:])
    return red, green, blue


def _blends(ink: png.Color, ground: png.Color) -> list[png.Color]:
    """From the ground alone to the ink alone."""
    most = LEVELS - 1
    return [
        tuple((i * level + g * (most - level)) // most for i, g in zip(ink, ground, strict=True))  # type: ignore[misc]
        for level in range(LEVELS)
    ]
