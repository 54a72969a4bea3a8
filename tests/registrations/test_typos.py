"""Addresses that are probably mistyped, and those that never are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrations.typos import REAL, WELL_KNOWN, Offer, is_one_slip, offer

# Real domains, each near to another one that is well known.
NEVER_MENDED = [
    *WELL_KNOWN, *REAL,
    "gmx.de", "gmx.at", "gmx.ch", "gmx.es", "web.de", "mail.ru", "mail.de",
    "hotmail.fr", "hotmail.de", "hotmail.it", "hotmail.co.uk", "hotmail.com.ar", "hotmail.ca",
    "yahoo.de", "yahoo.fr", "yahoo.it", "yahoo.in", "yahoo.cl", "yahoo.com.ar", "yahoo.com.br",
    "yahoo.co.uk", "yahoo.co.jp", "outlook.de", "outlook.fr", "outlook.com.br", "outlook.cl",
    "live.ca", "live.cl", "live.de", "live.nl", "live.co.uk", "love.com", "aol.de", "aol.co.uk",
    "att.com", "cox.com", "comcast.com", "verizon.com", "charter.com", "spectrum.com", "pm.me",
    "proton.com", "tuta.com", "hey.com", "duck.com", "zoho.com", "gail.de", "amil.com.br",
    "example.com", "example.org", "clinic.example", "localhost",
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.cmo", "gmail.com"),
        ("gmail.comm", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("GMIAL.COM", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmial.es", "hotmail.es"),
        ("hotmai.com", "hotmail.com"),
        ("yahooo.com", "yahoo.com"),
        ("yaho.com", "yahoo.com"),
        ("yahoo.cm", "yahoo.com"),
        ("yhaoo.com.mx", "yahoo.com.mx"),
        ("outlok.com", "outlook.com"),
        ("outllook.es", "outlook.es"),
        ("iclod.com", "icloud.com"),
        ("icloud.con", "icloud.com"),
        ("aol.con", "aol.com"),
        ("me.vom", "me.com"),
        ("comcats.net", "comcast.net"),
        ("verizon.met", "verizon.net"),
        ("sbcgloabl.net", "sbcglobal.net"),
    ],
)
def test_a_likely_slip_in_a_well_known_domain_is_offered_mended(typed: str, meant: str) -> None:
    assert offer(f"Ana.M+talk@{typed}") == Offer(f"Ana.M+talk@{typed}", f"Ana.M+talk@{meant}")


@pytest.mark.parametrize("domain", NEVER_MENDED)
def test_a_real_domain_is_never_mended(domain: str) -> None:
    assert offer(f"ana@{domain}") is None


@pytest.mark.parametrize(
    "domain", ["", "gmial.con", "gmial", "gmail.com.com", "aool.com", "ail.com"]
)
def test_more_than_one_slip_or_a_short_name_is_left_alone(domain: str) -> None:
    assert offer(f"ana@{domain}") is None


@given(st.text(min_size=1), st.sampled_from(WELL_KNOWN))
def test_what_stands_before_the_at_changes_nothing(local: str, domain: str) -> None:
    mistyped = f"{domain[0]}{domain[2]}{domain[1]}{domain[3:]}"
    found, plain = offer(f"{local}@{mistyped}"), offer(f"ana@{mistyped}")
    assert (found and found.meant.rpartition("@")[2]) == (plain and plain.meant[len("ana@") :])
    assert found is None or found.meant.startswith(f"{local}@")


def distance(a: str, b: str) -> int:
    """Damerau-Levenshtein, by its textbook (optimal string alignment)."""
    rows = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = int(a[i - 1] != b[j - 1])
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


few_letters = st.text("abc", max_size=6)


@given(few_letters, few_letters)
def test_one_slip_is_a_distance_of_one(a: str, b: str) -> None:
    assert is_one_slip(a, b) == (distance(a, b) == 1)
