"""A new address is written to only when its owner has said yes; the old one is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from notifications import emails, hearing, outbox
from notifications.auditing import unexplained
from notifications.models import Delivery, Purpose, Suppression
from registrations import changing, erasing, signup
from registrations.models import AddressChange, Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import every_row, get, press, private, text
from tests.registrations.test_signup import at_once
from tests.sink import Sink
from webinars import scheduling

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
OLD, NEW = "old@example.com", "new@example.com"


def proof(change: AddressChange | None = None) -> str:
    change = change or AddressChange.objects.select_related("registration").get(is_open=True)
    return f"/e/{changing.proof_token(change)}/"


def ask(registration: Registration, email: str = NEW) -> Any:
    return press(private(registration, "address/"), email=email)


def sends(mails: Sink, address: str) -> list[str]:
    return [mail.purpose for mail in mails.to(address)]


def test_the_new_mailbox_is_asked_and_its_press_moves_everything_there(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=OLD)
    deliver_everything_due()

    answer = ask(registration)
    deliver_everything_due()

    assert answer["Location"] == private(registration, "?done=asked")
    page = text(get(answer["Location"]))
    assert f"Open our email to {NEW}, and press the button there within one day." in page
    assert f"Until then our emails go to {OLD}." in page
    assert sends(sent, NEW) == ["address_proof"]
    path = proof()
    assert path in sent.to(NEW)[0].text
    assert f'{path}"' in sent.to(NEW)[0].html
    assert f"Is this email address yours? {NEW}" in text(get(path))

    done = press(path)
    deliver_everything_due()

    moved = Registration.objects.get()
    assert (moved.email, moved.epoch) == (NEW, 1)
    assert done["Location"] == private(moved, "?done=address")
    assert f"Our emails go to {NEW}." in text(get(done["Location"]))
    assert sends(sent, OLD) == ["confirmation", "address_changed"]
    assert sends(sent, NEW) == ["address_proof", "confirmation"]
    assert get(private(registration)).status_code == 404
    assert not AddressChange.objects.exists()
    assert list(unexplained()) == []


def test_looking_at_the_link_changes_nothing_however_often(deliver_everything_due: Deliver) -> None:
    ask(make_registration(email=OLD))
    deliver_everything_due()
    before, path = every_row(), proof()
    for _look in range(3):
        assert Client().get(path).status_code == Client().head(path).status_code == 200
    assert every_row() == before


def test_the_mail_names_no_link_of_the_person_and_no_topic(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=OLD)
    ask(registration)
    deliver_everything_due()

    delivery = Delivery.objects.get(purpose=Purpose.ADDRESS_PROOF)
    said = emails.compose(delivery).letter.wording.facts
    assert [name for name, value in said.items() if "http" in str(value)] == ["proof_url"]
    mail = sent.to(NEW)[0]
    whole = mail.message.as_string() + mail.text
    assert [word for word in (OLD, "/r/", "/j/", "SI joint", "back surgery") if word in whole] == []


def test_the_page_says_the_same_whatever_the_new_address_is(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    erasing.refuse(make_registration(webinar=webinar, email="no@example.com"))
    make_registration(webinar=webinar, email="taken@example.com", first_name="Ada")
    Suppression.objects.create(address="lost@example.com")
    Suppression.objects.create(address="spam@example.com", scope=Suppression.Scope.OPTIONAL)
    shown, silent = set(), ["no@example.com", "lost@example.com", "spam@example.com"]
    for email in [*silent, "taken@example.com", "free@example.com"]:
        registration = make_registration(webinar=webinar, email=f"of-{email}", first_name="Ada")
        page = text(get(ask(registration, email)["Location"]))
        deliver_everything_due()
        heard = [(each.purpose, each.status) for each in hearing.messages(registration)]
        after = text(get(private(registration))).partition("What you will hear")[0]
        stored = json.loads(get(private(registration, "data.json")).content)
        own = [each["purpose"] for each in stored["messages"]]
        shown.add(f"{page} {heard} {after} {own}".replace(email, ""))

    assert [address for address in silent if sent.to(address)] == []
    assert sends(sent, "free@example.com") == ["address_proof"]
    assert sends(sent, "taken@example.com") == ["confirmation", "address_proof"]
    assert len(shown) == 1


def test_the_link_lives_for_a_day(clock: Clock, deliver_everything_due: Deliver) -> None:
    ask(make_registration(email=OLD))
    path = proof()
    clock.forward(hours=24, seconds=1)
    for answer in (get(path), press(path)):
        assert answer.status_code == 404
        assert "This link does not work any more." in text(answer)
    assert Registration.objects.get().email == OLD
    clock.forward(minutes=2)
    deliver_everything_due()
    assert not AddressChange.objects.exists()


def test_what_is_asked_anew_takes_the_place_of_what_was_asked_before(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=OLD)
    ask(registration, "first@example.com")
    first = proof()
    ask(registration)
    deliver_everything_due()

    assert get(first).status_code == 404
    assert not sent.to("first@example.com")
    assert not AddressChange.objects.filter(email="first@example.com").exists()
    unsent = Delivery.objects.filter(purpose=Purpose.ADDRESS_PROOF).order_by("pk")[0]
    assert (unsent.state, unsent.outcome) == ("skipped", "withdrawn")
    assert get(proof()).status_code == 200


def test_it_can_be_withdrawn_and_then_nothing_goes_out_and_no_link_works(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=OLD)
    ask(registration)
    path = proof()
    answer = press(private(registration, "address/keep/"))
    deliver_everything_due()

    assert "Done. Your address stays as it is." in text(get(answer["Location"]))
    assert "Look at your new mailbox" not in text(get(private(registration)))
    assert not sent.to(NEW)
    assert press(path).status_code == 404
    assert list(AddressChange.objects.values_list("email", "address")) == [("", "")]


def test_withdrawn_under_a_senders_hands_it_does_not_go_out(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    registration = make_registration(email=OLD)
    deliver_everything_due()
    ask(registration)
    compose = emails.Composer.compose

    def withdrawn_meanwhile(self: emails.Composer, delivery: Delivery) -> emails.Email:
        composed = compose(self, delivery)
        changing.withdraw(registration)
        return composed

    monkeypatch.setattr(outbox.emails.Composer, "compose", withdrawn_meanwhile)
    deliver_everything_due()

    assert not sent.to(NEW)
    unsent = Delivery.objects.get(purpose=Purpose.ADDRESS_PROOF)
    assert (unsent.state, unsent.outcome) == ("skipped", "withdrawn")


def test_three_in_an_hour_are_enough(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=OLD)
    for number in range(3):
        assert ask(registration, f"new{number}@example.com").status_code == 303
        press(private(registration, "address/keep/"))
    before = every_row()
    refused = ask(registration)
    assert "You asked a few times already. Please wait an hour." in text(refused)
    assert every_row() == before
    clock.forward(minutes=61)
    assert ask(registration).status_code == 303


@pytest.mark.django_db(transaction=True)
def test_ten_presses_at_once_ask_at_most_three_times_and_one_is_open() -> None:
    registration = make_registration(email=OLD)
    done = at_once(10, lambda number: changing.ask_for_proof(registration, email=f"{number}@a.org"))
    assert done == {"done": 3, "TooOften": 7}
    assert AddressChange.objects.filter(is_open=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_presses_of_yes_at_once_change_it_once() -> None:
    change = changing.ask_for_proof(make_registration(email=OLD), email=NEW)
    assert at_once(10, lambda _number: changing.prove(change)) == {"done": 1, "Http404": 9}
    assert Registration.objects.get().epoch == 1


def test_where_the_new_address_has_a_place_of_that_name_both_stay() -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email=NEW, first_name="Ada")
    ask(make_registration(webinar=webinar, email=OLD, first_name="Ada"))
    answer = press(proof())
    assert "This address has a place of its own for this session" in text(answer)
    assert sorted(Registration.objects.active().values_list("email", flat=True)) == [NEW, OLD]


@pytest.mark.parametrize("ending", ["given up", "called off", "over", "corrected", "erased"])
def test_a_link_whose_place_is_another_by_now_moves_nothing(clock: Clock, ending: str) -> None:
    registration = make_registration(email=OLD, webinar=make_webinar(starts_in=timedelta(hours=3)))
    ask(registration)
    path = proof()
    if ending == "given up":
        signup.cancel(registration)
    elif ending == "called off":
        scheduling.cancel(registration.webinar, reason="", by=None)
    elif ending == "over":
        clock.move_to(registration.webinar.ends_at)
    elif ending == "corrected":
        signup.correct_address(registration, email="staff@example.com")
    else:
        erasing.erase(registration)
        assert not AddressChange.objects.exists()
    before = every_row()
    assert get(path).status_code == 404  # nor is it offered
    assert press(path).status_code == 404
    assert every_row() == before


def test_an_owner_who_refuses_meanwhile_is_not_written_to(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    ask(make_registration(webinar=webinar, email=OLD, first_name="Ada"))
    path = proof()
    erasing.refuse(make_registration(webinar=webinar, email=NEW, first_name="Bo"))
    assert press(path).status_code == 404
    assert Registration.objects.active().get().email == OLD


def test_one_link_opens_nothing_of_another() -> None:
    registration = make_registration(email=OLD)
    ask(registration)
    token = proof().split("/")[2]
    for path in (f"/r/{token}/", f"/j/{token}/", f"/u/{token}/"):
        assert get(path).status_code == 404
    own = private(registration).split("/")[2]
    assert get(f"/e/{own}/").status_code == 404


def test_a_stale_form_and_another_site_move_nothing() -> None:
    ask(make_registration(email=OLD))
    before, path = every_row(), proof()
    assert "This page was open for a long time." in text(press(path, rendered="made up"))
    foreign = Client().post(path, {}, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    assert every_row() == before


def test_the_pages_are_private_and_speak_spanish(deliver_everything_due: Deliver) -> None:
    ask(make_registration(email=OLD, language="es"))
    answer = get(proof())
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert "¿Es suya esta dirección de correo?" in text(answer)
