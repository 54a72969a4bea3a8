"""A mistyped address is mended on the page that answered, which tells nothing of others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from notifications.auditing import unexplained
from notifications.models import Delivery
from registrations import changing, erasing, fixing, signup
from registrations.models import FormerAddress, Registration
from registrations.protection import stamp
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import every_row, get, page, press, private, register, text
from tests.registrations.test_signup import at_once
from tests.sink import Sink
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
WRONG, RIGHT = "ada@gmial.example", "ada@gmail.example"


def sealed(answer: Any) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', answer.content.decode())
    assert found
    return found[1]


def fix(webinar: Webinar, answer: Any, email: str = RIGHT) -> Any:
    return press(f"{page(webinar)}fix/", sealed=sealed(answer), email=email)


def people() -> list[tuple[str, str]]:
    """Those that a wrong address gave way to the right one are left out: they name nobody."""
    rows = Registration.objects.order_by("pk")
    assert not rows.filter(state="replaced").exclude(email="").exists()
    return [(each.email, each.state) for each in rows if each.state != "replaced"]


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
    assert new.consents.count() == 1


def test_whether_the_first_address_was_known_is_told_by_nothing() -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    answers = [
        register(webinar, email=email) for email in ("known@example.com", "newww@example.com")
    ]
    assert len(sealed(answers[0])) == len(sealed(answers[1]))

    fixed = [fix(webinar, answers[0], "a@example.com"), fix(webinar, answers[1], "b@example.com")]

    assert text(answers[0]).replace("known@", "newww@") == text(answers[1])
    assert text(fixed[0]).replace("a@ex", "b@ex") == text(fixed[1])
    assert len(sealed(fixed[0])) == len(sealed(fixed[1]))


def test_whether_the_right_address_was_known_is_told_by_nothing() -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    shown = [
        text(fix(webinar, register(webinar, email=wrong), right)).replace(right, "")
        for wrong, right in [("x@example.com", "known@example.com"), ("y@example.com", "z@z.org")]
    ]
    assert shown[0] == shown[1]


def test_no_address_and_no_name_stands_in_the_field_or_in_its_path() -> None:
    webinar = make_webinar()
    html = register(webinar, email=WRONG, last_name="Whitaker").content.decode()
    form = html[html.index("<form") : html.index("</form>")]
    assert [word for word in ("gmial", "Whitaker", "Chicago") if word in form] == []
    assert f'action="{page(webinar)}fix/"' in form


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


ADA = {
    "first_name": "Ada",
    "email": WRONG,
    "time_zone": "America/New_York",
    "language": "en",
}


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


def test_the_wrong_mailbox_reads_the_same_whatever_became_of_the_right_one(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    signup.cancel(make_registration(webinar=webinar, email="gone@example.com", first_name="Ada"))
    erasing.refuse(make_registration(webinar=webinar, email="no@example.com"))
    read = set()
    for name in ("known", "gone", "no", "new"):
        answer = register(webinar, email=f"of-{name}@example.com")
        deliver_everything_due()
        fix(webinar, answer, f"{name}@example.com")
        deliver_everything_due()
        _first, last = sent.to(f"of-{name}@example.com")
        assert last.purpose == "address_changed"
        read.add(last.text)

    assert len(read) == 1


def test_the_right_mailbox_reads_the_same_whether_the_wrong_one_was_known(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    read = []
    for wrong, right in (("known@example.com", "a@example.com"), ("new@x.org", "b@example.com")):
        fix(webinar, register(webinar, email=wrong), right)
        deliver_everything_due()
        (mail,) = sent.to(right)
        mine = Registration.objects.get(email=right)
        stored = json.loads(get(private(mine, "data.json")).content)
        shown = [re.sub(r"/[rj]/\w+/", "", mail.text), re.findall(b"SEQUENCE:.*", mail.calendar)]
        read.append([shown, len(stored["messages"]), stored["former_addresses"], mine.epoch])
        assert mine.registered_at == mine.active_since

    assert read[0] == read[1]


def test_the_last_seat_is_kept_and_the_page_says_what_it_says_to_everybody() -> None:
    webinar = make_webinar(capacity=2)
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    known = register(webinar, email="known@example.com")
    mine = register(webinar, email=WRONG)

    shown = [
        text(fix(webinar, known, "a@example.com")).replace("a@example.com", ""),
        text(fix(webinar, mine, RIGHT)).replace(RIGHT, ""),
    ]

    assert shown[0] == shown[1]
    assert "If you have a place, our email to this address tells you." in shown[0]
    waits = ("a@example.com", "waiting")
    assert people() == [("known@example.com", "active"), waits, (RIGHT, "active")]


def test_the_seat_goes_with_the_place_where_the_right_address_had_given_its_own_up() -> None:
    webinar = make_webinar(capacity=1)
    signup.cancel(make_registration(webinar=webinar, email=RIGHT, first_name="Ada"))

    fix(webinar, register(webinar, email=WRONG))

    assert people() == [(RIGHT, "active")]
    webinar.seats.refresh_from_db()
    assert webinar.seats.taken == 1


def test_after_sign_up_has_closed_nothing_is_mended_and_the_page_says_the_same(
    clock: Clock,
) -> None:
    closes = {"starts_in": timedelta(hours=2), "registration_closes": timedelta(hours=1)}
    webinar = make_webinar(**closes)
    clock.move_to(webinar.registration_closes_at - timedelta(minutes=1))
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    known, mine = register(webinar, email="known@example.com"), register(webinar, email=WRONG)
    clock.forward(minutes=2)

    shown = [
        text(fix(webinar, known, "a@example.com")).replace("a@example.com", ""),
        text(fix(webinar, mine)).replace(RIGHT, ""),
    ]

    assert shown[0] == shown[1]
    assert "or sign-up has closed" in shown[0]
    assert people() == [("known@example.com", "active"), (WRONG, "active")]


def test_a_webinar_called_off_meanwhile_shows_its_page() -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    scheduling.cancel(webinar, reason="", by=None)
    before = every_row()

    response = fix(webinar, answer)

    assert (response.status_code, response["Location"]) == (303, page(webinar))
    assert every_row() == before


@pytest.mark.parametrize("meanwhile", ["erased", "cancelled", "corrected"])
def test_a_place_that_is_another_by_now_is_left_alone(meanwhile: str) -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    registration = Registration.objects.get()
    if meanwhile == "erased":
        erasing.refuse(registration)
    elif meanwhile == "cancelled":
        signup.cancel(registration)
    else:
        signup.correct_address(registration, email="other@example.com")
    before = people()[0]

    fix(webinar, answer)

    assert people() == [before, (RIGHT, "active")]


def test_who_came_back_can_mend_too() -> None:
    webinar = make_webinar()
    signup.cancel(make_registration(webinar=webinar, email=WRONG, first_name="Ada"))
    answer = register(webinar, email=WRONG)
    fix(webinar, answer)
    assert people() == [(RIGHT, "active")]


def test_an_address_that_was_refused_gets_nothing_and_the_answer_is_the_same(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    erasing.refuse(make_registration(webinar=webinar, email="no@example.com"))
    for wrong in ("a@example.com", "b@example.com"):
        answer = register(webinar, email=wrong)
        if wrong == "b@example.com":
            answer = register(webinar, email=wrong)  # known now
        refused = fix(webinar, answer, "no@example.com")
        assert "Look for our message at this address: no@example.com" in text(refused)
    deliver_everything_due()
    assert not sent.to("no@example.com")
    assert people()[1:] == [("b@example.com", "active")]


def test_an_address_that_is_none_is_asked_for_again_on_the_same_page() -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    before = every_row()

    response = fix(webinar, answer, "ada at home")

    assert "Write your whole email address, like name@example.com." in text(response)
    assert WRONG in text(response)
    assert 'value="ada at home"' in response.content.decode()
    assert every_row() == before
    fix(webinar, response)
    assert people() == [(RIGHT, "active")]


def test_after_a_quarter_of_an_hour_the_form_is_to_be_filled_in_again(clock: Clock) -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    clock.forward(minutes=15, seconds=1)
    before = every_row()
    response = fix(webinar, answer)
    assert "Please fill in the form once more" in text(response)
    assert every_row() == before


@pytest.mark.parametrize("how", ["forged", "none", "another webinar's"])
def test_a_field_that_is_not_ours_changes_nothing(how: str) -> None:
    webinar, other = make_webinar(), make_webinar()
    given = {"forged": "A" * 120, "none": "", "another webinar's": sealed(register(other))}[how]
    before = every_row()
    response = press(f"{page(webinar)}fix/", sealed=given, email=RIGHT)
    assert "Please fill in the form once more" in text(response)
    assert every_row() == before


def test_looking_changes_nothing_and_other_sites_are_refused() -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    before = every_row()
    assert get(f"{page(webinar)}fix/")["Location"] == page(webinar)
    foreign = Client().post(
        f"{page(webinar)}fix/",
        {"rendered": stamp(), "sealed": sealed(answer), "email": RIGHT},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert foreign.status_code == 403
    assert every_row() == before


def test_the_answer_is_kept_by_nobody_and_sets_no_cookie() -> None:
    webinar = make_webinar()
    fixed = fix(webinar, register(webinar, email=WRONG))
    assert (fixed.status_code, fixed["Cache-Control"]) == (200, "no-store")
    assert not fixed.cookies


def test_a_change_with_proof_is_not_undone_by_an_old_page(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=3))
    answer = register(webinar, email=WRONG)
    change = changing.ask_for_proof(Registration.objects.get(), email="other@example.com")
    changing.prove(change)
    fix(webinar, answer)
    assert people() == [("other@example.com", "active"), (RIGHT, "active")]
