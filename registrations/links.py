"""The absolute addresses that leave the site: in emails, invites and calendars.

Built from SITE_URL, never from a request's Host header. What stands behind them is `views`.
"""

from django.conf import settings
from django.urls import reverse

from registrations.models import Registration
from registrations.tokens import Purpose, token
from webinars.ics import Attendee
from webinars.models import Webinar


def manage_url(registration: Registration) -> str:
    """Where this person sees, changes and cancels. Not for calendars: they are shared."""
    path = reverse("manage", args=[token(registration, Purpose.MANAGE)])
    return _absolute(path, registration.language)


def join_url(registration: Registration) -> str:
    """The link that never changes and leads into the session."""
    path = reverse("join", args=[token(registration, Purpose.JOIN)])
    return _absolute(path, registration.language)


def calendar_url(registration: Registration) -> str:
    """The download of this person's calendar entry, by the join link's token."""
    path = reverse("join_calendar", args=[token(registration, Purpose.JOIN)])
    return _absolute(path, registration.language)


def page_url(webinar: Webinar, language: str = "") -> str:
    """The public page, which speaks the webinar's own language unless another is asked for."""
    path = reverse("webinar", args=[webinar.code])
    return f"{settings.SITE_URL}{path}" + (
        f"?language={language}" if language not in ("", webinar.language) else ""
    )


def feed_url(name: str, *args: str) -> str:
    """A public feed, by the name of its path."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def attendee(registration: Registration) -> Attendee:
    """This person as the calendar entries name them."""
    return Attendee(
        name=str(registration),
        email=registration.email,
        uid=registration.calendar_uid,
        sequence=registration.sequence,
        join_url=join_url(registration),
        time_zone=registration.time_zone,
        language=registration.language,
    )


def _absolute(path: str, language: str) -> str:
    query = "" if language == settings.LANGUAGE_CODE else f"?language={language}"
    return f"{settings.SITE_URL}{path}{query}"
