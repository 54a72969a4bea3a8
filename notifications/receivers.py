"""What follows from the news of the rooms below, inside their transaction."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from notifications import planning
from notifications.wake import wake_after_commit
from registrations.models import Registration
from registrations.signals import News, registration_changed
from webinars.models import Webinar
from webinars.signals import webinar_changed


@receiver(webinar_changed)
def plan_messages(*, webinar: Webinar, **kwargs: Any) -> None:
    planning.copy_default_rules(webinar)
    if webinar.state != Webinar.State.DRAFT:
        planning.plan(webinar)


@receiver(registration_changed)
def write_down_messages(*, registration: Registration, news: News, **kwargs: Any) -> None:
    match news:
        case News.REGISTERED:
            planning.confirm(registration)
            planning.plan_zone(registration)
        case News.WAITLISTED:
            planning.tell_waiting(registration)
        case News.ASKED_AGAIN:
            planning.send_link_again(registration)
        case News.CANCELLED:
            planning.confirm_cancelling(registration)
        case News.ERASED:
            planning.drop(registration)
        case News.CHANGED:
            planning.plan_zone(registration)
    wake_after_commit()
