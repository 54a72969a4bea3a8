"""What the private page shows of carers and of the title's choice, and whose page it is."""

from __future__ import annotations

from typing import Any

from registrations import carers, discretion, tokens
from registrations.models import Registration
from registrations.own_forms import AnswerForm, CarerForm, TitleForm
from registrations.views.answers import path_of


def template(registration: Registration) -> str:
    """The page of whoever comes, of whoever helps, or of whoever was asked to."""
    if registration.state == Registration.State.ASKED:
        return "registrations/carer_asked.html"
    return "registrations/carer.html" if registration.is_carer else "registrations/manage.html"


def shown(registration: Registration, language: str) -> dict[str, Any]:
    """For the page, with empty forms."""
    own = tokens.token(registration, tokens.Purpose.MANAGE)
    return {
        "carers": carers.live(registration),
        "can_ask": carers.can_ask(registration),
        "is_enough": carers.is_enough(registration),
        "carer_form": CarerForm(own_address=registration.address),
        "carers_path": path_of("manage_carers", own, language=language),
        "carer_off_path": path_of("manage_carer_off", own, language=language),
        "can_choose_title": discretion.can_choose(registration),
        "title_form": TitleForm(),
        "title_path": path_of("manage_title", own, language=language),
        "answer_form": AnswerForm(),
        "answer_path": path_of("carer_answer", own, language=language),
        "patient_name": registration.carer_of.first_name if registration.carer_of else "",
    }
