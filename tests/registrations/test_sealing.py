"""A sealed field: nobody reads it, nobody makes one, and it is good for a while."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from registrations.sealing import Broken, opened, seal
from tests.clock import Clock

SAID = {"email": "ada@example.com", "first_name": "Wilhelmina", "is_told": True}
LIVES = timedelta(minutes=15)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=80), max_size=4))
def test_what_was_sealed_comes_out_again(said: dict[str, str]) -> None:
    assert opened(seal(said), lives=LIVES) == said


def test_nothing_of_it_can_be_read_and_no_two_are_alike() -> None:
    one, other = seal(SAID), seal(SAID)
    assert one != other
    assert len(one) == len(other)
    for octets in (one.encode(), urlsafe_b64decode(one)):
        assert [word for word in (b"ada@", b"Wilhelmina", b"email") if word in octets[:-40]] == []


def test_a_change_anywhere_breaks_it() -> None:
    whole = urlsafe_b64decode(seal(SAID))
    for place in range(len(whole)):
        forged = bytearray(whole)
        forged[place] ^= 1
        with pytest.raises(Broken):
            opened(urlsafe_b64encode(bytes(forged)).decode(), lives=LIVES)


@pytest.mark.parametrize("text", ["", "a", "====", "ñ", "\x00", "AAAA" * 30, "a" * 44])
def test_nonsense_is_broken_too(text: str) -> None:
    with pytest.raises(Broken):
        opened(text, lives=LIVES)


def test_it_lives_as_long_as_is_asked(clock: Clock) -> None:
    sealed = seal(SAID)
    clock.forward(minutes=14, seconds=59)
    assert opened(sealed, lives=LIVES) == SAID
    clock.forward(seconds=2)
    with pytest.raises(Broken):
        opened(sealed, lives=LIVES)


def test_a_new_key_breaks_none_and_a_key_taken_away_breaks_its_own(settings: Settings) -> None:
    old = seal(SAID)
    settings.LINK_KEYS = ["a-new-key" * 5, *settings.LINK_KEYS]
    assert opened(old, lives=LIVES) == opened(seal(SAID), lives=LIVES) == SAID
    settings.LINK_KEYS = settings.LINK_KEYS[:1]
    with pytest.raises(Broken):
        opened(old, lives=LIVES)
