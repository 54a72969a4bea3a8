"""What one page hands to the next in a hidden field, so that nobody else can read or make it.

Encrypted and then authenticated, with keys derived from `LINK_KEYS`: a key stream of HMAC-SHA256
in counter mode (as in NIST SP 800-108), and an HMAC of all of it. Nothing is stored.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings

from webinars import times

NONCE_BYTES = 16
MAC_BYTES = BLOCK_BYTES = 32


class Broken(Exception):
    """It is not a seal of ours, or too old."""


def seal(said: dict[str, Any]) -> str:
    """As letters, digits, "-" and "_". `said` is what JSON can hold."""
    key, nonce = settings.LINK_KEYS[0], secrets.token_bytes(NONCE_BYTES)
    written = json.dumps([int(times.now().timestamp()), said], ensure_ascii=False).encode()
    hidden = nonce + _veiled(key, nonce, written)
    return urlsafe_b64encode(hidden + _mac(key, hidden)).decode()


def opened(text: str, *, lives: timedelta) -> dict[str, Any]:
    """What was sealed not longer ago than that. Raises `Broken`."""
    hidden, mac = _parts(text)
    keys = (key for key in settings.LINK_KEYS if hmac.compare_digest(mac, _mac(key, hidden)))
    key = next(keys, None)
    if key is None:
        raise Broken
    nonce, veiled = hidden[:NONCE_BYTES], hidden[NONCE_BYTES:]
    at, said = json.loads(_veiled(key, nonce, veiled))
    if times.now().timestamp() - at > lives.total_seconds():
        raise Broken
    return dict(said)


def _parts(text: str) -> tuple[bytes, bytes]:
    try:
        raw = urlsafe_b64decode(text.encode("ascii"))
    except (Error, UnicodeError):
        raise Broken from None
    return raw[:-MAC_BYTES], raw[-MAC_BYTES:]


def _veiled(key: str, nonce: bytes, octets: bytes) -> bytes:
    """Veiled twice, it is what it was."""
    own, blocks = _derived(key, "veil"), range(len(octets) // BLOCK_BYTES + 1)
    stream = b"".join(hmac.digest(own, nonce + _four(number), sha256) for number in blocks)
    return bytes(one ^ other for one, other in zip(octets, stream, strict=False))


def _four(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _mac(key: str, hidden: bytes) -> bytes:
    return hmac.digest(_derived(key, "mac"), hidden, sha256)


def _derived(key: str, use: str) -> bytes:
    return hmac.digest(key.encode(), f"seal:{use}".encode(), sha256)
