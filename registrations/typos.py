"""Addresses that were probably mistyped: gmial.com. Offered as a choice, never mended unasked.

Pure: the answer follows from what was typed and from the table here, and knows no registrations.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

# Where most people here have their mailbox. Reviewed: what is one slip away from one of these,
# and neither among them nor among the `REAL`, is hardly anybody's.
WELL_KNOWN = (
    *("gmail.com", "googlemail.com", "hotmail.com", "hotmail.es", "outlook.com", "outlook.es"),
    *("yahoo.com", "yahoo.es", "yahoo.com.mx", "yahoo.ca", "rocketmail.com"),
    *("icloud.com", "me.com", "mac.com", "live.com", "live.com.mx", "msn.com", "aol.com"),
    *("comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net"),
    *("charter.net", "spectrum.net", "optonline.net", "earthlink.net", "windstream.net"),
    *("frontier.com", "centurylink.net", "prodigy.net.mx", "aim.com"),
    *("proton.me", "protonmail.com", "fastmail.com", "mail.com", "gmx.com", "gmx.net"),
)
# Real ones that look like a slip in one of the above.
REAL = {"ymail.com", "email.com", "cloud.com"}
LONG = 5  # letters: shorter names have too many real neighbours
SLIPPING = {"com", "net"}  # every two letters end some country's addresses


class Offer(NamedTuple):
    """Two addresses to choose from."""

    typed: str
    meant: str


def offer(email: str) -> Offer | None:
    """What to ask of an address whose domain was probably mistyped; None for others."""
    local, at, domain = email.rpartition("@")
    meant = _meant(domain.casefold())
    return Offer(email, f"{local}{at}{meant}") if meant else None


@lru_cache(maxsize=1024)
def _meant(typed: str) -> str:
    """The domain of which it is one slip; empty where it is of none, or of several."""
    if typed in WELL_KNOWN or typed in REAL:
        return ""
    found = [known for known in WELL_KNOWN if _is_slip(typed, known)]
    return found[0] if len(found) == 1 else ""


def _is_slip(typed: str, known: str) -> bool:
    """In the name, where it is long, or in the ending, where that is no country's."""
    name, _dot, ending = known.partition(".")
    typed_name, _dot, typed_ending = typed.partition(".")
    if typed_ending == ending:
        return len(name) >= LONG and is_one_slip(typed_name, name)
    may_be_short = len(name) >= LONG or len(typed_ending) >= len(ending)
    is_same_name = typed_name == name and ending in SLIPPING
    return is_same_name and may_be_short and is_one_slip(typed_ending, ending)


def is_one_slip(typed: str, word: str) -> bool:
    """One sign more, less or other, or two neighbours changed (Damerau-Levenshtein distance 1)."""
    same = 0
    while typed[same : same + 1] == word[same : same + 1] != "":
        same += 1
    a, b = typed[same:], word[same:]
    is_swapped = a[:2] == b[1::-1] and a[2:] == b[2:]
    return a != b and (is_swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:])
