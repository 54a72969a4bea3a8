"""What a message is made of: MIME tree, headers, octets; and that nobody writes into it."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from notifications import emails
from notifications.models import INVITING, Delivery, Purpose
from tests.clock import Clock
from tests.makers import make_delivery, make_registration
from tests.notifications.emails.reading import (
    CANCELLING,
    OF_THE_SESSION,
    a_delivery,
    body,
    calendar,
    octets_of,
    offered_again,
    on_july_31,
    parsed,
    the_reminder,
    tree,
)
from tests.sink import Sink
from webinars import times

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("purpose", "method"),
    [*((purpose, "REQUEST") for purpose in INVITING), *((each, "CANCEL") for each in CANCELLING)],
)
def test_an_invite_is_the_last_alternative_and_the_same_octets_are_attached(
    purpose: str, method: str
) -> None:
    composed = emails.compose(a_delivery(purpose))

    assert tree(parsed(composed)) == [
        "multipart/mixed",
        "  multipart/alternative",
        "    text/plain; charset=utf-8",
        "    text/html; charset=utf-8",
        f"    text/calendar; method={method}; charset=utf-8",
        '  application/ics; name=invite.ics (attachment; filename="invite.ics")',
    ]
    assert octets_of(composed, "text/calendar") == octets_of(composed, "application/ics")
    assert calendar(composed).method.value == method


def test_a_reminder_carries_no_calendar_part() -> None:
    composed = emails.compose(a_delivery(Purpose.REMINDER))

    assert tree(parsed(composed)) == [
        "multipart/alternative",
        "  text/plain; charset=utf-8",
        "  text/html; charset=utf-8",
    ]


def test_the_headers_are_these_and_no_others() -> None:
    webinar = on_july_31(organizer_email="team@lakeside.example.org")
    registration = make_registration(webinar=webinar, email="ada@example.com")
    delivery = make_delivery(registration=registration, message_id="<1@webinars.example.org>")
    delivery.date = datetime(2026, 7, 1, 17, 0, tzinfo=UTC)

    message = parsed(emails.compose(delivery))

    assert {name: str(value) for name, value in message.items()} == {
        "Content-Type": message["Content-Type"],
        "MIME-Version": "1.0",
        "Subject": "You are registered: Online session, "
        "Friday, July 31, 2026, 7:00 pm Eastern Time (EDT)",
        "From": "Lakeside Health <hello@webinars.example.org>",
        "To": "ada@example.com",
        "Reply-To": "team@lakeside.example.org",
        "Message-ID": "<1@webinars.example.org>",
        "Date": "Wed, 01 Jul 2026 17:00:00 +0000",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    assert len(message.keys()) == 10


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("purpose", Purpose)
def test_the_subject_begins_on_its_own_line_and_reads_the_same_to_old_parsers(
    purpose: str, language: str
) -> None:
    registration = make_registration(webinar=on_july_31(), language=language)

    composed = emails.compose(a_delivery(purpose, registration))

    by_old = email.message_from_bytes(composed.content, policy=email.policy.compat32)["Subject"]
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", by_old)
    assert re.search(rb"^Subject: \S", composed.content, re.MULTILINE)
    assert parsed(composed)["Subject"] == composed.as_django().subject
    assert str(make_header(decode_header(unfolded))) == composed.as_django().subject


def test_the_sender_is_the_organizer_of_the_invite() -> None:
    composed = emails.compose(a_delivery(Purpose.CONFIRMATION))

    (sender,) = parsed(composed)["From"].addresses
    event = calendar(composed).vevent
    assert event.organizer.value == f"mailto:{sender.addr_spec}"
    assert event.organizer.params["CN"] == [sender.display_name]
    assert composed.sender == sender.addr_spec


def test_composing_again_later_gives_the_same_octets(clock: Clock) -> None:
    delivery = a_delivery(Purpose.CONFIRMATION)
    first = emails.compose(delivery)
    clock.forward(minutes=3)

    again = emails.compose(offered_again(delivery, first))

    assert again.content == first.content
    assert first.sha256 == again.sha256 == hashlib.sha256(first.content).hexdigest()


def test_a_first_composition_makes_its_own_message_id_date_and_seed() -> None:
    delivery = a_delivery(Purpose.CONFIRMATION)

    first, other = emails.compose(delivery), emails.compose(delivery)

    assert re.fullmatch(r"<[0-9a-f-]{36}@webinars\.example\.org>", first.message_id)
    assert re.fullmatch(r"[0-9a-f]{32}", first.seed)
    assert abs(times.now() - first.date) < timedelta(minutes=1)
    assert first.date.microsecond == 0
    assert {first.message_id, first.seed}.isdisjoint({other.message_id, other.seed})


def test_the_invites_stamp_is_the_messages_date() -> None:
    composed = emails.compose(a_delivery(Purpose.CONFIRMATION))

    assert calendar(composed).vevent.dtstamp.value == composed.date


@pytest.mark.parametrize("purpose", Purpose)
def test_every_message_is_ascii_in_short_lines(purpose: str) -> None:
    registration = make_registration(webinar=on_july_31(help_line="1-800-555-0199 … " + "x" * 150))
    content = emails.compose(a_delivery(purpose, registration)).content

    assert content.isascii()
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    assert max(len(line) for line in content.split(b"\r\n")) <= 78


def test_what_arrives_is_what_was_composed_octet_by_octet(
    sent: Sink, deliver_everything_due: Callable[[], int]
) -> None:
    registration = make_registration(webinar=on_july_31(calendar_title="Sesión en línea · Å…"))
    deliver_everything_due()

    (mail,) = sent.to(registration.email)
    assert hashlib.sha256(mail.octets).hexdigest() == registration.deliveries.get().sha256
    assert mail.calendar.startswith(b"BEGIN:VCALENDAR\r\n")
    assert mail.calendar.endswith(b"END:VCALENDAR\r\n")


@pytest.mark.parametrize("purpose", Purpose)
def test_composing_only_reads(
    purpose: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    delivery = Delivery.objects.select_related("registration__webinar", "wave__rule").get(
        pk=a_delivery(purpose).pk
    )

    with django_assert_max_num_queries(3) as queries:
        emails.compose(delivery)

    assert all(query["sql"].startswith("SELECT") for query in queries.captured_queries)


def test_a_domain_with_an_umlaut_is_written_as_the_wire_wants_it() -> None:
    composed = emails.compose(
        a_delivery(Purpose.CONFIRMATION, make_registration(email="ada@münchen.example"))
    )

    assert composed.recipient == "ada@xn--mnchen-3ya.example"
    assert parsed(composed)["To"] == composed.recipient
    assert calendar(composed).vevent.attendee.value == f"mailto:{composed.recipient}"


INJECTION = "Ada\r\nBcc: evil@example.com\r\n\r\nClick here"


def headers(composed: emails.Email) -> list[str]:
    return sorted(parsed(composed).keys())


@pytest.mark.parametrize("purpose", Purpose)
def test_no_text_can_add_a_header(purpose: str, settings: Settings) -> None:
    expected = headers(emails.compose(a_delivery(purpose)))
    settings.ORGANISATION_NAME = INJECTION
    webinar = on_july_31(calendar_title=INJECTION, organizer_name=INJECTION, dial_in=INJECTION)
    registration = make_registration(webinar=webinar, first_name=INJECTION)

    delivery = a_delivery(purpose, registration)
    composed = emails.compose(delivery)

    assert headers(composed) == expected
    assert [each.addr_spec for each in parsed(composed)["To"].addresses] == [delivery.address]


def test_an_organizers_own_subject_cannot_add_a_header() -> None:
    delivery = the_reminder(on_july_31(), timedelta(days=1), subject=INJECTION)

    message = parsed(emails.compose(delivery))

    assert message["Subject"] == "Ada Bcc: evil@example.com Click here"
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "address", ["a@example.com\nBcc: b@example.com", "a@b.org, c@d.org", "a", "a@", "@b.org"]
)
def test_what_is_not_one_address_is_never_composed(address: str) -> None:
    delivery = a_delivery(Purpose.CONFIRMATION)
    delivery.registration.email = address

    with pytest.raises(ValueError, match=r"^not exactly one address$"):
        emails.compose(delivery)


@pytest.mark.parametrize("purpose", OF_THE_SESSION)
def test_names_are_escaped_in_html_and_plain_in_text(purpose: str) -> None:
    webinar = on_july_31(
        calendar_title="A & B <i>", dial_in="""5 > "4" '3'""", help_line="<b>Call</b>"
    )
    registration = make_registration(webinar=webinar, first_name="""O'<script>"&""")

    composed = emails.compose(a_delivery(purpose, registration))

    html, text = body(composed, "html"), body(composed, "plain")
    assert "Hello O'<script>\"&,\n" in text
    assert ("A & B <i>" in text, "Help: <b>Call</b>" in text) == (True, True)
    assert "<script>" not in html
    assert "<b>Call</b>" not in html
    assert "<i>" not in html
    assert "A &amp; B &lt;i&gt;" in html
