"""The calendar title that a webinar has until its organizer chooses another. No models here.

It is apart from them because patients read it: the catalog is gathered from modules like this one.
"""

from django.utils.translation import gettext, gettext_noop

NEUTRAL = gettext_noop("Online session")


def spoken(calendar_title: str) -> str:
    """In the active language if it is the neutral one; an organizer's own words as they are."""
    return gettext(NEUTRAL) if calendar_title == NEUTRAL else calendar_title
