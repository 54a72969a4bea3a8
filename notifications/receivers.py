"""What follows from the news of the rooms below, inside their transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.dispatch import receiver

from notifications import planning, telling
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


Act = Callable[[Registration], None]

WHAT_FOLLOWS: dict[News, tuple[Act, ...]] = {
    News.REGISTERED: (telling.confirm, planning.plan_zone),
    News.WAITLISTED: (telling.tell_waiting, planning.plan_zone),
    News.ASKED_AGAIN: (telling.send_link_again,),
    News.CHANGED: (planning.plan_zone,),
    News.TITLE_CHOSEN: (telling.rename_entry,),
    News.CARER_ASKED: (telling.ask_carer,),
    News.CANCELLED: (telling.confirm_cancelling,),
    News.RECORDED: (telling.tell_of_recording,),
    News.ERASED: (telling.drop,),
    News.REPLACED: (telling.take_leave,),
    News.ADDRESS_ASKED: (telling.ask_for_proof,),
    News.REMINDERS_WANTED: (telling.pass_over_reminders, planning.plan_zone),
}


@receiver(registration_changed)
def write_down_messages(*, registration: Registration, news: News, **kwargs: Any) -> None:
    for act in WHAT_FOLLOWS[news]:
        act(registration)
    wake_after_commit()
