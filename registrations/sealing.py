"""What one page hands to the next in a hidden field, so that nobody else can read or make it.

Fernet (AES and an HMAC), with keys derived from `LINK_KEYS`. Nothing is stored.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from webinars import times


class Broken(Exception):
    """It is not a seal of ours, or too old."""


def seal(said: dict[str, Any]) -> str:
    """As letters, digits, "-", "_" and "=". `said` is what JSON can hold."""
    written = json.dumps(said, ensure_ascii=False).encode()
    return _seals(tuple(settings.LINK_KEYS)).encrypt_at_time(written, _now()).decode()


def opened(text: str, *, lives: timedelta) -> dict[str, Any]:
    """What was sealed not longer ago than that. Raises `Broken`."""
    seals = _seals(tuple(settings.LINK_KEYS))
    try:
        written = seals.decrypt_at_time(text.encode(), int(lives.total_seconds()), _now())
    except (InvalidToken, UnicodeError):
        raise Broken from None
    return dict(json.loads(written))


@lru_cache(maxsize=4)
def _seals(keys: tuple[str, ...]) -> MultiFernet:
    """The first seals; any opens."""
    derived = (hmac.digest(key.encode(), b"seal", sha256) for key in keys)
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])


def _now() -> int:
    return int(times.now().timestamp())
