"""Private links. One token per registration and purpose, the same in every email.

A token is base62 of the registration's uuid and a 128-bit HMAC of (purpose, uuid, epoch) under a
key that lives outside the database: a stolen dump holds nothing that opens a link, and there is
nothing to look up or to expire. `LINK_KEYS` lists the keys, newest first; raising a purpose's
epoch revokes that purpose's link alone (and STOP and ADDRESS with MANAGE).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from uuid import UUID

from django.conf import settings
from django.http import Http404

from registrations.models import Registration

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MAC_BYTES = 16
LENGTH = 43  # base62 digits that hold 32 bytes
PAIRS = [first + second for first in DIGITS for second in DIGITS]


class Purpose(StrEnum):
    """What a link is for; a link of one purpose opens nothing of another."""

    MANAGE = "manage"
    JOIN = "join"
    STOP = "stop"  # the reminders, and nothing else
    ADDRESS = "address"  # that the new one is theirs


def token(registration: Registration, purpose: Purpose, about: str = "") -> str:
    """The path segment of this registration's link: 43 letters and digits.

    `about`: what else it is bound to.
    """
    mac = _mac(settings.LINK_KEYS[0], registration, purpose, about)
    return _encode(registration.uuid.bytes + mac)


def resolve(
    text: str, purpose: Purpose, about: Callable[[Registration], str] = lambda _found: ""
) -> Registration:
    """The registration whose link of this purpose it is. Raises `Http404` for anything else."""
    raw = _decode(text)
    found = Registration.objects.select_related("webinar").filter(uuid=UUID(bytes=raw[:16])).first()
    if found is None or not _is_ours(raw[16:], found, purpose, about(found)):
        raise Http404
    return found


def _is_ours(mac: bytes, registration: Registration, purpose: Purpose, about: str) -> bool:
    return any(
        hmac.compare_digest(mac, _mac(key, registration, purpose, about))
        for key in settings.LINK_KEYS
    )


def _mac(key: str, registration: Registration, purpose: Purpose, about: str) -> bytes:
    is_join = purpose is Purpose.JOIN
    epoch = registration.join_epoch if is_join else registration.manage_epoch
    mac = _keyed(key).copy()
    mac.update(f"{purpose}:{registration.uuid.hex}:{epoch}{about}".encode())
    return mac.digest()[:MAC_BYTES]


@cache
def _keyed(key: str) -> hmac.HMAC:
    """Half of the work, which is the same for every link."""
    return hmac.new(key.encode(), None, "sha256")


def _encode(raw: bytes) -> str:
    """Four digits at a time: nobody waits for a link, but a wave has two in every email."""
    number, text = int.from_bytes(raw, "big"), ""
    for _place in range(LENGTH // 4):
        number, four = divmod(number, 62**4)
        text = PAIRS[four // 62**2] + PAIRS[four % 62**2] + text
    return DIGITS[number // 62**2] + PAIRS[number % 62**2] + text


def _decode(text: str) -> bytes:
    if len(text) != LENGTH or not (text.isascii() and text.isalnum()):
        raise Http404
    number = 0
    for digit in text:
        number = number * 62 + DIGITS.index(digit)
    try:
        return number.to_bytes(32, "big")
    except OverflowError:
        raise Http404 from None
