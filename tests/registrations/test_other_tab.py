"""A page that was open while its person did something else, in another tab or at the same moment.

What is pressed there comes late: it must not undo, name anybody anew, or end in an error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from registrations import changing, erasing, lost_links, recordings, signup
from registrations.models import RecordingWish, Registration
from tests.clock import Clock
from tests.makers import make_carer, make_registration, make_webinar
from tests.registrations.pages import every_row, press, private
from tests.registrations.racing import all_at_once
from webinars import scheduling

pytestmark = pytest.mark.django_db

CHANGES: dict[str, Callable[[Registration], object]] = {
    "name": partial(changing.change_name, first_name="Adalberta", last_name=""),
    "phone": partial(changing.change_phone, phone="555 010 0123"),
    "language": partial(changing.change_language, language="es"),
}


@pytest.mark.parametrize("act", [erasing.erase, signup.cancel])
def test_a_wish_for_the_recording_that_comes_after_the_place_is_gone_is_not_noted(
    act: Callable[[Registration], object],
) -> None:
    registration = make_registration()
    found_before = Registration.objects.get()
    act(registration)
    recordings.wish(found_before)
    assert not RecordingWish.objects.exists()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("act", [erasing.erase, signup.cancel])
def test_a_change_that_comes_after_the_place_is_gone_writes_nothing(
    change: str, act: Callable[[Registration], object]
) -> None:
    registration = make_registration()
    found_before = Registration.objects.select_related("webinar").get()
    act(registration)
    before = every_row()

    with pytest.raises(signup.Closed):
        CHANGES[change](found_before)

    assert every_row() == before


@pytest.mark.parametrize(
    "act", [signup.come_back, partial(signup.change_zone, time_zone="Asia/Tokyo")]
)
def test_nobody_who_was_erased_comes_back(act: Callable[[Registration], object]) -> None:
    found_before = signup.cancel(make_registration())
    erasing.erase(found_before)
    before = every_row()

    with pytest.raises(signup.Closed):
        act(found_before)

    assert every_row() == before


def test_a_press_that_comes_too_late_leads_back_to_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registration = make_registration()

    def gone(found: Registration, **typed: str) -> None:
        signup.cancel(found)
        raise signup.Closed

    monkeypatch.setattr(changing, "change_phone", gone)
    answer = press(private(registration, "phone/"), phone="555 010 0123")
    assert (answer.status_code, answer["Location"]) == (303, private(registration))


def test_where_the_mailbox_refused_meanwhile_nobody_takes_the_place_again() -> None:
    webinar = make_webinar()
    ada = make_registration(webinar=webinar, email="both@example.com")
    bo = make_registration(webinar=webinar, email="both@example.com", first_name="Bo")
    signup.cancel(ada)
    erasing.refuse(bo)

    answer = press(private(ada, "return/"))

    assert (answer.status_code, answer["Location"]) == (303, f"{private(ada)}?done=too+late")
    ada.refresh_from_db()
    assert ada.state == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_for_links_and_has_data_deleted_at_once_gets_both_answers() -> None:
    for number in range(5):
        address = f"box{number}@example.com"
        webinar = make_webinar()
        names = ["Ada", "Bo", "Cy", "Di", "Ed", "Flo"]
        people = [make_registration(webinar=webinar, email=address, first_name=n) for n in names]
        lost_links.ask_for_links(address)
        acts = [lost_links.mail_links, *(partial(erasing.erase, each) for each in people)]
        assert all_at_once(acts) == {"done": 7}, number


@pytest.mark.parametrize("end", ["called off", "over"])
def test_a_carer_taken_off_when_there_is_nothing_to_help_with_gets_no_email(
    clock: Clock, end: str
) -> None:
    patient = make_registration()
    carer = make_carer(patient=patient)
    if end == "over":
        clock.move_to(patient.webinar.ends_at)
    else:
        scheduling.cancel(patient.webinar, reason="", by=None)
    before = every_row()

    assert press(private(patient, "others/off/"), carer=carer.pk).status_code == 303

    assert every_row() == before
