"""The second baseline: one Celery task per email, which loads, renders, builds and sends.

Loaded by a real worker with `--include tests.bench.naive`. The templates are ours.
"""

from __future__ import annotations

from celery import shared_task
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from notifications.emails.context import facts
from notifications.emails.occasion import Schedule, occasion
from notifications.models import Delivery
from registrations import links
from webinars import times

FOLDER = "notifications/email/reminder"


@shared_task
def remind(delivery_id: int) -> None:
    rows = Delivery.objects.select_related("registration__webinar", "wave__rule")
    delivery = rows.get(pk=delivery_id)
    registration = delivery.registration
    webinar = registration.webinar
    why = occasion(delivery, Schedule(webinar), (), now=times.now())
    with translation.override(registration.language):
        known = {
            **facts(why),
            "first_name": registration.first_name,
            "join_url": links.join_url(registration),
            "manage_url": links.manage_url(registration),
            "calendar_url": links.calendar_url(registration),
        }
        subject = render_to_string(f"{FOLDER}/subject.txt", known).strip()
        known["subject"] = subject
        message = EmailMultiAlternatives(
            subject,
            render_to_string(f"{FOLDER}/body.txt", known),
            webinar.sender_email,
            [registration.email],
            reply_to=[webinar.organizer_email],
        )
        message.attach_alternative(render_to_string(f"{FOLDER}/body.html", known), "text/html")
    message.send()
