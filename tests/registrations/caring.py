"""What the tests of carers share: a patient, whom they name, and what reached whom."""

from __future__ import annotations

from typing import Any

from registrations.models import Registration
from tests.makers import make_registration
from tests.sink import Sink

BO = {"carer-first_name": "Bo", "carer-email": "bo@example.com"}


def make_patient(**fields: Any) -> Registration:
    known = {"first_name": "Adalberta", "last_name": "Whitaker", "email": "ada@example.com"}
    return make_registration(**{**known, **fields})


def purposes(sent: Sink, address: str) -> list[str]:
    return [mail.purpose for mail in sent.to(address)]


def states(patient: Registration) -> list[str]:
    return list(patient.carers.order_by("pk").values_list("state", flat=True))


def person(email: str) -> dict[str, str]:
    zone = "America/Chicago"
    return {"first_name": "Bo", "email": email, "time_zone": zone, "language": "en"}
