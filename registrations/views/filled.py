"""Pages that a crowd gets, different in a few words: rendered once, and filled in for each.

What is kept of them names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from secrets import token_hex

from django.utils.html import conditional_escape

from registrations.views.keeping import remembered

# Stands in a page where a word of somebody's comes; nobody could have typed it.
MARK = f"{token_hex(16)}:{{}};"
MARKS = re.compile(MARK.format(r"(\w+)"))


def filled(key: str, make: Callable[[Mapping[str, str]], str], words: Mapping[str, str]) -> str:
    """What `make(words)` would give, whose template prints them and asks nothing of them.

    `key` stands for all else that it depends on.
    """
    pieces = list(remembered(f"filled:{key}", partial(_pieces, make, list(words))))
    pieces[1::2] = [conditional_escape(words[name]) for name in pieces[1::2]]
    return "".join(pieces)


def _pieces(make: Callable[[Mapping[str, str]], str], names: list[str]) -> list[str]:
    """The page's texts, and between each two of them the name of a word."""
    return MARKS.split(make({name: MARK.format(name) for name in names}))
