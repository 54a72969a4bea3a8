"""What a message is for, and how urgent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    CONFIRMATION = "confirmation", _("Confirmation")
    WAITLISTED = "waitlisted", _("On the waiting list")
    PROMOTED = "promoted", _("Place from the waiting list")
    ALREADY_REGISTERED = "already_registered", _("Link sent again")
    REMINDER = "reminder", _("Reminder")
    MOVED = "moved", _("Changed")
    CANCELLED = "cancelled", _("Webinar cancelled")
    REGISTRATION_CANCELLED = "registration_cancelled", _("Registration cancelled")
    ADDRESS_CHANGED = "address_changed", _("Address corrected: to the old one")
    RECORDING = "recording", _("Recording")
    TITLE_CHOSEN = "title_chosen", _("Calendar entry renamed")
    CARER_ASKED = "carer_asked", _("Asked to help")
    ADDRESS_PROOF = "address_proof", _("Change of address: is it yours?")


# The messages that carry the invite, and so tell a person's calendar what is true.
INVITING = (
    Purpose.CONFIRMATION,
    Purpose.PROMOTED,
    Purpose.ALREADY_REGISTERED,
    Purpose.MOVED,
    Purpose.TITLE_CHOSEN,
)
# The first that somebody hears who has a place.
WELCOMING = (Purpose.CONFIRMATION, Purpose.PROMOTED)
# Those of them that follow from what one person did, and are useful until the end.
PERSONAL_INVITES = tuple(each for each in INVITING if each != Purpose.MOVED)
# What a complaint stops.
OPTIONAL = (Purpose.REMINDER, Purpose.RECORDING, Purpose.CARER_ASKED)
# Those that take an entry away for good, also when another epoch has begun meanwhile.
FAREWELLS = (Purpose.REGISTRATION_CANCELLED, Purpose.ADDRESS_CHANGED)

# Why a message that was written down is not wanted any more.
OPTED_OUT, WITHDRAWN = "opted out", "withdrawn"


class Lane(models.IntegerChoices):
    """0: confirmations and what expires within 20 minutes; 1: within 2 hours; 2: the rest."""

    URGENT = 0, _("Urgent")
    SOON = 1, _("Soon")
    BULK = 2, _("Bulk")
