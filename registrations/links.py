"""The absolute addresses that leave the site: in emails, invites and calendars.

Built from SITE_URL, never from a request's Host header. What stands behind them is `views`.
"""

from functools import cache

from django.conf import settings
from django.urls import get_script_prefix, reverse
from django.utils.http import urlencode

from registrations.models import Registration
from registrations.tokens import Purpose, token
from webinars.ics import Attendee
from webinars.models import Webinar

# Stands where a token will stand, or a webinar's code.
PLACE = "-place-"


def manage_url(registration: Registration) -> str:
    """Where this person sees, changes and cancels. Not for calendars: they are shared."""
    return manage_link(token(registration, Purpose.MANAGE), registration.language)


def join_url(registration: Registration) -> str:
    """The link that never changes and leads into the session."""
    return join_link(token(registration, Purpose.JOIN), registration.language)


def calendar_url(registration: Registration) -> str:
    """The download of this person's calendar entry, by the join link's token."""
    return calendar_link(token(registration, Purpose.JOIN), registration.language)


def manage_link(token: str, language: str) -> str:
    """`manage_url` of whoever has this token."""
    return _private("manage", token, language)


def not_me_link(token: str, language: str) -> str:
    """Where whoever has this token of the private link says that it was not they."""
    return _private("manage_not_me", token, language)


def answer_link(token: str, language: str) -> str:
    """Where whoever has this token of the private link says whether they want to help."""
    return _private("carer_answer", token, language)


def stop_link(token: str, language: str) -> str:
    """Where whoever has this token stops the reminders, and nothing else; one-click, too."""
    return _private("stop_reminders", token, language)


def proof_link(token: str, language: str) -> str:
    """Where whoever has this token says that the new address is theirs."""
    return _private("prove_address", token, language)


def join_link(token: str, language: str) -> str:
    """`join_url` of whoever has this token."""
    return _private("join", token, language)


def calendar_link(token: str, language: str) -> str:
    """`calendar_url` of whoever has this token of the join link."""
    return _private("join_calendar", token, language)


def page_url(webinar: Webinar, language: str = "") -> str:
    """The public page, which speaks the webinar's own language unless another is asked for."""
    return f"{settings.SITE_URL}{_path('webinar', webinar.code)}" + (
        f"?language={language}" if language not in ("", webinar.language) else ""
    )


def with_source(url: str, source: str) -> str:
    """The address of a public page with the name that registrations from there are kept with."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'utm_source': source})}"


def home_url(language: str = "") -> str:
    """The list of what is coming."""
    query = f"?language={language}" if language not in ("", settings.LANGUAGE_CODE) else ""
    return f"{settings.SITE_URL}{reverse('home')}{query}"


def announcement_path(name: str, *args: str, **query: str) -> str:
    """A form of the announcement on our own site, by the name of its path."""
    asked = urlencode({key: value for key, value in query.items() if value})
    return reverse(name, args=args) + (f"?{asked}" if asked else "")


def announcement_url(name: str, *args: str, **query: str) -> str:
    """The same for other sites."""
    return f"{settings.SITE_URL}{announcement_path(name, *args, **query)}"


def picture_url(webinar: Webinar, language: str) -> str:
    """The picture for shared links. Whoever keeps it asks anew once it may have changed."""
    asked = "" if language == webinar.language else f"language={language}&"
    version = int(webinar.changed_at.timestamp())
    return f"{settings.SITE_URL}{_path('webinar_picture', webinar.code)}?{asked}v={version}"


def site_url(name: str, language: str) -> str:
    """A public page of no webinar, by the name of its path."""
    query = "" if language == settings.LANGUAGE_CODE else f"?language={language}"
    return f"{settings.SITE_URL}{reverse(name)}{query}"


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
        shows_title=registration.shows_title,
        is_carer=registration.is_carer,
    )


def _private(name: str, token: str, language: str) -> str:
    query = "" if language == settings.LANGUAGE_CODE else f"?language={language}"
    return f"{settings.SITE_URL}{_path(name, token)}{query}"


def _path(name: str, value: str) -> str:
    """What `reverse` gives for letters and digits, in a twentieth of its time."""
    before, after = _around(name, get_script_prefix())
    return f"{before}{value}{after}"


@cache
def _around(name: str, script_prefix: str) -> tuple[str, str]:
    """The path before and after its one argument; `reverse` itself reads the script's prefix."""
    before, _place, after = reverse(name, args=[PLACE]).rpartition(PLACE)
    return before, after
