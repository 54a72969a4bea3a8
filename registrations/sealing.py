"""What one page hands to the next in a hidden field, so that nobody else can read or make it.

AES-GCM (a time, a nonce, and what is said), with keys derived from `LINK_KEYS`. Nothing is stored.
"""

from __future__ import annotations

import hmac
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from webinars import times

TIME_BYTES, NONCE_BYTES = 8, 12


class Broken(Exception):
    """It is not a seal of ours, or too old."""


def seal(said: dict[str, Any]) -> str:
    """As letters, digits, "-", "_" and "=". `said` is what JSON can hold."""
    written = json.dumps(said, ensure_ascii=False).encode()
    at, nonce = _now().to_bytes(TIME_BYTES), os.urandom(NONCE_BYTES)
    sealed = _keys(tuple(settings.LINK_KEYS))[0].encrypt(nonce, written, at)
    return urlsafe_b64encode(at + nonce + sealed).decode()


def opened(text: str, *, lives: timedelta) -> dict[str, Any]:
    """What was sealed not longer ago than that. Raises `Broken`."""
    try:
        octets = urlsafe_b64decode(text)
    except ValueError:
        raise Broken from None
    at, octets = octets[:TIME_BYTES], octets[TIME_BYTES:]
    written = _written(octets[:NONCE_BYTES], octets[NONCE_BYTES:], at)
    if _now() - int.from_bytes(at) > lives.total_seconds():
        raise Broken
    return dict(json.loads(written))


def _written(nonce: bytes, sealed: bytes, at: bytes) -> bytes:
    """The newest key seals; any opens."""
    for key in _keys(tuple(settings.LINK_KEYS)):
        try:
            return key.decrypt(nonce, sealed, at)
        except (InvalidTag, ValueError):
            continue
    raise Broken


@lru_cache(maxsize=4)
def _keys(secrets: tuple[str, ...]) -> list[AESGCM]:
    return [AESGCM(hmac.digest(secret.encode(), b"seal", sha256)) for secret in secrets]


def _now() -> int:
    return int(times.now().timestamp())
