"""Addresses whose owners said no: to being signed up, or to helping somebody join.

Nobody signs up the first ones for that webinar again, and nobody has any of them asked to help.
Kept as keyed digests only: who asked to be forgotten is not remembered by their address.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import new

from django.conf import settings

from registrations.models import Refusal
from webinars import times
from webinars.models import Webinar

SIGN_UP, CARE = "refusal", "refusal to help"


def note(webinar: Webinar, address: str, *, what: str = SIGN_UP) -> None:
    """From now on refuse this address, as `address_key` gives it, for this webinar."""
    digest = _digest(settings.LINK_KEYS[0], webinar, address, what)
    Refusal.objects.get_or_create(webinar=webinar, digest=digest, defaults={"at": times.now()})


def is_refused(webinar: Webinar, address: str, *, what: str = SIGN_UP) -> bool:
    """One query, whatever the answer."""
    known = digests(webinar, address, what=what)
    return Refusal.objects.filter(webinar=webinar, digest__in=known).exists()


def digests(webinar: Webinar, address: str, *, what: str = SIGN_UP) -> list[str]:
    """By which it would be kept. Who refused to be signed up does not want to help either."""
    return [
        _digest(key, webinar, address, kind)
        for key in settings.LINK_KEYS
        for kind in {SIGN_UP, what}
    ]


def _digest(key: str, webinar: Webinar, address: str, what: str) -> str:
    return new(key.encode(), f"{what}:{webinar.pk}:{address}".encode(), sha256).hexdigest()
