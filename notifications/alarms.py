"""What an operator must hear of, in the log and by email.

Not through the outbox: it may be what is in trouble. What counts as trouble is `troubles`.
"""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from threading import Lock
from time import monotonic

from django.conf import settings
from django.core.mail import mail_admins
from django.db import DatabaseError
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from notifications import heartbeats
from notifications.models import Alarm

log = logging.getLogger(__name__)

SUBJECT = "Patient Webinars: something needs you"
EVERY = timedelta(minutes=15)
TRY_AGAIN = timedelta(minutes=1)  # after a mail that did not leave, or a process that died over it
FORGET = timedelta(days=1)
CURRENT = timedelta(minutes=2)
WATCH_IS_THERE = timedelta(seconds=30)

_alone: dict[str, float] = {}  # problem -> when this process mailed it without the database
_lock = Lock()


def alarm(problem: str) -> None:
    """Say it in the log, and see that ADMINS are told: of each problem once in 15 minutes.

    Sentences that differ only in their numbers are one problem. `watch` mails them; where there
    is none, whoever raises one does. It raises no error, even without a database.
    """
    log.error("ALARM: %s", problem)
    kind = re.sub(r"\d+", "#", problem)[:200]
    try:
        _note(kind, problem)
        if not heartbeats.is_fresh("watch", WATCH_IS_THERE):
            mail_waiting()
    except DatabaseError:
        if _is_turn_alone(kind):
            _mail(problem)


def current() -> list[str]:
    """What was raised in the last two minutes, by whichever process."""
    raised = Alarm.objects.filter(raised_at__gt=Now() - CURRENT).order_by("kind")
    return list(raised.values_list("problem", flat=True))


def mail_waiting() -> None:
    """Mail what ADMINS have not been told. What does not leave is tried again a minute later."""
    for kind, problem in _waiting().values_list("kind", "problem"):
        is_turn = _waiting().filter(kind=kind).update(tried_at=Now())
        if is_turn and _mail(problem):
            Alarm.objects.filter(kind=kind).update(mailed_at=Now())


def _note(kind: str, problem: str) -> None:
    Alarm.objects.bulk_create(
        [Alarm(kind=kind, problem=problem[:400])],
        update_conflicts=True,
        unique_fields=["kind"],
        update_fields=["problem", "raised_at"],
    )


def _waiting() -> QuerySet[Alarm]:
    """Raised and not mailed, or raised again later than a quarter of an hour after the mail."""
    return Alarm.objects.filter(
        Q(mailed_at=None) | Q(raised_at__gt=F("mailed_at") + EVERY),
        Q(tried_at=None) | Q(tried_at__lte=Now() - TRY_AGAIN),
        raised_at__gt=Now() - FORGET,
    )


def _is_turn_alone(kind: str) -> bool:
    """As this process remembers it: there is no database to ask."""
    with _lock:
        is_turn = monotonic() - _alone.get(kind, -EVERY.total_seconds()) >= EVERY.total_seconds()
        if is_turn:
            _alone[kind] = monotonic()
    return is_turn


def _mail(problem: str) -> bool:
    """Whether it left."""
    try:
        mail_admins(SUBJECT, f"{problem}\n\n{settings.SITE_URL}")
    except Exception as error:  # the relay may be what is broken
        log.error("the alarm could not be mailed: %s", type(error).__name__)
        return False
    return True
