"""Registering, changing, cancelling, joining: what is stored, and what races make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from notifications.models import Delivery
from registrations import attending, signup
from registrations.models import Consent, Registration, Seats, address_key
from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from webinars import scheduling
from webinars.models import Webinar

ADA = {
    "first_name": "Ada",
    "email": "Ada@Example.com",
    "time_zone": "America/New_York",
    "language": "en",
}


def at_once(number: int, act: Callable[[int], object]) -> Counter[str]:
    """Do it in `number` threads, each with a connection of its own; count results by name."""

    def run(index: int) -> str:
        try:
            act(index)
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(10) as pool:
        return Counter(pool.map(run, range(number)))


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_at_once_make_one_registration_and_one_email() -> None:
    webinar = make_webinar()
    results = at_once(20, lambda _index: signup.register(webinar, **ADA))
    assert results == {"done": 20}
    assert Registration.objects.count() == 1
    assert Delivery.objects.count() == 1
    assert Consent.objects.count() == 0  # they came once


@pytest.mark.django_db(transaction=True)
def test_fifty_posts_at_once_for_ten_seats_make_ten_seats_and_forty_who_wait() -> None:
    webinar = make_webinar(capacity=10)
    results = at_once(
        50, lambda index: signup.register(webinar, **{**ADA, "email": f"{index}@example.com"})
    )
    assert results == {"done": 50}
    assert Registration.objects.active().count() == 10
    assert Registration.objects.waiting().count() == 40
    assert Seats.objects.get().taken == 10
    purposes = Counter(Delivery.objects.values_list("purpose", flat=True))
    assert purposes == {"confirmation": 10, "waitlisted": 40}


@pytest.mark.django_db(transaction=True)
def test_a_limit_set_while_people_register_counts_everybody() -> None:
    webinar = make_webinar()

    def act(index: int) -> None:
        if index == 15:
            signup.limit(webinar, capacity=20)
        else:
            signup.register(webinar, **{**ADA, "email": f"{index}@example.com"})

    assert at_once(40, act) == {"done": 40}
    assert Seats.objects.get().taken == Registration.objects.active().count() == 20
    assert Registration.objects.waiting().count() == 19


@pytest.mark.django_db(transaction=True)
def test_twenty_cancels_at_once_free_one_seat() -> None:
    webinar = make_webinar(capacity=5)
    make_registration(webinar=webinar)
    registration = make_registration(webinar=webinar)
    assert at_once(20, lambda _index: signup.cancel(registration)) == {"done": 20}
    assert Seats.objects.get().taken == 1
    assert Delivery.objects.filter(purpose="registration_cancelled").count() == 1


@pytest.mark.django_db
def test_the_same_address_is_known_whatever_its_case() -> None:
    webinar = make_webinar()
    first = signup.register(webinar, **ADA)
    second = signup.register(webinar, **{**ADA, "email": "ada@EXAMPLE.COM"})
    assert first.pk == second.pk


@pytest.mark.django_db
def test_two_people_may_share_one_mailbox() -> None:
    webinar = make_webinar()
    signup.register(webinar, **ADA)
    signup.register(webinar, **{**ADA, "first_name": "Grace"})
    assert [person.first_name for person in Registration.objects.order_by("pk")] == ["Ada", "Grace"]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("a.d.a+talk@example.com", "a.d.a+talk@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        (" ada@example.com ", "ada@example.com"),
    ],
)
def test_addresses_are_compared_folded_and_without_games(typed: str, key: str) -> None:
    assert address_key(typed) == key


@pytest.mark.django_db
def test_a_repeated_post_changes_nothing_stored_and_mails_no_second_link_within_ten_minutes(
    clock: Clock,
) -> None:
    webinar = make_webinar()
    signup.register(webinar, **ADA)
    before = Registration.objects.values().get()
    clock.forward(minutes=9)
    signup.register(webinar, **{**ADA, "time_zone": "America/Chicago", "last_name": "Other"})
    assert Registration.objects.values().get() == before
    assert Delivery.objects.count() == 1


@pytest.mark.django_db
def test_whoever_registers_again_later_gets_the_link_again_once(clock: Clock) -> None:
    webinar = make_webinar()
    signup.register(webinar, **ADA)
    Delivery.objects.update(state="sent")
    clock.forward(minutes=11)
    signup.register(webinar, **ADA)
    signup.register(webinar, **ADA)
    purposes = Delivery.objects.order_by("pk").values_list("purpose", flat=True)
    assert list(purposes) == ["confirmation", "already_registered"]


@pytest.mark.django_db
def test_registering_stores_the_consent_with_its_words_version_and_language() -> None:
    registration = signup.register(make_webinar(), **{**ADA, "language": "es"})
    registration.refresh_from_db()
    assert (registration.consent_version, registration.consent_language) == ("2026-11", "es")
    assert registration.consented_at == registration.registered_at


@pytest.mark.django_db
def test_whoever_comes_back_agrees_anew_and_what_they_agreed_to_before_is_kept(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    webinar = make_webinar()
    first = signup.register(webinar, **{**ADA, "language": "es"})
    signup.cancel(first)
    clock.forward(minutes=9)
    monkeypatch.setattr(signup, "CONSENT_VERSION", "2027-01")
    signup.register(webinar, **ADA)
    kept = Registration.objects.get()
    assert (kept.consent_version, kept.consented_at) == ("2027-01", kept.active_since)
    before = kept.consents.get()
    assert (before.text_version, before.language, before.at) == (
        *("2026-11", "es"),
        first.consented_at,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "cancelled", "closed", "over"])
def test_registration_is_closed(clock: Clock, state: str) -> None:
    webinar = make_draft() if state == "draft" else make_webinar()
    if state == "cancelled":
        webinar = scheduling.cancel(webinar, reason="", by=None)
    if state == "closed":
        webinar.registration_closes = timedelta(hours=1)
        clock.move_to(webinar.starts_at - timedelta(minutes=59))
    if state == "over":
        clock.move_to(webinar.ends_at)
    with pytest.raises(signup.Closed):
        signup.register(webinar, **ADA)
    assert not Registration.objects.exists()


@pytest.mark.django_db
def test_a_webinar_called_off_while_somebody_registers_takes_nobody() -> None:
    webinar = make_webinar()
    stale = Webinar.objects.get(pk=webinar.pk)
    scheduling.cancel(webinar, reason="", by=None)
    with pytest.raises(signup.Closed):
        signup.register(stale, **ADA)
    assert not Registration.objects.exists()


@pytest.mark.django_db
def test_lifting_the_limit_takes_everybody() -> None:
    webinar = make_webinar(capacity=1)
    make_registration(webinar=webinar)
    assert signup.register(webinar, **ADA).is_waiting
    signup.limit(webinar, capacity=None)
    make_registration(webinar=webinar)
    assert Registration.objects.active().count() == 3


@pytest.mark.django_db
def test_joining_counts_once_and_only_while_it_is_open(clock: Clock) -> None:
    registration = make_registration(webinar=make_webinar(starts_in=timedelta(days=1)))
    webinar = registration.webinar
    clock.move_to(webinar.opens_at - timedelta(seconds=5))
    with pytest.raises(attending.NotOpen):
        attending.join(registration)
    clock.move_to(webinar.opens_at)
    assert attending.join(registration) == webinar.join_url
    first = Registration.objects.get().joined_at
    clock.forward(minutes=20)
    attending.join(registration)
    assert Registration.objects.get().joined_at == first
    clock.move_to(webinar.ends_at)
    with pytest.raises(attending.NotOpen):
        attending.join(registration)
