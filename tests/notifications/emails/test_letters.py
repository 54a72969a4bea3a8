"""A letter that is composed once and filled is the email that would be built for each person.

What it is held against is the direct build: the templates with the person's name in them,
`EmailMultiAlternatives`, and the standard library's generator.
"""

from __future__ import annotations

import quopri
import secrets
from datetime import date, time, timedelta

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import example, given
from hypothesis import strategies as st

from notifications import emails
from notifications.emails.encoding import quoted
from notifications.emails.letter import letter
from notifications.emails.render import one_line
from notifications.emails.wording import Personal, Wording
from notifications.models import Delivery, Purpose
from registrations import tokens
from tests.examples import examples
from tests.makers import make_carer, make_delivery, make_registration
from tests.notifications.emails.filling import (
    MARK,
    NAMES,
    READERS,
    built,
    check_the_wire,
    composed,
    people,
    reading,
    sharing,
)
from tests.notifications.emails.reading import (
    a_delivery,
    body,
    fresh,
    hand_over,
    move,
    offered_again,
    on_july_31,
    parsed,
    the_reminder,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[(purpose, *reader) for purpose in Purpose for reader in READERS], ids=str)
def delivery(request: pytest.FixtureRequest) -> Delivery:
    """Of every purpose, to several readers."""
    purpose, language, zone, is_sensitive, is_carer = request.param
    webinar = on_july_31(is_sensitive=is_sensitive, organizer_email="team@münchen.example")
    someone = make_registration(webinar=webinar, language=language, time_zone=zone)
    someone = make_carer(patient=someone, language=language) if is_carer else someone
    return a_delivery(purpose, someone)


@examples(5)
@given(name=NAMES)
@example(name="<script>\N{NO-BREAK SPACE}&amp; 4 pm = 50 %")
def test_it_reads_as_the_message_that_is_built_for_that_person_alone(
    delivery: Delivery, name: str
) -> None:
    delivery.registration.first_name = name
    if patient := delivery.registration.carer_of:
        patient.first_name = name

    filled = emails.compose(delivery)

    assert reading(filled.content) == reading(built(filled))
    assert one_line(name) in body(filled, "plain").partition("\n")[0]
    check_the_wire(filled.content)


@examples(25)
@given(text=st.one_of(NAMES, st.text(st.sampled_from("=. \n\tFromé"), max_size=200)))
def test_quoted_text_is_read_as_it_was_and_offends_nobody(text: str) -> None:
    octets = quoted(text)

    plain = "\n".join(text.replace("\r\n", "\n").split("\r"))
    assert quopri.decodestring(octets).decode().replace("\r\n", "\n") == plain
    check_the_wire(b"\r\n" + octets + b"=\r\n")


def test_what_an_organizer_writes_needs_no_dot_stuffing_either() -> None:
    text = ".first\n..\nFrom here on, 50 % off = good.\n.\nFrom \n" + ". From " * 60
    delivery = the_reminder(on_july_31(dial_in="." * 200), timedelta(days=1), text=text)

    filled = emails.compose(delivery)

    assert reading(filled.content) == reading(built(filled))
    assert ".first\n..\nFrom here on, 50 % off = good.\n.\nFrom\n. From . From" in body(
        filled, "plain"
    )
    check_the_wire(filled.content)


def test_a_name_that_is_a_mark_comes_out_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_hex", lambda octets: "ab" * octets)
    webinar = on_july_31(title="Of this test alone", is_sensitive=False)
    delivery = a_delivery(Purpose.CONFIRMATION, make_registration(webinar=webinar))
    delivery.registration.first_name = MARK

    filled = emails.compose(delivery)

    assert body(filled, "plain").startswith(f"Hello {MARK},\n")
    assert f"Hello {MARK},</p>" in body(filled, "html")


def test_the_marks_of_a_letter_are_those_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = []
    message = Wording.message

    def watched(wording: Wording, personal: Personal) -> EmailMultiAlternatives:
        marks.append({*personal})
        return message(wording, personal)

    monkeypatch.setattr(Wording, "message", watched)
    letter.cache_clear()
    for _number in range(2):
        emails.compose(a_delivery(Purpose.REMINDER, *people(on_july_31(), 1)))
        letter.cache_clear()

    first, second = marks
    assert len(first) == len(second) == len(Personal._fields)
    assert first & second == set()


def for_two_people(purpose: str) -> list[Delivery]:
    webinar = on_july_31()
    two = people(webinar, 2)
    if purpose == Purpose.MOVED:
        for someone in two:
            hand_over(someone.deliveries.get())
        move(webinar, date(2026, 8, 4), time(17, 30))
        return [make_delivery(registration=fresh(each), purpose=purpose) for each in two]
    return [a_delivery(purpose, each) for each in two]


@pytest.mark.parametrize("purpose", Purpose)
def test_nothing_of_one_person_is_in_the_email_of_another(purpose: str) -> None:
    deliveries = sharing(for_two_people(purpose))

    one, other = composed(deliveries)

    assert [found for found in secrets_of(deliveries[0], one) if found in everything(other)] == []
    assert [found for found in secrets_of(deliveries[1], other) if found in everything(one)] == []
    assert one.personal.first_name in everything(one)


def secrets_of(delivery: Delivery, filled: emails.Email) -> list[str]:
    someone = delivery.registration
    return [
        *filter(None, filled.personal[:6]),
        *(filled.seed, someone.email, str(someone.calendar_uid), str(someone.uuid)),
        *(tokens.token(someone, purpose) for purpose in tokens.Purpose),
    ]


def everything(filled: emails.Email) -> str:
    """All that can be read in it, decoded."""
    parts = [part for part in parsed(filled).walk() if not part.is_multipart()]
    inside = [part.get_payload(decode=True).decode().replace("\r\n ", "") for part in parts]
    return "\n".join([filled.content.decode(), *inside])


def test_composing_again_in_another_process_gives_the_same_octets(delivery: Delivery) -> None:
    first = emails.compose(delivery)
    letter.cache_clear()

    again = emails.compose(offered_again(delivery, first))

    assert (again.content, again.sha256) == (first.content, first.sha256)
