"""One patient with a place, three days before the start, and what they read as time goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.sink import Sink
from webinars.models import Webinar

ADA = "ada@example.com"
# Right before and right after each of the reminders that are still to come.
MOMENTS = [timedelta(hours=hours) for hours in (26, 24.1, 23.9, 1.1, 0.99, 0.2, 0.15)]


@dataclass
class Patient:
    """Ada; `deliver` is one sweep of everything due."""

    webinar: Webinar
    registration: Registration
    clock: Clock
    sent: Sink
    deliver: Callable[[], int]

    def until(self, **before: float) -> None:
        """On to so long before the start; what is due by then goes out."""
        self.clock.move_to(self.webinar.starts_at - timedelta(**before))
        self.deliver()

    def later(self, **span: float) -> None:
        """On by so much; what is due by then goes out."""
        self.clock.forward(**span)
        self.deliver()

    def to_the_end(self) -> None:
        """With a look at each moment that matters."""
        for before in MOMENTS:
            self.until(seconds=before.total_seconds())

    def heard(self, address: str = ADA) -> list[str]:
        """What came for, one after the other."""
        return [mail.purpose for mail in self.sent.to(address)]


def a_patient(clock: Clock, sent: Sink, deliver: Callable[[], int]) -> Patient:
    """Registered just now; nothing has been sent."""
    webinar = make_webinar(starts_in=timedelta(days=3))
    return Patient(webinar, make_registration(webinar=webinar, email=ADA), clock, sent, deliver)
