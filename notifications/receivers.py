"""What follows from the news of the rooms below, inside their transaction."""

from __future__ import annotations

from collections.abc import Callable
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


Act = Callable[[Registration], None]

WHAT_FOLLOWS: dict[News, tuple[Act, ...]] = {
    News.REGISTERED: (planning.confirm, planning.plan_zone),
    News.WAITLISTED: (planning.tell_waiting,),
    News.ASKED_AGAIN: (planning.send_link_again,),
    News.CHANGED: (planning.plan_zone,),
    News.TITLE_CHOSEN: (planning.rename_entry,),
    News.CARER_ASKED: (planning.ask_carer,),
    News.CANCELLED: (planning.confirm_cancelling,),
    News.RECORDED: (planning.tell_of_recording,),
    News.ERASED: (planning.drop,),
    News.REPLACED: (planning.take_leave,),
    News.ADDRESS_ASKED: (planning.ask_for_proof,),
    News.REMINDERS_WANTED: (planning.pass_over_reminders, planning.plan_zone),
}


@receiver(registration_changed)
def write_down_messages(*, registration: Registration, news: News, **kwargs: Any) -> None:
    for act in WHAT_FOLLOWS[news]:
        act(registration)
    wake_after_commit()
