"""What every email says, what none says, and that its words and its invite agree."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

import pytest

from notifications import emails
from notifications.models import INVITING, WELCOMING, Purpose
from registrations import links
from registrations.tokens import Purpose as OfLink
from registrations.tokens import token
from tests.makers import make_registration
from tests.notifications.emails.reading import (
    CANCELLING,
    OF_THE_SESSION,
    a_delivery,
    body,
    calendar,
    on_july_31,
    parsed,
    raw_body,
)
from webinars import times
from webinars.models import Resource, Speaker, Webinar

pytestmark = pytest.mark.django_db


JOINABLE = (*INVITING, Purpose.REMINDER)
WITHOUT_INVITE = (
    Purpose.REMINDER,
    Purpose.RECORDING,
    Purpose.ADDRESS_PROOF,
    Purpose.WAITLISTED,
)

ZONES = {
    "America/Los_Angeles": ["4:00 pm Pacific Time (PDT)", "7:00 pm Eastern Time (EDT)"],
    "America/Phoenix": [
        "4:00 pm Arizona Time (MST)",
        "4:00 pm Pacific Time (PDT)",
        "7:00 pm Eastern Time (EDT)",
    ],
    "America/Sao_Paulo": [
        "8:00 pm São Paulo time (UTC-3)",
        "4:00 pm Pacific Time (PDT)",
        "7:00 pm Eastern Time (EDT)",
    ],
}


# What an inbox shows beneath the subject: every zone's time, or what is to be known at once.
PREHEADERS: dict[str, str] = {
    Purpose.WAITLISTED: "Thank you for signing up. All places are taken right now, so you are on"
    " the waiting list.",
    Purpose.CANCELLED: "It will not take place. You do not need to do anything.",
    Purpose.REGISTRATION_CANCELLED: "Your place is cancelled, as you asked. You will get no more"
    " reminders.",
    Purpose.ADDRESS_CHANGED: "Did you not ask for this? Then answer this email.",
    Purpose.ADDRESS_PROOF: "Somebody, most likely you, asked us to send the emails about this"
    " session here.",
    Purpose.RECORDING: "You can watch it when you like.",
}


def preheader(html: str) -> str:
    found = re.search(r'<div class="preheader"[^>]*>([^<]*)</div>', html)
    assert found
    return found[1].strip()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("purpose", [each for each in OF_THE_SESSION if each != Purpose.MOVED])
def test_every_email_has_the_day_every_zone_and_the_help_line(purpose: str, zone: str) -> None:
    registration = make_registration(webinar=on_july_31(), time_zone=zone)

    composed = emails.compose(a_delivery(purpose, registration))

    text, html = body(composed, "plain"), body(composed, "html")
    first, *others = ZONES[zone]
    assert f"Friday, July 31, 2026, {first}, your time\n" in text
    assert all(f"\n{other}\n" in text for other in others)
    assert "Help: 1-800-555-0199\n" in text
    assert all(f">{words}</p>" in html for words in ["Friday, July 31, 2026", *ZONES[zone]])
    assert 'href="tel:18005550199"' in html
    times_said = ", ".join(["Friday, July 31, 2026", *ZONES[zone]])
    assert preheader(html) == PREHEADERS.get(purpose, times_said)


def test_where_the_readers_date_is_another_both_dates_are_said() -> None:
    registration = make_registration(webinar=on_july_31(), time_zone="Asia/Tokyo")

    text = body(emails.compose(a_delivery(Purpose.CONFIRMATION, registration)), "plain")

    assert (
        "Saturday, August 1, 2026, 8:00 am Japan Time (JST), your time\n"
        "Friday, July 31, 2026, 4:00 pm Pacific Time (PDT)\n"
        "Friday, July 31, 2026, 7:00 pm Eastern Time (EDT)\n"
    ) in text


def test_where_any_zone_has_another_date_every_line_has_its_own() -> None:
    webinar = on_july_31(local_date=date(2026, 12, 2), local_time=time(18, 30))
    webinar.display_zones = ["America/Los_Angeles", "America/New_York", "Europe/Madrid"]
    webinar.save()
    registration = make_registration(webinar=webinar, time_zone="America/Sao_Paulo")

    composed = emails.compose(a_delivery(Purpose.CONFIRMATION, registration))

    lines = [
        "Wednesday, December 2, 2026, 6:30 pm Pacific Time (PST)",
        "Wednesday, December 2, 2026, 9:30 pm Eastern Time (EST)",
        "Thursday, December 3, 2026, 3:30 am Central European Time (CET)",
    ]
    assert (
        "Wednesday, December 2, 2026, 11:30 pm São Paulo time (UTC-3), your time\n"
        + "".join(f"{line}\n" for line in lines)
    ) in body(composed, "plain")
    assert all(f">{line}</p>" in body(composed, "html") for line in lines)


def links_of(composed: emails.Email) -> tuple[list[str], list[str]]:
    """In the order of the text and of the HTML; numbers to call are none."""
    html = re.findall(r'href="(https?:[^"]+)"', body(composed, "html"))
    return re.findall(r"^https?://\S+$", body(composed, "plain"), re.MULTILINE), html


@pytest.mark.parametrize("purpose", JOINABLE)
def test_join_comes_first_then_the_calendar_then_the_way_out(purpose: str) -> None:
    delivery = a_delivery(purpose)
    someone = delivery.registration

    composed = emails.compose(delivery)

    expected = [links.join_url(someone), links.calendar_url(someone), links.manage_url(someone)]
    if purpose in WELCOMING:
        expected.append(links.not_me_link(token(someone, OfLink.MANAGE), someone.language))
    if purpose == Purpose.REMINDER:
        expected.append(links.stop_link(token(someone, OfLink.STOP), someone.language))
    assert links_of(composed) == (expected, expected)
    for kind in ("plain", "html"):
        words = body(composed, kind)
        assert "1-800-555-0100" in words
        assert ", code 4711" in words
        assert "Saying no in your calendar does not cancel your place." in words
        assert "It opens 15 minutes before the start." in words


@pytest.mark.parametrize("purpose", CANCELLING)
def test_what_is_called_off_has_no_way_in(purpose: str) -> None:
    delivery = a_delivery(purpose)
    has_way_back = purpose == Purpose.REGISTRATION_CANCELLED
    page = [links.page_url(delivery.registration.webinar)] * has_way_back

    composed = emails.compose(delivery)

    assert links_of(composed) == (page, page)
    assert "1-800-555-0100" not in body(composed, "plain") + body(composed, "html")


@pytest.mark.parametrize("purpose", Purpose)
def test_the_html_loads_nothing_and_says_its_language(purpose: str) -> None:
    composed = emails.compose(a_delivery(purpose))

    html = body(composed, "html")
    assert html.startswith('<!DOCTYPE html><html lang="en">')
    assert not re.search(r"<img|<link|<script|@import|@font-face|url\(|src=", html)
    assert "prefers-color-scheme: dark" in html
    assert f"<title>{parsed(composed)['Subject']}</title>" in html


@pytest.mark.parametrize("purpose", Purpose)
def test_no_email_promises_that_a_calendar_adds_the_entry_by_itself(purpose: str) -> None:
    composed = emails.compose(a_delivery(purpose))

    said = body(composed, "plain") + body(composed, "html")
    assert not re.search(r"gmail|google|automatic|was added|is in your calendar", said, re.I)
    assert "!" not in body(composed, "plain")


def said_instant(words: str, zone: str) -> datetime:
    """Read "Friday, July 31, 2026, 4:00 pm …" back by the clocks of the zone."""
    found = re.search(r"(\w+, \w+ \d+, \d{4}), (\d+:\d\d [ap]m|12 noon|12 midnight)", words)
    assert found, words
    clock = {"12 noon": "12:00 pm", "12 midnight": "12:00 am"}.get(found[2], found[2])
    wall_clock = datetime.strptime(f"{found[1]} {clock}", "%A, %B %d, %Y %I:%M %p")  # noqa: DTZ007
    return times.instant(wall_clock.date(), wall_clock.time(), zone)


@pytest.mark.parametrize(
    ("day", "local_time", "zone"),
    [
        (date(2026, 7, 31), time(16), "Pacific/Honolulu"),
        (date(2026, 7, 31), time(21), "America/St_Johns"),
        (date(2026, 10, 28), time(12), "Europe/London"),  # the week between two changes
        (date(2026, 11, 1), time(9), "America/Puerto_Rico"),
        (date(2026, 12, 31), time(22), "America/New_York"),  # the next year there
        (date(2027, 3, 14), time(3), "America/Anchorage"),
        (date(2027, 3, 20), time(16, 30), "Australia/Lord_Howe"),
    ],
)
def test_subject_preheader_text_page_and_invite_name_one_instant(
    day: date, local_time: time, zone: str
) -> None:
    webinar = on_july_31(local_date=day, local_time=local_time)
    registration = make_registration(webinar=webinar, time_zone=zone)

    composed = emails.compose(a_delivery(Purpose.CONFIRMATION, registration))

    event, html = calendar(composed).vevent, body(composed, "html")
    day_and_time = re.sub(r"</p>\s*<p[^>]*>", ", ", html.partition('class="day"')[2])
    assert event.dtstart.value == webinar.starts_at
    assert event.dtend.value == webinar.ends_at
    for words in (
        parsed(composed)["Subject"],
        body(composed, "plain"),
        preheader(html),
        day_and_time,
    ):
        assert said_instant(words, zone) == event.dtstart.value


def test_the_invite_is_this_persons_and_grows_with_each_change() -> None:
    registration = make_registration(webinar=on_july_31())
    first = calendar(emails.compose(registration.deliveries.get())).vevent

    second = calendar(emails.compose(a_delivery(Purpose.MOVED, registration))).vevent

    assert (
        first.uid.value == second.uid.value == f"{registration.calendar_uid}@webinars.example.org"
    )
    assert (first.sequence.value, second.sequence.value) == ("0", "1")
    assert second.attendee.value == f"mailto:{registration.email}"


TELLING = ("sacroiliac", "lumbar", "fusion", "nerve", "Zubizarreta", "orthopedic", "Spinewell")


def telling_webinar(**fields: Any) -> Webinar:
    webinar = on_july_31(
        title="Sacroiliac pain: what helps",
        summary="After a lumbar operation.",
        description="<p>Fusion and <strong>nerve</strong> blocks.</p>",
        organizer_name="Spinewell Group",
        **fields,
    )
    Speaker.objects.create(webinar=webinar, name="Ane Zubizarreta, MD", role="Orthopedic surgeon")
    Resource.objects.create(webinar=webinar, title="Lumbar studies", url="https://x.example/fusion")
    return webinar


@pytest.mark.parametrize("purpose", Purpose)
def test_no_part_of_a_sensitive_email_names_the_topic(purpose: str) -> None:
    registration = make_registration(webinar=telling_webinar())

    composed = emails.compose(a_delivery(purpose, registration))

    inside = b"".join(
        part.get_payload(decode=True) or b"" for part in parsed(composed).walk()
    ).decode()
    outside = "".join(f"{name}: {value}\n" for name, value in parsed(composed).items())
    said = (outside + inside).casefold()
    assert "online session" in said
    assert [word for word in TELLING if word.casefold() in said] == []


def test_an_email_that_is_not_sensitive_names_the_webinar() -> None:
    registration = make_registration(webinar=telling_webinar(is_sensitive=False))

    composed = emails.compose(a_delivery(Purpose.CONFIRMATION, registration))

    assert parsed(composed)["Subject"].startswith("You are registered: Sacroiliac pain: what helps")
    assert calendar(composed).vevent.summary.value == "Sacroiliac pain: what helps"


def test_a_spanish_confirmation_names_the_reminders_in_spanish() -> None:
    registration = make_registration(webinar=on_july_31(), language="es")

    text = body(emails.compose(registration.deliveries.get()), "plain")

    assert "7 días, 1 día, 1 hora y 10 minutos" in text


@pytest.mark.parametrize("purpose", OF_THE_SESSION)
def test_a_spanish_readers_email_tells_the_time_and_links_in_spanish(purpose: str) -> None:
    registration = make_registration(
        webinar=on_july_31(), language="es", time_zone="America/Puerto_Rico"
    )

    composed = emails.compose(a_delivery(purpose, registration))

    subject, text, html = (
        parsed(composed)["Subject"],
        body(composed, "plain"),
        body(composed, "html"),
    )
    assert re.search(r"^(Viernes, 31 de julio|Martes, 4 de agosto) de 2026", text, re.MULTILINE)
    assert re.search(r">(Viernes, 31 de julio|Martes, 4 de agosto) de 2026</p>", html)
    assert not re.search(r"(^|>|- )(viernes|martes)", text + html, re.MULTILINE)
    assert ":00 p. m., hora" in subject or ":30 p. m., hora" in subject
    assert '<html lang="es">' in html
    in_text, in_html = links_of(composed)
    assert all(link.endswith("?language=es") for link in in_text + in_html)


@pytest.mark.parametrize(("language", "half"), [("en", "pm"), ("es", "p.&nbsp;m.")])
@pytest.mark.parametrize("purpose", OF_THE_SESSION)
def test_no_clock_time_is_parted_at_the_end_of_a_line_of_html(
    purpose: str, language: str, half: str
) -> None:
    registration = make_registration(webinar=on_july_31(), language=language)

    composed = emails.compose(a_delivery(purpose, registration))

    html = raw_body(composed, "html")
    assert re.search(rf":[03]0&nbsp;{half}", html)
    assert not re.search(r"\d [ap]\.? ?m\b|[ap]\. m\.", html)
    assert "\N{NO-BREAK SPACE}" not in raw_body(composed, "plain") + parsed(composed)["Subject"]


@pytest.mark.parametrize("purpose", OF_THE_SESSION)
def test_the_default_calendar_title_is_said_in_the_readers_language(purpose: str) -> None:
    registration = make_registration(webinar=on_july_31(), language="es")

    composed = emails.compose(a_delivery(purpose, registration))

    assert "Sesión en línea" in parsed(composed)["Subject"]
    assert "\nSesión en línea\n" in body(composed, "plain")
    assert "Online session" not in body(composed, "plain") + body(composed, "html")
    if purpose not in WITHOUT_INVITE:
        assert calendar(composed).vevent.summary.value == "Sesión en línea"


def test_a_calendar_title_of_the_organizers_own_is_never_translated() -> None:
    webinar = on_july_31(calendar_title="Help")  # a word that the catalog knows

    composed = emails.compose(
        a_delivery(Purpose.CONFIRMATION, make_registration(webinar=webinar, language="es"))
    )

    assert "\nHelp\n" in body(composed, "plain")
    assert calendar(composed).vevent.summary.value == "Help"
