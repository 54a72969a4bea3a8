"""Private links: one purpose each, the same in every email, revocable, not in the database."""

import pytest
from django.db import connection
from django.http import Http404
from pytest_django import Settings

from registrations.models import Registration
from registrations.tokens import DIGITS, LENGTH, Purpose, resolve, token
from tests.makers import make_registration

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_opens_the_registration_that_it_was_made_for(purpose: Purpose) -> None:
    registration, _other = make_registration(), make_registration()

    assert resolve(token(registration, purpose), purpose) == registration


def test_a_link_is_the_same_in_every_email() -> None:
    registration = make_registration()
    first = token(registration, Purpose.MANAGE)

    again = token(Registration.objects.get(pk=registration.pk), Purpose.MANAGE)

    assert again == first
    assert len(first) == LENGTH
    assert set(first) <= set(DIGITS)


@pytest.mark.parametrize(
    ("made_for", "tried_as"), [(Purpose.JOIN, Purpose.MANAGE), (Purpose.MANAGE, Purpose.JOIN)]
)
def test_a_link_of_one_purpose_opens_nothing_of_another(
    made_for: Purpose, tried_as: Purpose
) -> None:
    text = token(make_registration(), made_for)

    with pytest.raises(Http404):
        resolve(text, tried_as)


def test_raising_an_epoch_revokes_that_purposes_link_alone() -> None:
    registration = make_registration()
    manage, join, stop = (
        token(registration, purpose) for purpose in (Purpose.MANAGE, Purpose.JOIN, Purpose.STOP)
    )

    Registration.objects.filter(pk=registration.pk).update(manage_epoch=1)

    with pytest.raises(Http404):
        resolve(manage, Purpose.MANAGE)
    with pytest.raises(Http404):
        resolve(stop, Purpose.STOP)  # it may do a part of what that link may
    assert resolve(join, Purpose.JOIN) == registration


def test_a_new_key_keeps_old_links_working_until_the_old_key_is_dropped(
    settings: Settings,
) -> None:
    registration = make_registration()
    old = token(registration, Purpose.MANAGE)

    settings.LINK_KEYS = ["a-new-key" * 5, *settings.LINK_KEYS]
    assert token(registration, Purpose.MANAGE) != old
    assert resolve(old, Purpose.MANAGE) == registration

    settings.LINK_KEYS = settings.LINK_KEYS[:1]
    with pytest.raises(Http404):
        resolve(old, Purpose.MANAGE)


def test_somebody_who_has_the_whole_row_but_not_the_key_cannot_make_the_link(
    settings: Settings,
) -> None:
    registration = make_registration()
    made = token(registration, Purpose.MANAGE)

    settings.LINK_KEYS = ["guessed" * 8]

    assert token(registration, Purpose.MANAGE) != made


def test_no_column_of_the_registration_holds_its_link() -> None:
    registration = make_registration()
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM registrations_registration r")
        dump = str(cursor.fetchall())

    assert str(registration.uuid) in dump
    assert all(token(registration, purpose) not in dump for purpose in Purpose)


def test_any_changed_letter_spoils_a_link() -> None:
    text = token(make_registration(), Purpose.MANAGE)

    for place, letter in enumerate(text):
        other = "B" if letter == "A" else "A"
        with pytest.raises(Http404):
            resolve(text[:place] + other + text[place + 1 :], Purpose.MANAGE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "A" * (LENGTH - 1),
        "A" * LENGTH,
        "A" * (LENGTH + 1),
        "z" * LENGTH,  # more than 32 bytes
        "-" * LENGTH,
        "é" * LENGTH,
        "٣" * LENGTH,  # a digit, but not one of ours
    ],
)
def test_what_is_not_a_link_is_not_found(text: str) -> None:
    make_registration()

    with pytest.raises(Http404):
        resolve(text, Purpose.MANAGE)
