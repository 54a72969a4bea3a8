"""A letter that has lost what is a person's is never made; nor a header that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from notifications import emails
from notifications.emails import mime
from notifications.emails.letter import MarkLost, letter
from notifications.emails.render import one_line
from notifications.models import Purpose
from tests.examples import examples
from tests.makers import make_registration
from tests.notifications.emails.filling import (
    HARD,
    built,
    check_the_wire,
    reading,
)
from tests.notifications.emails.reading import (
    a_delivery,
    parsed,
)

pytestmark = pytest.mark.django_db


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


@examples(25)
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
