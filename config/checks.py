"""System checks: a wrong deployment is refused at start, with a sentence that says what to do.

Django runs them for `manage.py` only; the site and Celery's processes ask here for themselves.
"""

import sys
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from celery.signals import beat_init, worker_init
from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks

from config import colours, look
from webinars import times

MINIMUM_KEY = 32


def refuse_wrong_deployment(**kwargs: Any) -> None:
    """End this process with what is wrong. (Celery swallows exceptions here, but not an exit.)"""
    if serious := [message for message in run_checks() if message.is_serious()]:
        sys.exit("\n".join(map(str, serious)))


for begins in (worker_init, beat_init):
    begins.connect(refuse_wrong_deployment)


@register
def zone_data_agrees(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """pytz, tzdata and zoneinfo must read the same release, or two mails name two hours."""
    return [Error(problem, id="webinars.E001") for problem in times.zone_data_problems()]


@register
def link_keys_are_strong(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Private links are only as secret as these keys."""
    if settings.LINK_KEYS and all(len(key) >= MINIMUM_KEY for key in settings.LINK_KEYS):
        return []
    hint = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
    return [
        Error(
            f"LINK_KEYS needs at least one key of {MINIMUM_KEY} characters.",
            hint=hint,
            id="webinars.E002",
        )
    ]


@register
def site_url_is_whole(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every email's links begin with SITE_URL."""
    if settings.SITE_HOST and settings.SITE_URL.startswith(("http://", "https://")):
        return []
    return [
        Error(
            "SITE_URL must be a whole address, such as https://webinars.example.org.",
            id="webinars.E003",
        )
    ]


@register
def no_password_in_clear_text(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Whoever reads the relay's password on its way sends mail in our name."""
    is_secured = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if is_secured or not settings.EMAIL_HOST_USER or _is_this_host(settings.EMAIL_HOST):
        return []
    return [
        Error(
            "EMAIL_URL would send its password unencrypted.",
            hint="Write smtp+tls:// (port 587) or smtp+ssl:// (port 465), or leave the login out.",
            id="webinars.E004",
        )
    ]


@register
def accent_can_be_read(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Links are written in it, and buttons in white on it. Its shades for the dark are made so."""
    colour = settings.ACCENT_COLOUR
    if not colour or (colours.is_colour(colour) and colours.is_readable(colour)):
        return []
    if not colours.is_colour(colour):
        problem = f"ACCENT_COLOUR must be # and six digits, such as #0a5a66, not {colour}."
        return [Error(problem, id="webinars.E005")]
    ratio = colours.contrast(colour, colours.LIGHT_GROUND)
    return [
        Error(
            f"ACCENT_COLOUR {colour} is too pale to read: {ratio:.1f}:1 against the pages' ground, "
            f"and {colours.READABLE}:1 is needed.",
            hint=f"Choose a darker one. {colours.readable(colour)} is the nearest.",
            id="webinars.E006",
        )
    ]


@register
def logo_is_there(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every page shows it."""
    problem = look.logo_problem()
    return [Error(problem, id="webinars.E007")] if problem else []


def _is_this_host(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
