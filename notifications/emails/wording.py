"""The words of an email apart from the person, and the message that they and a person make."""

from __future__ import annotations

from typing import NamedTuple

from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from notifications.emails import mime
from notifications.emails.context import Facts, facts
from notifications.emails.occasion import Occasion
from notifications.emails.render import render
from notifications.models import INVITING, Purpose
from registrations.links import PLACE

# Reminders have none, and carry no invite: calendars would show a second card. Nor has what is
# told to those who wait for a place: theirs know nothing of it.
METHODS: dict[Purpose, mime.Method] = {
    **dict.fromkeys(INVITING, "REQUEST"),
    Purpose.CANCELLED: "CANCEL",
    Purpose.REGISTRATION_CANCELLED: "CANCEL",
    Purpose.ADDRESS_CHANGED: "CANCEL",
}


class Personal(NamedTuple):
    """All that two emails of one wording may differ in.

    `first_name` is one line, and so is `patient_name`: of whom a carer helps, else empty.
    `recipient` is as `mime.mailbox` gives it, `date` as RFC 5322 writes it; `invite` is the
    calendar object, empty where the purpose has no method, as the tokens are of links that it
    does not have.
    """

    first_name: str
    patient_name: str
    join_token: str
    manage_token: str
    recipient: str
    message_id: str
    date: str
    seed: str
    invite: bytes
    stop_token: str
    proof_token: str


class Wording:
    """All of an email but the person."""

    def __init__(self, occasion: Occasion) -> None:
        webinar = occasion.webinar.row
        self.sender, self.reply_to = webinar.sender_email, webinar.organizer_email
        self.purpose, self.language = occasion.purpose, occasion.language
        self.organisation, self.is_carer = occasion.organisation, occasion.is_carer
        self.facts = facts(occasion)
        has_entry = self.facts.get("has_entry", True)  # or there is nothing to take away
        self.method = METHODS.get(occasion.purpose) if has_entry else None

    def message(self, personal: Personal) -> EmailMultiAlternatives:
        """The email to this person, rendered and built as any Django project does it."""
        links = self._links(personal)
        named = {"first_name": personal.first_name, "patient_name": personal.patient_name}
        known = {**self.facts, **links, **named}
        with translation.override(self.language):
            written = render(self.purpose, known)
        return mime.message(
            written,
            organisation=self.organisation,
            sender=self.sender,
            recipient=personal.recipient,
            reply_to=self.reply_to,
            message_id=personal.message_id,
            date=personal.date,
            invite=mime.Invite(self.method, personal.invite) if self.method else None,
            stop_url=str(links["stop_url"]),
        )

    def _links(self, personal: Personal) -> Facts:
        tokens = {
            "join_url": personal.join_token,
            "calendar_url": personal.join_token,
            "manage_url": personal.manage_token,
            "not_me_url": personal.manage_token,
            "answer_url": personal.manage_token,
            "stop_url": personal.stop_token,
            "proof_url": personal.proof_token,
        }
        return {name: str(self.facts[name]).replace(PLACE, token) for name, token in tokens.items()}
