"""What follows from new rules for the clocks: starts derived again, organizers alerted.

The sweep does it each minute: which webinars were timed by older rules stands in their rows, so
there is nothing to remember, and a crash half-way leaves the rest to the next minute. Whom a move
is told, and when, is `planning`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError
from django.urls import reverse

from notifications import planning, restoring
from notifications.alarms import alarm
from webinars import scheduling, times
from webinars.models import ZONE_RELEASE, Webinar
from webinars.scheduling import Retiming

log = logging.getLogger(__name__)

Clock = Webinar.Clock


def retime() -> list[Retiming]:
    """Follow the rules of this process' zone data, wherever older ones were followed so far.

    Safe to run any number of times, anywhere, at once. Returns what this call did.
    """
    if scheduling.is_outdated():
        log.warning("webinars were timed by newer zone rules: install newer zone data here")
    done = [found for webinar in scheduling.timed_by_older_rules() if (found := _follow(webinar))]
    alert_organizers()
    return done


def _follow(webinar: Webinar) -> Retiming | None:
    """One that fails stops no other."""
    try:
        found = scheduling.retime(webinar)
    except DatabaseError:
        raise
    except Exception as error:
        alarm(f"Webinar {webinar.pk} could not follow new zone rules ({type(error).__name__}).")
        return None
    if found is None:
        return None
    # Attendees' zones may have new rules too, whether the start moves or not.
    planning.retime_waves(found.webinar)
    if found.moves:
        log.warning("webinar %s moved: the rules of its zone changed", webinar.pk)
    elif found.problem:
        log.error("webinar %s lost its wall clock and keeps its start", webinar.pk)
    return found


def alert_organizers() -> int:
    """Tell each organizer, and the operators, once of a published webinar that lost its time."""
    if restoring.is_held():
        return 0
    lost = Webinar.objects.published().upcoming().filter(clock_state=Clock.LOST)
    return sum(_alert(webinar) for webinar in lost.filter(zone_release=ZONE_RELEASE))


def _alert(webinar: Webinar) -> bool:
    """At most once: a process that dies in between leaves the log and the admin to say it."""
    if not _turn(webinar, Clock.LOST, Clock.ALERTED):
        return False
    try:
        _message(webinar).send()
    except (OSError, SMTPException) as error:
        log.error("webinar %s: no alert could be mailed: %s", webinar.pk, type(error).__name__)
        _turn(webinar, Clock.ALERTED, Clock.LOST)
        return False
    return True


def _turn(webinar: Webinar, before: Clock, after: Clock) -> bool:
    same = Webinar.objects.filter(pk=webinar.pk, clock_state=before)
    return bool(same.update(clock_state=after))


def _message(webinar: Webinar) -> EmailMessage:
    return EmailMessage(
        subject=f"Please choose a time: {webinar.discreet_title}",
        body="\n\n".join(_paragraphs(webinar)) + "\n",
        to=[webinar.organizer_email],
        bcc=[address for _name, address in settings.ADMINS],
    )


def _paragraphs(webinar: Webinar) -> Iterator[str]:
    path = reverse("admin:webinars_webinar_change", args=[webinar.pk])
    zones = [webinar.time_zone, *webinar.display_zones]
    yield f"The rules of a time zone have changed. {scheduling.retiming(webinar).problem}"
    yield (
        f"“{webinar.discreet_title}” keeps the start that people were told. "
        f"By the new rules that is:\n{times.long_form(webinar.starts_at, zones, 'en')}"
    )
    yield (
        "If that is not what you want, reschedule it. Everybody registered is told then:\n"
        f"{settings.SITE_URL}{path}"
    )
