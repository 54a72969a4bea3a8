"""A template that would tell the topic of a sensitive webinar is refused at start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.template import engines
from pytest_django import Settings

from config import neutral

Put = Callable[[str, str], None]
SUBJECT, PAGE = "notifications/email/reminder/subject.txt", "registrations/manage.html"


@pytest.fixture
def put(settings: Settings, tmp_path: Path) -> Iterator[Put]:
    """Puts a template of another's before ours."""

    def write(name: str, text: str) -> None:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        (changed,) = settings.TEMPLATES
        settings.TEMPLATES = [{**changed, "DIRS": [tmp_path, *changed["DIRS"]]}]

    return write


def found() -> list[tuple[str, str]]:
    return [(each.id or "", each.msg) for each in neutral.private_templates_are_neutral(None)]


def test_our_own_templates_are_neutral() -> None:
    assert found() == []


def test_every_email_and_every_private_page_is_looked_at() -> None:
    names = neutral.private_templates()
    assert {
        *("notifications/email/base.html", "notifications/email/partials/when.txt"),
        *("notifications/email/moved/subject.txt", "registrations/manage.html"),
        *("registrations/join.html", "registrations/carer.html"),
    } <= {*names}
    assert not neutral.PUBLIC & {*names}


@pytest.mark.parametrize("name", [SUBJECT, PAGE])
@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("{{ title }}", "title"),
        ("{{ webinar.title|upper }}", "webinar.title"),
        ("{{ webinar }}", "webinar"),
        ("{{ registration.webinar }}", "registration.webinar"),
        (
            "{% if a %}{% for x in y %}{{ webinar.summary }}{% endfor %}{% endif %}",
            "webinar.summary",
        ),
        ("{% block title %}{{ topic }}{% endblock %}", "topic"),
        (
            "{% for each in webinar.speakers.all %}{{ each.name }}{% endfor %}",
            "webinar.speakers.all",
        ),
        ("{% load i18n %}{% blocktranslate %}On {{ title }}{% endblocktranslate %}", "title"),
        (
            "{% load i18n %}{% blocktranslate with x=webinar.description %}{{ x }}"
            "{% endblocktranslate %}",
            "webinar.description",
        ),
        ("{% load i18n %}{% translate webinar.announced_as %}", "webinar.announced_as"),
        ("{% with x=webinar.title %}{{ x }}{% endwith %}", "webinar.title"),
        ('{% include "registrations/_card.html" %}', "card.webinar.title"),
        ("{{ when|default:title }}", "title"),
    ],
)
def test_what_may_name_the_topic_is_refused_by_template_and_variable(
    put: Put, name: str, text: str, variable: str
) -> None:
    put(name, text)
    expected = f"{name} prints {{{{ {variable} }}}}, which may name what the webinar is about."
    assert ("webinars.E008", expected) in found()
    assert {message.partition(" ")[0] for _id, message in found()} == {name}


@pytest.mark.parametrize(
    "text",
    [
        "{{ discreet_title }}{{ registration.discreet_title }}{{ webinar.discreet_title }}",
        "{% if webinar.title %}{{ when.here }}{% endif %}",
        "{% load i18n %}{% translate 'Your title.title' %}",
        "{% load i18n %}{% blocktranslate with title=discreet_title %}{{ title }}"
        "{% endblocktranslate %}",
    ],
)
def test_what_is_neutral_is_taken(put: Put, text: str) -> None:
    put(SUBJECT, text)
    assert found() == []


def test_public_pages_name_the_topic_as_they_must(put: Put) -> None:
    put("registrations/webinar.html", "{{ webinar.title }}")
    assert engines["django"].get_template("registrations/webinar.html").render({}) == ""
    assert found() == []
