"""Somebody has lost their private link: it is mailed again, and who asked learns nothing else."""

from __future__ import annotations

from django.db import transaction

from registrations.models import LinkRequest, Registration, address_key
from registrations.signals import News, registration_changed
from webinars import times
from webinars.models import Webinar

AT_ONCE = 500  # requests


def ask_for_links(email: str) -> None:
    """Note that this address wants its private links; `mail_links` sees to it.

    One insert, whatever the address is: the time taken tells nothing.
    """
    wish = LinkRequest(address=address_key(email), at=times.now())
    LinkRequest.objects.bulk_create([wish], ignore_conflicts=True)


def mail_links() -> int:
    """Mail the links of every place that those who asked have, or wait for, in what is to come."""
    wishes = LinkRequest.objects.values_list("address", flat=True)[:AT_ONCE]
    return sum(_mail_links(address) for address in wishes)


@transaction.atomic
def _mail_links(address: str) -> int:
    """Safe to repeat and to race. A link is mailed at most once in ten minutes."""
    theirs = Registration.objects.signed_up().filter(
        address=address,
        webinar__state=Webinar.State.PUBLISHED,
        webinar__ends_at__gt=times.now(),
    )
    # The registrations first, as whoever erases them does.
    pks = theirs.order_by("pk").values_list("pk", flat=True)
    held = [Registration.objects.locked(pk) for pk in pks]
    if not LinkRequest.objects.filter(address=address).delete()[0]:
        return 0
    found = [registration for registration in held if registration.is_signed_up]
    for registration in found:
        registration_changed.send(Registration, registration=registration, news=News.ASKED_AGAIN)
    return len(found)
