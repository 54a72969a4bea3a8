"""The card for the wall: the private page prints as one, its square leads to the join page."""

from __future__ import annotations

import re

import pytest
import segno

from registrations import links, signup
from registrations.models import Registration
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import get, private
from webinars import scheduling

pytestmark = pytest.mark.django_db

QUIET = 4  # points around it


def card_of(registration: Registration) -> str:
    html = get(private(registration)).content.decode()
    found = re.search(r'<section class="print-card">.*?</section>', html, re.DOTALL)
    return found[0] if found else ""


def points(svg: str) -> list[list[int]]:
    """The matrix that the SVG's path draws: rows of 1 for dark."""
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    path = re.search(r' stroke="#000" d="([^"]+)"', svg)
    assert size
    assert path
    drawn = [[0] * int(size[1]) for _row in range(int(size[2]))]
    x = y = 0.0
    for act, numbers in re.findall(r"([Mmh])([^Mmh]+)", path[1]):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if act == "h":
            for step in range(int(values[0])):
                drawn[int(y)][int(x) + step] = 1
            x += values[0]
        else:
            x, y = values if act == "M" else (x + values[0], y + values[1])
    return drawn


def test_the_square_is_the_join_link_with_a_quiet_zone_around_it() -> None:
    registration = make_registration()

    drawn = points(card_of(registration))

    within = [row[QUIET:-QUIET] for row in drawn[QUIET:-QUIET]]
    wanted = segno.make(links.join_url(registration), error="m", micro=False)
    assert within == [list(row) for row in wanted.matrix]
    assert sum(map(sum, drawn)) == sum(map(sum, within))


def test_it_is_dark_on_white_in_the_dark_too() -> None:
    svg = card_of(make_registration())

    assert '<path fill="#fff"' in svg
    assert 'stroke="#000"' in svg
    assert "style=" not in svg


def test_it_says_when_by_phone_and_who_helps_and_names_nobody() -> None:
    webinar = make_webinar()
    card = card_of(make_registration(webinar=webinar, first_name="Wilhelmina"))

    assert "Eastern Time" in card
    assert "Pacific Time" in card
    assert "1-800-555-0100, code 4711" in card
    assert "1-800-555-0199" in card
    assert "Wilhelmina" not in card
    assert webinar.title not in card


def test_where_there_is_nothing_to_come_to_there_is_no_card() -> None:
    given_up, called_off = make_registration(), make_registration()
    signup.cancel(given_up)
    scheduling.cancel(called_off.webinar, reason="", by=None)

    assert [card_of(given_up), card_of(called_off)] == ["", ""]
