"""What an operator must hear of, in the log and by email.

Not through the outbox: it may be what is in trouble.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.mail import mail_admins

from notifications import heartbeats

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=15)


def alarm(problem: str) -> None:
    """Say it in the log, and to ADMINS not more often than each quarter of an hour."""
    log.error("ALARM: %s", problem)
    if not heartbeats.is_time_for("alarm", EVERY):
        return
    try:
        mail_admins("Patient Webinars: something needs you", problem)
    except Exception as error:  # the mail may be what is broken
        log.error("the alarm could not be mailed: %s", type(error).__name__)
