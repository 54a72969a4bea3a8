"""How a message leaves: SMTP done right, or any Django email backend.

No retry and no database here: what is done with an answer is `outbox`.
"""

from django.conf import settings

from notifications.transport.answers import Answer, Verdict, verdict
from notifications.transport.backend import BackendRelay
from notifications.transport.relay import Parcel, Relay
from notifications.transport.smtp import SmtpRelay

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

__all__ = ["SMTP_BACKEND", "Answer", "Parcel", "Relay", "Verdict", "open_relay", "verdict"]


def open_relay(connections: int) -> Relay:
    """The relay that the settings name, not yet connected; so many messages at once."""
    if settings.EMAIL_BACKEND == SMTP_BACKEND:
        return SmtpRelay(connections)
    return BackendRelay(connections)
