"""The states of `states` that few people see: too late, too often, taken meanwhile, mended."""

from __future__ import annotations

from collections.abc import Iterator

from registrations import carers, changing, discretion, fixing, sealing, signup
from registrations.models import Registration
from registrations.protection import stamp
from registrations.tokens import Purpose, token
from tests.makers import make_asked, make_carer, make_registration
from tests.patient.states import (
    HOUR,
    Seen,
    a_place,
    a_webinar,
    begun,
    called_off,
    full,
    joining,
    moved,
    over,
    page,
    private,
)
from webinars.models import Webinar


def rare_states(language: str) -> Iterator[Seen]:
    """In the order in which they are to be looked at."""
    yield from mended(language)
    yield from lists(language)
    yield from proofs(language)
    yield from own_changes(language)
    yield from carers_asked(language)
    yield from carers_help(language)


def mended(language: str) -> Iterator[Seen]:
    """The address, on the page that answered the form."""
    webinar = a_webinar(language)
    yield fixed("fix, mistake", webinar, email="ada")
    yield fixed("fix, open for long", webinar, rendered="stale")
    yield fixed("fixed", webinar)
    yield fixed("fixed, no place yet", full(a_webinar(language)), is_full=True)
    closed = a_webinar(language, registration_closes=40 * 24 * HOUR)
    yield fixed("fix, closed meanwhile", closed)


def fixed(name: str, webinar: Webinar, *, is_full: bool = False, **typed: str) -> Seen:
    """With what the form before it had sealed."""
    person = {"first_name": "Ada", "email": "ada@example.com", "time_zone": "America/Chicago"}
    said = {"code": webinar.code, "place": fixing.place_of(None), "is_full": is_full}
    beside = {"answers": {}, "language": webinar.language}
    sealed = sealing.seal({**said, "typed": {**person, **beside}})
    typed = {"email": "right@example.com", "rendered": stamp(), "sealed": sealed, **typed}
    return Seen(name, page(webinar), typed=typed, sent_to=f"{page(webinar)}fix/")


def lists(language: str) -> Iterator[Seen]:
    """Somebody waits for a place, gets one, or gets none."""
    webinar, (waits, leaves) = with_a_list(language)
    signup.cancel(leaves)
    yield Seen("back on the list", private(leaves), typed={}, sent_to=f"{private(leaves)}return/")
    signup.limit(webinar, capacity=2)
    yield Seen("private, a place got", private(waits))
    gone = a_place(language)
    signup.cancel(gone)
    full(gone.webinar)
    yield Seen("private, cancelled, then full", private(gone))
    webinar, (waits, _other) = with_a_list(language)
    begun(webinar)
    yield Seen("full, begun", page(webinar))
    yield Seen("private, waited in vain", private(waits))
    yield Seen("join, waited in vain", joining(waits))
    webinar, (waits, _other) = with_a_list(language)
    called_off(webinar)
    yield Seen("private, waited, called off", private(waits))


def with_a_list(language: str) -> tuple[Webinar, list[Registration]]:
    """A full webinar, and two who wait."""
    webinar = full(a_webinar(language))
    return webinar, [make_registration(webinar=webinar, language=language) for _each in range(2)]


def proofs(language: str) -> Iterator[Seen]:
    """Of a new address."""
    asked = a_place(language)
    proof = proof_of("new@example.com", asked)
    yield Seen("proof, open for long", proof, typed={"rendered": "stale"})
    yield Seen("address proved", proof, typed={})
    other = make_registration(webinar=asked.webinar, language=language)
    yield Seen("address taken", proof_of(asked.email, other), typed={})
    often, typed = a_place(language), {"email": "new@example.com"}
    for _each in range(changing.ASKED_AN_HOUR):
        changing.ask_for_proof(often, **typed)
    here = private(often)
    yield Seen("address asked too often", here, typed=typed, sent_to=f"{here}address/")


def proof_of(email: str, registration: Registration) -> str:
    """Where its owner says yes."""
    return f"/e/{changing.proof_token(changing.ask_for_proof(registration, email=email))}/"


def own_changes(language: str) -> Iterator[Seen]:
    someone = a_place(language)
    here = private(someone)
    beside = make_registration(
        webinar=someone.webinar, email=someone.email, first_name="Bo", language=language
    )
    taken = {"first_name": beside.first_name}
    yield Seen("name taken", here, typed=taken, sent_to=f"{here}name/")
    yield Seen("name changed", here, typed={"first_name": "Mo"}, sent_to=f"{here}name/")
    yield Seen("language changed", private(someone, "?done=language"))
    discretion.choose(someone, shows_title=True)
    neutral = {"title": "neutral"}
    yield Seen("title neutral again", here, typed=neutral, sent_to=f"{here}title/")
    yield Seen("join, soon", joining(a_place(language, starts_in=5 * HOUR)))
    stops = f"/u/{token(a_place(language), Purpose.STOP)}/"
    yield Seen("reminders stopped by the link", stops, typed={})


def carers_asked(language: str) -> Iterator[Seen]:
    """Whom the patient may ask, and who answers late."""
    patient = a_place(language)
    first, second = make_carer(patient=patient, language=language), make_asked(patient=patient)
    yield Seen("private, two carers", private(patient))
    for carer in (first, second):
        carers.take_off(patient, carer_id=carer.pk)
    for _each in range(carers.EVER - 2):
        carers.take_off(patient, carer_id=make_asked(patient=patient).pk)
    yield Seen("private, many carers asked", private(patient))
    yield Seen("private, begun, no carer", private(a_place(language, begun)))
    asked = make_asked(patient=a_place(language))
    late = private(asked, "help/")
    yield Seen("carer, open for long", late, typed={"rendered": "stale"})
    called_off(asked.webinar)
    yield Seen("carer, too late", late, typed={"answer": "yes"})


def carers_help(language: str) -> Iterator[Seen]:
    """What becomes of a carer's page."""
    carer = make_carer(patient=a_place(language), language=language)
    here, tokyo = private(carer), {"time_zone": "Asia/Tokyo"}
    yield Seen("carer, zone changed", here, typed=tokyo, sent_to=f"{here}zone/")
    stops = f"/u/{token(carer, Purpose.STOP)}/"
    yield Seen("carer, reminders to be stopped", stops)
    yield Seen("carer, reminders stopped by the link", stops, typed={})
    yield Seen("carer, reminders stopped", here)
    yield Seen("carer, reminders again", here, typed={}, sent_to=f"{here}reminders/start/")
    for name, then in {"moved": moved, "called off": called_off, "over": over}.items():
        carer = make_carer(patient=a_place(language), language=language)
        then(carer.webinar)
        yield Seen(f"carer, {name}", private(carer))
    gone = private(make_carer(patient=a_place(language), language=language))
    yield Seen("carer, erased", gone, typed={}, sent_to=f"{gone}erase/")
    stopped = make_carer(patient=a_place(language), language=language)
    signup.cancel(stopped)
    yield Seen("join, carer, stopped", joining(stopped))
