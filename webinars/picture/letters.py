"""The letters as points, read once from what `config.lettering` drew, and how wide words are.

They are Atkinson Hyperlegible's, under its licence: config/static/site/LICENSE-hyperlegible.txt.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from webinars.picture import png

PNG = Path(__file__).with_name("letters.png")
JSON = Path(__file__).with_name("letters.json")
LEVELS = 16  # of ink in one point


@dataclass(frozen=True, slots=True)
class Letter:
    """`left` is where its ink begins, seen from the pen; `advance` how far the pen goes on."""

    rows: tuple[bytes, ...]
    left: int
    advance: float


@dataclass(frozen=True, slots=True)
class Style:
    """One size and weight. A line is `height` points high."""

    height: int
    letters: dict[str, Letter]
    kerning: dict[str, float]

    def has(self, words: str) -> bool:
        """Whether each letter of it can be drawn."""
        return set(words) <= self.letters.keys()

    def pens(self, words: str) -> list[float]:
        """Where each letter begins, and at last where the words end."""
        places = [0.0]
        for one, two in pairwise(f"{words} "):
            places.append(places[-1] + self.letters[one].advance + self.kerning.get(one + two, 0))
        return places

    def wrapped(self, words: str, width: int) -> list[str]:
        """In lines that are no wider; what is too long without a space is parted anywhere."""
        lines = [""]
        for word in words.split():
            together = f"{lines[-1]} {word}".lstrip()
            if self.pens(together)[-1] <= width:
                lines[-1] = together
            else:
                lines += self._parts(word, width)
        return [line for line in lines if line]

    def _parts(self, word: str, width: int) -> list[str]:
        parts = [""]
        for letter in word:
            if self.pens(parts[-1] + letter)[-1] > width:
                parts.append("")
            parts[-1] += letter
        return parts


@cache
def style(name: str) -> Style:
    """ "title", "long title", "day" or "text"."""
    told = json.loads(JSON.read_text("utf-8"))[name]
    rows = _strips()[told["top"] : told["top"] + told["height"]]
    letters = {
        letter: Letter(tuple(row[at : at + width] for row in rows), left, advance)
        for letter, (at, width, left, advance) in told["letters"].items()
    }
    return Style(told["height"], letters, told["kerning"])


@cache
def _strips() -> list[bytes]:
    return png.grey_rows(PNG.read_bytes())
