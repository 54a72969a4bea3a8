"""A delivery -> what its templates may say. No words of our own here, and nothing of the topic.

A sensitive webinar's title, summary, description and speakers are in no context, so no template
can name them. Personal are only: the first name and the three links.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from notifications import planning
from notifications.emails.countdown import countdown
from notifications.emails.render import one_line
from notifications.emails.told import ever_told, last_told, old_and_news
from notifications.models import Delivery, Purpose, ReminderRule
from registrations import links
from registrations.models import Registration
from webinars import times
from webinars.models import Revision, Webinar
from webinars.scheduling import RULES_CHANGED

Facts = dict[str, object]

# A phone number would lead into a session that does not take place, or not for this person.
NOTHING_TO_JOIN: Facts = {"length": "", "dial_in": ""}
NO_LINKS: Facts = {"join_url": "", "manage_url": "", "calendar_url": ""}


@dataclass(frozen=True, slots=True)
class When:
    """One start in words: for the reader's clock, then for the zones of the announcement.

    `day` and `time` are the reader's, `here` is both in one line, `elsewhere` a line per other
    zone (each with its date where any differs), `whole` the long form of all of them.
    """

    day: str
    time: str
    here: str
    elsewhere: list[str]
    whole: str


def facts(delivery: Delivery, revision: Revision, *, now: datetime) -> Facts:
    """Everything that the purpose's templates know, in the active language.

    Raises `NotApplicable` when there is nothing (new) to tell, and `TooEarly`.
    """
    registration, webinar = delivery.registration, delivery.registration.webinar
    common: Facts = {
        "language": registration.language,
        "organisation": settings.ORGANISATION_NAME,
        "first_name": one_line(registration.first_name),
        "title": webinar.discreet_title,
        "when": when(webinar.starts_at, registration),
        "length": times.until(webinar.ends_at, webinar.starts_at, registration.language),
        "opens_before": times.until(webinar.starts_at, webinar.opens_at, registration.language),
        "dial_in": webinar.dial_in,
        "help_line": webinar.help_line,
        "join_url": links.join_url(registration),
        "manage_url": links.manage_url(registration),
        "calendar_url": links.calendar_url(registration),
    }
    return common | MORE[Purpose(delivery.purpose)](delivery, revision, now)


def when(starts_at: datetime, registration: Registration) -> When:
    """The start as the reader's clocks show it, and then as the announcement named it."""
    language, webinar = registration.language, registration.webinar
    zones = [registration.time_zone, *webinar.display_zones]
    first, *rest = times.faces(starts_at, zones, language)
    is_one_day = all(face.day == first.day for face in rest)
    return When(
        day=first.day,
        time=first.words,
        here=times.long_form(starts_at, [first.zone], language),
        elsewhere=[
            face.words if is_one_day else times.long_form(starts_at, [face.zone], language)
            for face in rest
        ],
        whole=times.long_form(starts_at, zones, language),
    )


def _confirmation(delivery: Delivery, revision: Revision, now: datetime) -> Facts:
    return {"reminders": _reminders_to_come(delivery.registration, now)}


def _reminders_to_come(registration: Registration, now: datetime) -> str:
    """How long before the start: "7 days, 1 day, 1 hour and 10 minutes"; empty when none is."""
    webinar = registration.webinar
    rules = webinar.reminder_rules.filter(is_enabled=True, retired_at=None)
    due = sorted({planning.due(rule, webinar, _clock(rule, registration)) for rule in rules})
    return get_text_list(
        [
            times.until(webinar.starts_at, each, registration.language)
            for each in due
            if now < each < webinar.starts_at
        ],
        _("and"),
    )


def _clock(rule: ReminderRule, registration: Registration) -> str:
    return registration.time_zone if rule.is_on_attendees_clocks else ""


def _reminder(delivery: Delivery, revision: Revision, now: datetime) -> Facts:
    registration, webinar = delivery.registration, delivery.registration.webinar
    rule = delivery.wave.rule if delivery.wave else None
    return {
        "own_subject": rule.subject if rule else "",
        "own_text": rule.text if rule else "",
        "countdown": countdown(
            webinar.starts_at,
            now=now,
            title=webinar.discreet_title,
            zone=registration.time_zone,
            language=registration.language,
        ),
    }


def _moved(delivery: Delivery, revision: Revision, now: datetime) -> Facts:
    old, news = old_and_news(delivery, revision)
    registration = delivery.registration
    has_moved = old.starts_at != revision.starts_at
    # What was told by the old rules of a zone is not what the new ones make of that instant.
    is_retimed = has_moved and old.has_the_wall_clock_of(revision)
    return {
        "old": when(old.starts_at, registration) if has_moved and not is_retimed else None,
        "stays_at": _on_the_webinars_clock(revision, registration) if is_retimed else "",
        "news": news,
        "reason": "" if is_retimed and _is_of_the_rules(revision) else _reason(revision),
    }


def _on_the_webinars_clock(revision: Revision, registration: Registration) -> str:
    """ "4:00 pm British Columbia Time (MST)"."""
    zones = [revision.time_zone]
    return times.faces(revision.starts_at, zones, registration.language)[0].words


def _reason(revision: Revision) -> str:
    """As the organizer gave it; our own is translated."""
    return _(RULES_CHANGED) if _is_of_the_rules(revision) else revision.reason


def _is_of_the_rules(revision: Revision) -> bool:
    return revision.reason == RULES_CHANGED


def _cancelled(delivery: Delivery, revision: Revision, now: datetime) -> Facts:
    """When it would have been: as this person knows it, if a move did not reach them any more."""
    known = last_told(delivery)
    if known is None or known.has_the_wall_clock_of(revision):
        known = revision
    return {
        **NOTHING_TO_JOIN,
        "when": when(known.starts_at, delivery.registration),
        "reason": _reason(revision),
    }


def _registration_cancelled(delivery: Delivery, revision: Revision, now: datetime) -> Facts:
    registration = delivery.registration
    page_url = links.page_url(registration.webinar, registration.language)
    return {**NOTHING_TO_JOIN, "page_url": page_url, "is_removed": registration.is_removed}


def _address_changed(delivery: Delivery, revision: Revision, now: datetime) -> Facts:
    """For whoever reads the mailbox now left, perhaps a stranger: no link of the person's."""
    known, registration = ever_told(delivery), delivery.registration
    if known.has_the_wall_clock_of(revision):
        known = revision
    is_on = registration.webinar.state == Webinar.State.PUBLISHED
    return {
        **NOTHING_TO_JOIN,
        **NO_LINKS,
        "when": when(known.starts_at, registration),
        "is_kept": registration.is_active and is_on,
        "is_used_again": delivery.address == registration.address,
    }


def _nothing_more(delivery: Delivery, revision: Revision, now: datetime) -> Facts:
    return {}


MORE: dict[Purpose, Callable[[Delivery, Revision, datetime], Facts]] = {
    Purpose.CONFIRMATION: _confirmation,
    Purpose.ALREADY_REGISTERED: _nothing_more,
    Purpose.REMINDER: _reminder,
    Purpose.MOVED: _moved,
    Purpose.CANCELLED: _cancelled,
    Purpose.REGISTRATION_CANCELLED: _registration_cancelled,
    Purpose.ADDRESS_CHANGED: _address_changed,
}
