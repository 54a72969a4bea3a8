"""A letter that is composed once and filled is the email that would be built for each person.

What it is held against is the direct build: the templates with the person's name in them,
`EmailMultiAlternatives`, and the standard library's generator.
"""

from __future__ import annotations

import email
import email.policy
import quopri
import secrets
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from email.headerregistry import Address
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from notifications import emails
from notifications.emails import mime
from notifications.emails.encoding import quoted
from notifications.emails.letter import MarkLost, letter
from notifications.emails.render import one_line
from notifications.emails.wording import Personal, Wording
from notifications.models import Delivery, Purpose
from registrations import tokens
from registrations.models import Registration
from tests.makers import make_carer, make_delivery, make_registration
from tests.notifications.emails.reading import (
    a_delivery,
    amend,
    body,
    fresh,
    hand_over,
    move,
    offered_again,
    on_july_31,
    parsed,
    the_reminder,
)
from webinars import times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

# Language, zone, whether the webinar is sensitive, and whether they help somebody.
READERS = [
    ("en", "America/New_York", True, False),
    ("es", "Europe/Madrid", False, False),
    ("es", "Asia/Kolkata", True, True),
]
MARK = "Zababababababababababababababababfirst_nameZ"
HARD = [
    *("", "Maria", "María José", "O'Brien", 'Ann "Annie"', "<script>alert(1)</script>"),
    *("&amp; & &#39;", "=3D=", "50 %", "%(text/plain first_name)b %s %%", "{{ first_name }}"),
    *("{% now %}", "\\", "\N{NO-BREAK SPACE}", ".", "..", ".hidden", "From ", "From here"),
    *("4 pm", "4 p. m.", "-place-", "--=_", "\r\n.\r\n", "\x00", "\u2028", "\ufeff", "\ufffe"),
    *("דנה", "\u202eevil\u202c", "Zoe\u0308", "\u0308", "👩🏽‍⚕️"),
    *("x" * 300, "é" * 300, ".é" * 200, "a " * 200, MARK),
]
NAMES = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=120),
    st.lists(st.sampled_from(HARD), min_size=2, max_size=4).map("".join),
)
within_reason = examples(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(params=[(purpose, *reader) for purpose in Purpose for reader in READERS], ids=str)
def delivery(request: pytest.FixtureRequest) -> Delivery:
    """Of every purpose, to several readers."""
    purpose, language, zone, is_sensitive, is_carer = request.param
    webinar = on_july_31(is_sensitive=is_sensitive, organizer_email="team@münchen.example")
    someone = make_registration(webinar=webinar, language=language, time_zone=zone)
    someone = make_carer(patient=someone, language=language) if is_carer else someone
    return a_delivery(purpose, someone)


@within_reason
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


def built(filled: emails.Email) -> bytes:
    """The same email, composed for this person from the beginning."""
    return mime.octets(mime.tree(filled.as_django(), filled.seed))


def reading(octets: bytes) -> list[Any]:
    """Headers, structure and content of every part, as a mail program understands them."""
    message = email.message_from_bytes(octets, policy=email.policy.default)
    return [
        (
            [(name, str(value)) for name, value in part.items()],
            part.defects,
            (part.preamble, part.epilogue),
            content(part),
        )
        for part in message.walk()
    ]


def content(part: Any) -> Any:
    if part.is_multipart():
        return len(part.get_payload())
    if part.get_content_type() == "text/plain":
        return part.get_content()
    if part.get_content_type() == "text/html":
        return Events(part.get_content()).found
    return part.get_payload(decode=True)


class Events(HTMLParser):
    """What a document says, however its characters are written."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, Any]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}", None))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "data":
            data = self.found.pop()[1] + data
        self.found.append(("data", data))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))


def check_the_wire(octets: bytes) -> None:
    """ASCII, CRLF, short lines, and nothing that a relay would have to change."""
    lines = octets.split(b"\r\n")
    assert octets.isascii()
    assert lines[-1] == b""
    assert [line for line in lines if b"\r" in line or b"\n" in line] == []
    assert [line for line in lines if line.startswith((b".", b"From "))] == []
    assert max(len(line) for line in lines) <= 998
    assert max(len(line) for line in lines[lines.index(b"") :]) <= 76


@within_reason
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


def people(webinar: Webinar, count: int) -> list[Registration]:
    return [
        fresh(make_registration(webinar=webinar, first_name=secrets.token_hex(8), last_name="Doe"))
        for _number in range(count)
    ]


def sharing(deliveries: list[Delivery]) -> list[Delivery]:
    """As a batch is loaded: one webinar and one wave for all."""
    first = deliveries[0]
    for each in deliveries:
        each.wave, each.registration.webinar = first.wave, first.registration.webinar
    return deliveries


def composed(deliveries: list[Delivery]) -> list[emails.Email]:
    composer = emails.Composer(times.now())
    return [composer.compose(each) for each in deliveries]


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


def loaded(purpose: str) -> list[Delivery]:
    rows = Delivery.objects.select_related("registration__webinar", "wave__rule")
    return sharing([*rows.filter(purpose=purpose).order_by("pk")])


@pytest.mark.parametrize(("purpose", "queries"), [("reminder", 1), ("confirmation", 2)])
def test_a_batch_costs_as_many_queries_as_one_email(
    purpose: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    webinar = on_july_31()
    wave = webinar.waves.get(rule__before=timedelta(hours=1))
    for number, someone in enumerate(people(webinar, 8)):
        someone.time_zone = ["America/New_York", "America/Denver"][number % 2]
        someone.language = ["en", "es"][number // 4]
        someone.save()
        make_delivery(registration=someone, purpose=Purpose.REMINDER, wave=wave)
    deliveries = loaded(purpose)

    with django_assert_num_queries(queries):
        filled = composed(deliveries)

    assert len({each.letter for each in filled}) == 4
    for each, delivery in zip(filled, deliveries, strict=True):
        alone = emails.compose(offered_again(Delivery.objects.get(pk=delivery.pk), each))
        assert each.content == alone.content


def test_in_one_batch_each_wave_and_each_purpose_has_words_of_its_own() -> None:
    webinar, said = on_july_31(), ["By the hour", "By the day"]
    (someone,) = people(webinar, 1)
    for hours, own in zip([1, 24], said, strict=True):
        webinar.reminder_rules.filter(before=timedelta(hours=hours)).update(subject=own)
        wave = webinar.waves.get(rule__before=timedelta(hours=hours))
        make_delivery(registration=someone, purpose=Purpose.REMINDER, wave=wave)
    make_delivery(registration=someone, purpose=Purpose.ALREADY_REGISTERED)
    deliveries = [*Delivery.objects.order_by("pk")]
    for each in deliveries:
        each.registration = someone

    subjects = [str(parsed(each)["Subject"]) for each in composed(deliveries)]

    assert subjects[1:3] == said
    assert subjects[0].startswith("You are registered: ")
    assert subjects[3].startswith("Your link again: ")


def test_in_one_batch_each_is_told_what_is_new_to_them() -> None:
    webinar = on_july_31()
    (early,) = people(webinar, 1)
    hand_over(early.deliveries.get())
    webinar = move(webinar, date(2026, 8, 3), time(16))
    (late,) = people(webinar, 1)
    hand_over(late.deliveries.get())
    move(webinar, date(2026, 8, 5), time(16))
    both = [make_delivery(registration=fresh(each), purpose="moved") for each in (early, late)]

    told = [body(each, "plain") for each in composed(sharing(both))]

    assert "Old time:\nFriday, July 31, 2026, 7:00 pm" in told[0]
    assert "Old time:\nMonday, August 3, 2026, 7:00 pm" in told[1]


def test_a_row_that_is_loaded_again_for_its_batch_is_told_as_it_is_now() -> None:
    webinar = on_july_31()
    delivery = a_delivery(Purpose.CONFIRMATION, *people(webinar, 1))
    composer = emails.Composer(times.now())
    before = composer.compose(delivery)
    amend(webinar, dial_in="1-800-555-0177")

    after = composer.compose(Delivery.objects.get(pk=delivery.pk))

    assert "1-800-555-0177" not in body(before, "plain")
    assert "By phone: 1-800-555-0177\n" in body(after, "plain")
    assert (before.revision.number, after.revision.number) == (0, 1)


def test_whoever_reads_the_same_words_gets_the_same_letter() -> None:
    first, second = (a_delivery(Purpose.CONFIRMATION, each) for each in people(on_july_31(), 2))

    assert emails.compose(first).letter is emails.compose(second).letter


def test_no_letter_outlives_the_words_that_it_was_made_of(settings: Settings) -> None:
    webinar = on_july_31()
    delivery = a_delivery(Purpose.CONFIRMATION, *people(webinar, 1))
    said = [body(emails.compose(delivery), "plain")]

    def say_again() -> None:
        said.append(body(emails.compose(Delivery.objects.get(pk=delivery.pk)), "plain"))

    amend(webinar, dial_in="1-800-555-0177")
    say_again()
    webinar.reminder_rules.filter(before=timedelta(days=7)).update(is_enabled=False)
    say_again()
    settings.ORGANISATION_NAME = "Harbor Health"
    say_again()
    settings.SITE_URL = "https://health.example.org"
    say_again()

    assert len({*said}) == 5
    assert "By phone: 1-800-555-0177\n" in said[1]
    assert "reminder 1 day, 1 hour and 10 minutes before" in said[2]
    assert said[3].endswith("\nHarbor Health\n")
    assert "\nhttps://health.example.org/j/" in said[4]


def test_date_and_countdown_follow_the_time_that_came_with_the_batch() -> None:
    webinar = on_july_31()
    delivery = the_reminder(webinar, timedelta(hours=1))
    now = webinar.starts_at - timedelta(hours=1, microseconds=5)

    filled = emails.Composer(now).compose(delivery)

    assert filled.date == now.replace(microsecond=0)
    assert parsed(filled)["Date"].datetime == filled.date
    assert parsed(filled)["Subject"].startswith("In 1 hour: ")


Templates = Callable[..., None]


@pytest.fixture
def templates(settings: Settings, tmp_path: Path) -> Iterator[Templates]:
    """Puts other templates before ours, which a running process never does."""

    def put(**texts: str) -> None:
        folder = tmp_path / "notifications/email/already_registered"
        folder.mkdir(parents=True)
        for name, text in texts.items():
            (folder / name.replace("_", ".")).write_text(text)
        (changed,) = settings.TEMPLATES
        settings.TEMPLATES = [{**changed, "DIRS": [tmp_path, *changed["DIRS"]]}]
        letter.cache_clear()

    yield put
    letter.cache_clear()


@pytest.mark.parametrize(
    "texts",
    [
        {"body_html": "<p>Hello {{ first_name|upper }}</p>"},
        {"body_html": "<p>Hello {{ first_name|slice:':20' }}</p>"},
        {"body_html": "<p>Hello</p>"},
        dict.fromkeys(["body_txt", "body_html"], "{{ first_name|truncatechars:20 }}"),
        {"body_html": "", "body_txt": ""},
        {"body_txt": "Hello {{ first_name|lower }}"},
        {"body_txt": "Hello"},
        {"subject_txt": "Hello {{ first_name|title }}"},
    ],
    ids=str,
)
def test_a_letter_whose_personal_words_are_lost_is_never_made(
    templates: Templates, texts: dict[str, str]
) -> None:
    delivery = a_delivery(Purpose.ALREADY_REGISTERED)
    both = {"body_txt": "Hello {{ first_name }}", "body_html": "<p>Hello {{ first_name }}</p>"}
    templates(**both | texts)

    with pytest.raises(MarkLost):
        emails.compose(delivery)


@pytest.mark.parametrize("header", ["Date", "Message-ID"])
def test_a_letter_that_lost_a_header_of_the_persons_is_never_made(
    header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = mime.message

    def forgetful(*args: Any, **kwargs: Any) -> EmailMultiAlternatives:
        made = message(*args, **kwargs)
        del made.extra_headers[header]  # Django then makes one, which would be everybody's
        return made

    monkeypatch.setattr(mime, "message", forgetful)
    letter.cache_clear()

    with pytest.raises(MarkLost):
        emails.compose(a_delivery(Purpose.CONFIRMATION))


def test_a_name_in_a_subject_is_encoded_for_each_person(templates: Templates) -> None:
    delivery = a_delivery(Purpose.ALREADY_REGISTERED)
    templates(
        subject_txt="{% autoescape off %}100 %, {{ first_name }}: mañana{% endautoescape %}",
        body_txt="{% autoescape off %}Hello {{ first_name }}{% endautoescape %}",
        body_html="<title>{{ subject }}</title><p>Hello {{ first_name }}</p>",
    )
    for name in filter(one_line, HARD):
        delivery.registration.first_name = name

        filled = emails.compose(delivery)

        assert reading(filled.content) == reading(built(filled))
        assert parsed(filled)["Subject"] == f"100 %, {one_line(name)}: mañana"
        check_the_wire(filled.content)


WORD = st.text(st.sampled_from("abzAZ019._+-"), min_size=1, max_size=8)


@within_reason
@given(local=WORD, domain=st.lists(WORD, min_size=1, max_size=3).map(".".join))
def test_an_address_is_written_as_the_standard_library_writes_it(local: str, domain: str) -> None:
    try:
        written = mime.mailbox(f"{local}@{domain}")
    except ValueError:
        return

    assert written == f"{local}@{domain}" == Address(addr_spec=written).addr_spec


def test_an_address_that_no_header_can_hold_is_refused_without_being_named() -> None:
    delivery = a_delivery(Purpose.REMINDER, make_registration(email="ada@example.com"))
    delivery.registration.email = "añil@example.com"

    with pytest.raises(ValueError, match=r"^not exactly one address$"):
        emails.compose(delivery)
