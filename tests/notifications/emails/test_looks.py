"""How the emails look: large letters, no pictures, one colour, a button that Outlook draws too."""

from __future__ import annotations

import re

import pytest
from pytest_django import Settings

from config import colours
from notifications import emails
from notifications.models import Purpose
from tests.notifications.emails.reading import a_delivery, body

pytestmark = pytest.mark.django_db

PLUM = "#8a1f5c"


def html_of(purpose: str) -> str:
    return body(emails.compose(a_delivery(purpose)), "html")


@pytest.mark.parametrize("purpose", Purpose)
def test_every_letter_is_18_px_or_larger(purpose: str) -> None:
    sizes = [int(size) for size in re.findall(r"font-size:\s*(\d+)px", html_of(purpose))]

    assert min(sizes) == 18


@pytest.mark.parametrize("purpose", Purpose)
def test_nothing_is_loaded_so_it_is_whole_with_pictures_off(purpose: str) -> None:
    html = html_of(purpose)

    assert not re.search(r"<img|<link|<script|url\(|@import|@font-face", html)


def test_the_styles_stand_in_the_elements_and_the_darks_in_the_head() -> None:
    html = html_of(Purpose.CONFIRMATION)
    head, _end, within = html.partition("</head>")

    assert '<meta name="color-scheme" content="light dark">' in head
    assert "@media (prefers-color-scheme: dark)" in head
    assert 'class="ticket" style="' in within
    assert f"background:{colours.OURS.light.accent}" in within


def test_the_button_has_its_room_in_outlook_too_which_pads_no_link() -> None:
    html = html_of(Purpose.CONFIRMATION)

    cell = re.search(r'<td class="button" style="([^"]+)"><a [^>]*style="([^"]+)"', html)
    assert cell
    assert "mso-padding-alt:16px 30px" in cell[1]
    assert "mso-padding-alt:0" in cell[2]
    assert "padding:16px 30px" in cell[2]


def test_it_has_the_organisations_colour_in_the_light_and_in_the_dark(settings: Settings) -> None:
    settings.PALETTE = colours.palette(PLUM)

    html = html_of(Purpose.CONFIRMATION)

    assert f"border-bottom:3px solid {PLUM}" in html
    assert f"background:{PLUM}" in html
    assert settings.PALETTE.dark.accent in html
    assert colours.OURS.light.accent not in html
    assert colours.OURS.dark.accent not in html


def test_a_number_is_pressed_to_call_and_stays_on_one_line() -> None:
    html = html_of(Purpose.CONFIRMATION)

    (dial_in, help_line) = re.findall(r'<a class="phone" href="(tel:\d+)" style="([^"]+)"', html)
    assert (dial_in[0], help_line[0]) == ("tel:18005550100", "tel:18005550199")
    assert "white-space:nowrap" in dial_in[1]
    assert ", code 4711</p>" in html
