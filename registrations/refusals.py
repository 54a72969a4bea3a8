"""Addresses whose owners said "this was not me": nobody signs them up for that webinar again.

Kept as keyed digests only: who asked to be forgotten is not remembered by their address.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import new

from django.conf import settings

from registrations.models import Refusal
from webinars import times
from webinars.models import Webinar


def note(webinar: Webinar, address: str) -> None:
    """From now on refuse this address, as `address_key` gives it, for this webinar."""
    digest = _digest(settings.LINK_KEYS[0], webinar, address)
    Refusal.objects.get_or_create(webinar=webinar, digest=digest, defaults={"at": times.now()})


def is_refused(webinar: Webinar, address: str) -> bool:
    """One query, whatever the answer."""
    digests = [_digest(key, webinar, address) for key in settings.LINK_KEYS]
    return Refusal.objects.filter(webinar=webinar, digest__in=digests).exists()


def _digest(key: str, webinar: Webinar, address: str) -> str:
    return new(key.encode(), f"refusal:{webinar.pk}:{address}".encode(), sha256).hexdigest()
