"""A mistyped address is mended on the page that answered: the place goes to the right one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifications.auditing import unexplained
from notifications.models import Delivery
from registrations import fixing, signup
from registrations.models import FormerAddress, Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.mending import RIGHT, WRONG, fix, people
from tests.registrations.pages import get, private, register, text
from tests.registrations.test_signup import at_once
from tests.sink import Sink

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]

ADA = {
    "first_name": "Ada",
    "email": WRONG,
    "time_zone": "America/New_York",
    "language": "en",
}


def test_the_place_goes_to_the_right_mailbox_and_the_wrong_one_loses_it(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    wrong = Registration.objects.get()
    deliver_everything_due()

    fixed = fix(webinar, answer)
    deliver_everything_due()

    assert "Look for our message at this address: ada@gmail.example" in text(fixed)
    assert people() == [(RIGHT, "active")]
    assert [mail.purpose for mail in sent.to(WRONG)] == ["confirmation", "address_changed"]
    assert [mail.purpose for mail in sent.to(RIGHT)] == ["confirmation"]
    assert b"METHOD:CANCEL" in sent.to(WRONG)[1].calendar
    assert private(Registration.objects.active().get()) in sent.to(RIGHT)[0].text
    assert get(private(wrong)).status_code == 404
    assert list(unexplained()) == []
    clock.forward(minutes=2)
    deliver_everything_due()
    assert not FormerAddress.objects.exists()


def test_what_was_typed_beside_the_address_is_kept_for_a_new_registration() -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email=WRONG, first_name="Ada")
    typed = {"last_name": "King", "time_zone": "Pacific/Honolulu", "utm_source": "clinic"}
    answer = register(webinar, email=WRONG, **typed)

    fix(webinar, answer)

    assert people() == [(WRONG, "active"), (RIGHT, "active")]
    new = Registration.objects.get(email=RIGHT)
    assert (new.last_name, new.time_zone, new.source) == ("King", "Pacific/Honolulu", "clinic")
    assert new.consented_at


def test_pressed_again_it_is_one_registration_and_one_mail(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    shown = [text(fix(webinar, answer)) for _press in range(3)]
    deliver_everything_due()

    assert len(set(shown)) == 1
    assert people() == [(RIGHT, "active")]
    assert [mail.recipient for mail in sent.mails] == [RIGHT]


def test_it_can_be_mended_once_more_from_the_first_page_or_from_the_second(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    first = register(webinar, email=WRONG)
    second = fix(webinar, first, "ada@gmal.example")
    fix(webinar, second, "ada@gmall.example")
    fix(webinar, first)
    deliver_everything_due()

    assert people() == [(RIGHT, "active")]
    assert [mail.recipient for mail in sent.mails] == [RIGHT]


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_make_one_registration() -> None:
    webinar = make_webinar(capacity=1)
    first = signup.register(webinar, **ADA)
    place = fixing.place_of(first)
    mended = {**ADA, "email": RIGHT}

    assert at_once(10, lambda _index: fixing.fix_address(webinar, place=place, **mended)) == {
        "done": 10
    }

    assert people() == [(RIGHT, "active")]
    assert Delivery.objects.filter(purpose="confirmation").count() == 2
    webinar.seats.refresh_from_db()
    assert webinar.seats.taken == 1


@pytest.mark.django_db(transaction=True)
def test_two_addresses_at_once_make_one_registration() -> None:
    webinar = make_webinar()
    place = fixing.place_of(signup.register(webinar, **ADA))

    def mend(index: int) -> None:
        email = f"ada{index % 2}@example.com"
        fixing.fix_address(webinar, place=place, **{**ADA, "email": email})

    assert at_once(10, mend) == {"done": 10}
    assert Registration.objects.active().count() == 1


def test_where_the_right_address_has_a_place_its_link_is_mailed_and_the_wrong_one_goes(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(capacity=2)
    make_registration(webinar=webinar, email=RIGHT, first_name="Ada")
    deliver_everything_due()
    clock.forward(minutes=11)
    answer = register(webinar, email=WRONG)
    deliver_everything_due()

    fix(webinar, answer)
    fix(webinar, answer)
    deliver_everything_due()

    assert people() == [(RIGHT, "active")]
    assert [mail.purpose for mail in sent.to(RIGHT)] == ["confirmation", "already_registered"]
    webinar.seats.refresh_from_db()
    assert webinar.seats.taken == 1


def test_the_seat_goes_with_the_place_where_the_right_address_had_given_its_own_up() -> None:
    webinar = make_webinar(capacity=1)
    signup.cancel(make_registration(webinar=webinar, email=RIGHT, first_name="Ada"))

    fix(webinar, register(webinar, email=WRONG))

    assert people() == [(RIGHT, "active")]
    webinar.seats.refresh_from_db()
    assert webinar.seats.taken == 1


def test_who_came_back_can_mend_too() -> None:
    webinar = make_webinar()
    signup.cancel(make_registration(webinar=webinar, email=WRONG, first_name="Ada"))
    answer = register(webinar, email=WRONG)
    fix(webinar, answer)
    assert people() == [(RIGHT, "active")]
