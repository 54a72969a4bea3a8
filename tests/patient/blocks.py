"""What somebody reads, block by block: a heading, a paragraph, an item, a label, an error.

Left out is what is no prose of ours: addresses, the list of zones, times apart from a sentence,
words in another language, what is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import NamedTuple

INLINE = frozenset({"a", "abbr", "b", "em", "i", "small", "span", "strong", "time"})
UNREAD = frozenset({"head", "noscript", "script", "select", "style", "svg"})
VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
# What screen readers say, or our script shows later.
SPOKEN = ("aria-label", "data-found", "data-many", "data-none", "data-chosen")
ADDRESS = re.compile(r"\S+(?:://|@)\S+")
# A line that only tells a time ends in the zone's letters, perhaps with "your time" after them.
TIME = re.compile(r".*\d.*\((?:[A-Z]{2,5}|UTC[^)]*)\)(?:,? (?:your time|su hora local))?")


def of_html(html: str, language: str) -> list[str]:
    """The blocks of a page, in its order."""
    reader = _Blocks(language)
    reader.feed(html)
    reader.close()
    reader.end_block()
    return _tidy(reader.blocks)


def of_text(text: str) -> list[str]:
    """The lines of an email: none of its sentences is broken."""
    return _tidy(line.removeprefix("- ") for line in text.splitlines())


def _tidy(blocks: Iterable[str]) -> list[str]:
    words = (" ".join(ADDRESS.sub("", block).split()) for block in blocks)
    return [block for block in words if block and not TIME.fullmatch(block)]


class Element(NamedTuple):
    """One that is open, and what it means for the words in it."""

    tag: str
    language: str
    is_read: bool = True
    is_hidden: bool = False
    is_block: bool = True


class _Blocks(HTMLParser):
    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.blocks: list[str] = []
        self.block = ""
        self.open: list[Element] = []

    @property
    def is_read(self) -> bool:
        return bool(self.open) and self.open[-1].is_read

    def end_block(self) -> None:
        self.blocks.append(self.block)
        self.block = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        around = self.open[-1] if self.open else Element("", self.language)
        language = said.get("lang", around.language)
        is_block = tag not in INLINE or (tag == "a" and self._is_sentence_over())
        if is_block:
            self.end_block()
        if tag not in VOID:
            is_hidden = around.is_hidden or tag in UNREAD
            is_read = language == self.language and not is_hidden
            self.open.append(Element(tag, language, is_read, is_hidden, is_block))
        if self.is_read:
            self.blocks += [said[name] for name in SPOKEN if name in said]

    def _is_sentence_over(self) -> bool:
        return self.block.rstrip()[-1:] in {"", ".", "?", ":"}

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1].tag != tag:  # such as an option, which needs no end
            self.open.pop()
        if self.open and self.open.pop().is_block:
            self.end_block()

    def handle_data(self, data: str) -> None:
        if self.is_read:
            self.block += data
