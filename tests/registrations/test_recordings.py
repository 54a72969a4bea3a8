"""Tell me when the recording is there: a press notes the wish, and everybody hears it once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from notifications.models import Delivery, Purpose, Suppression
from registrations import erasing, recordings, signup
from registrations.models import RecordingWish, Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import every_row, get, joining, press, private, text
from tests.sink import Sink
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
RECORDING = "https://video.example/1"


@pytest.fixture
def over(clock: Clock, deliver_everything_due: Deliver, sent: Sink) -> Registration:
    """A place in a session that has just ended; all earlier mail is forgotten."""
    registration = make_registration(webinar=make_webinar(starts_in=timedelta(hours=2)))
    deliver_everything_due()
    clock.move_to(registration.webinar.ends_at + timedelta(minutes=1))
    sent.mails.clear()
    return registration


def published(registration: Registration, address: str = RECORDING) -> None:
    Webinar.objects.filter(pk=registration.webinar_id).update(recording_url=address)


def purposes(registration: Registration) -> list[str]:
    return [*registration.deliveries.order_by("pk").values_list("purpose", flat=True)]


def test_a_press_notes_the_wish_and_the_page_says_so(over: Registration) -> None:
    assert "Tell me when it is there" in text(get(joining(over)))

    pressed = [press(joining(over, "recording/")) for _twice in range(2)]

    assert [each["Location"] for each in pressed] == [joining(over)] * 2
    assert RecordingWish.objects.count() == 1
    shown = text(get(joining(over)))
    assert "When it is there, we tell you by email, once." in shown
    assert "Tell me when it is there" not in shown


def test_looking_notes_nothing_not_even_at_the_presss_own_address(over: Registration) -> None:
    before = every_row()

    get(joining(over))
    get(joining(over, "recording/"))

    assert every_row() == before


def test_a_stale_press_shows_the_button_again(over: Registration) -> None:
    response = press(joining(over, "recording/"), rendered="x")

    assert "Please press the button once more." in text(response)
    assert RecordingWish.objects.count() == 0


def test_before_the_end_and_without_a_place_nothing_is_noted(clock: Clock) -> None:
    early, gone = make_registration(), make_registration()
    press(joining(early, "recording/"))
    signup.cancel(gone)
    clock.move_to(gone.webinar.ends_at)
    press(joining(gone, "recording/"))

    assert RecordingWish.objects.count() == 0
    assert "Tell me when it is there" not in text(get(joining(gone)))


def test_once_the_recording_is_there_whoever_wished_hears_it_once(
    over: Registration, clock: Clock, deliver_everything_due: Deliver, sent: Sink
) -> None:
    other = make_registration(webinar=make_webinar(starts_in=timedelta(minutes=20)))
    recordings.wish(over)
    deliver_everything_due()
    assert sent.to(over.email) == []

    published(over)
    for minutes in (2, 4):
        clock.forward(minutes=minutes)
        deliver_everything_due()
    published(over, "https://video.example/2")
    recordings.wish(over)
    clock.forward(minutes=2)
    deliver_everything_due()

    assert purposes(over).count(Purpose.RECORDING) == 1
    assert Purpose.RECORDING not in purposes(other)
    assert [mail.purpose for mail in sent.to(over.email)] == ["recording"]
    assert RecordingWish.objects.count() == 0


def test_the_private_page_lists_it_and_the_data_have_the_wish(
    over: Registration, clock: Clock, deliver_everything_due: Deliver
) -> None:
    recordings.wish(over)
    assert len(get(private(over, "data.json")).json()["recording_wishes"]) == 1

    published(over)
    clock.forward(minutes=2)
    deliver_everything_due()

    assert "The recording is ready Sent on" in text(get(private(over)))
    assert get(private(over, "data.json")).json()["recording_wishes"] == []


def test_whoever_gave_the_place_up_or_complained_hears_nothing(
    over: Registration, clock: Clock, deliver_everything_due: Deliver
) -> None:
    gone = make_registration(webinar=make_webinar(starts_in=timedelta(hours=2)))
    clock.move_to(gone.webinar.ends_at)
    for each in (over, gone):
        recordings.wish(each)
        published(each)
    signup.cancel(gone)
    Suppression.objects.create(address=over.address, scope=Suppression.Scope.OPTIONAL)

    clock.forward(minutes=2)
    deliver_everything_due()

    found = Delivery.objects.filter(purpose=Purpose.RECORDING)
    assert [*found.values_list("registration", "state", "outcome")] == [
        (over.pk, "skipped", "suppressed")
    ]
    assert RecordingWish.objects.count() == 0


def test_whoever_is_erased_wishes_nothing_any_more(over: Registration) -> None:
    recordings.wish(over)

    erasing.erase(over)

    assert RecordingWish.objects.count() == 0


def test_granting_twice_at_once_tells_once(over: Registration) -> None:
    recordings.wish(over)
    published(over)

    assert [recordings.grant(), recordings.grant()] == [1, 0]
    assert purposes(over).count(Purpose.RECORDING) == 1
