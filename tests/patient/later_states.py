"""The states of `states` that come after registering: waiting, changing, helping, looking back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from registrations import changing, recordings, signup
from registrations.tokens import LENGTH, Purpose, token
from tests.makers import make_asked, make_carer, make_one_of_each_kind, make_registration
from tests.patient.states import (
    DAY,
    TYPED,
    Seen,
    a_place,
    a_webinar,
    full,
    joining,
    over,
    page,
    private,
)
from webinars import times


def later_states(language: str) -> Iterator[Seen]:
    """In the order in which they are to be looked at."""
    yield from questions(language)
    yield from waiting(language)
    yield from changes(language)
    yield from helpers(language)
    yield from afterwards(language)


def questions(language: str) -> Iterator[Seen]:
    """Of every kind, and an address that may be mistyped."""
    webinar = a_webinar(language)
    make_one_of_each_kind(webinar)
    webinar.questions.update(is_required=True)
    yield Seen("form, questions", page(webinar))
    wrong = {"email": "ada@gmial.com", "phone": "12"}
    yield Seen("form, questions, mistakes", page(webinar), typed={**TYPED, **wrong})


def waiting(language: str) -> Iterator[Seen]:
    opening = times.wall_clock(times.now() + 3 * DAY, "America/Los_Angeles").date()
    later = {"registration_opens_date": opening, "registration_opens_time": time(9)}
    yield Seen("not open yet", page(a_webinar(language, **later)))
    webinar = full(a_webinar(language))
    yield Seen("no place yet", page(webinar), typed=TYPED)
    late = {"email": "ada@example.com", "sealed": "stale"}
    yield Seen("fix, too late", page(webinar), typed=late, sent_to=f"{page(webinar)}fix/")
    waits, left = (make_registration(webinar=webinar, language=language) for _each in range(2))
    yield Seen("private, waiting", private(waits))
    yield Seen("join, waiting", joining(waits))
    signup.cancel(left)
    yield Seen("private, off the list", private(left))


def changes(language: str) -> Iterator[Seen]:
    asked = a_place(language)
    change = changing.ask_for_proof(asked, email="new@example.com")
    yield Seen("private, address asked", private(asked, "?done=asked"))
    yield Seen("address to be proved", f"/e/{changing.proof_token(change)}/")
    yield Seen("address not proved", f"/e/{'a' * LENGTH}/")
    yield Seen("reminders to be stopped", f"/u/{token(asked, Purpose.STOP)}/")
    stopped = changing.stop_reminders(a_place(language))
    yield Seen("reminders stopped", f"/u/{token(stopped, Purpose.STOP)}/")
    yield Seen("private, reminders stopped", private(stopped, "?done=stop"))
    here = private(a_place(language))
    yield Seen("name, none", here, typed={"first_name": ""}, sent_to=f"{here}name/")
    yield Seen("address, mistake", here, typed={"email": "ada"}, sent_to=f"{here}address/")
    yield Seen("language, none", here, typed={"language": ""}, sent_to=f"{here}language/")
    yield Seen("phone, mistake", here, typed={"phone": "12"}, sent_to=f"{here}phone/")
    yield Seen("phone, saved", here, typed={"phone": "555 010 0123"}, sent_to=f"{here}phone/")
    stops = f"{here}reminders/stop/"
    yield Seen("stop, open for long", here, typed={"rendered": "stale"}, sent_to=stops)
    yield Seen(
        "reminders again", private(stopped), typed={}, sent_to=f"{private(stopped)}reminders/start/"
    )
    keep = f"{private(asked)}address/keep/"
    yield Seen("address kept", private(asked), typed={}, sent_to=keep)
    full_title = {"title": "full"}
    yield Seen("full title", here, typed=full_title, sent_to=f"{here}title/")


def helpers(language: str) -> Iterator[Seen]:
    patient = a_place(language)
    asked = make_asked(patient=patient)
    yield Seen("private, carer asked", private(patient))
    yield Seen("carer, asked", private(asked, "help/"))
    carer = make_carer(patient=patient, language=language)
    yield Seen("private, carer helps", private(patient))
    here = private(patient)
    wrong = {"carer-first_name": "", "carer-email": "bo"}
    yield Seen("carer, mistakes", here, typed=wrong, sent_to=f"{here}others/")
    off = {"carer": str(carer.pk)}
    yield Seen("carer taken off", here, typed=off, sent_to=f"{here}others/off/")
    carer = make_carer(patient=patient, language=language)
    no = make_asked(patient=a_place(language))
    yield Seen("carer, declined", private(no, "help/"), typed={"answer": "no"})
    yield Seen("carer", private(carer))
    yield Seen("join, carer", joining(carer))
    signup.cancel(carer)
    yield Seen("carer, stopped", private(carer))


def afterwards(language: str) -> Iterator[Seen]:
    """To wish for the recording, and having wished."""
    wishing, wished = a_place(language, over), a_place(language, over)
    recordings.wish(wished)
    here = joining(wishing)
    yield Seen("join, over, to wish", here)
    stale = {"rendered": "stale"}
    yield Seen("wish, open for long", here, typed=stale, sent_to=f"{here}recording/")
    yield Seen("join, over, wished", joining(wished))
