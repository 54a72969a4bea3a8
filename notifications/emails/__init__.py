"""A delivery -> the email: words, HTML, invite, and the octets that a relay is offered.

Reads rows and writes none. What is sent when, and what becomes of it, is `outbox`.
"""

from notifications.emails.compose import Composer, Email, compose
from notifications.emails.told import NotApplicable, TooEarly

__all__ = ["Composer", "Email", "NotApplicable", "TooEarly", "compose"]
