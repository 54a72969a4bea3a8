"""What comes out of the printer: the private page is one card, the public page has no form."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
import segno
from playwright.sync_api import Browser, Page, expect

from registrations import links
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import page as page_of
from tests.registrations.pages import private

pytestmark = pytest.mark.journey

# The middle of each of the square's points, read from a picture of it.
READ_POINTS = """async ([picture, size]) => {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), image);
  canvas.width = image.width; canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const step = image.width / size;
  const isDark = (row, column) =>
    context.getImageData((column + .5) * step, (row + .5) * step, 1, 1).data[0] < 128 ? 1 : 0;
  return [...Array(size).keys()].map((row) =>
    [...Array(size).keys()].map((column) => isDark(row, column)));
}"""


@pytest.fixture(params=["light", "dark"])
def printer(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    with browser.new_context(color_scheme=request.param) as context:
        yield context.new_page()


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_private_page_prints_as_one_card(
    site: str, clock: Clock, printer: Page, language: str
) -> None:
    zones = ["America/Los_Angeles", "America/New_York", "Europe/Madrid", "Asia/Tokyo"]
    webinar = make_webinar(
        display_zones=zones,
        dial_in="1-800-555-0100, code 4821 337#, in Spanish 1-800-555-0101, code 4821 338#",
        help_line="1-800-555-0199, Monday to Friday, 8 am to 5 pm Pacific Time",
    )
    registration = make_registration(webinar=webinar, time_zone="Asia/Kolkata")
    printer.goto(f"{site}{private(registration)}?language={language}")

    printed = [printer.pdf(format=paper) for paper in ("A4", "Letter")]

    assert [pages(pdf) for pdf in printed] == [1, 1]


def test_the_square_can_be_read_dark_on_white(site: str, clock: Clock, printer: Page) -> None:
    registration = make_registration()
    printer.goto(f"{site}{private(registration)}")
    link = links.join_url(registration).replace("http://testserver", site)
    matrix = [list(row) for row in segno.make(link, error="m", micro=False).matrix]
    printer.emulate_media(media="print")
    square = printer.locator(".print-qr svg")

    picture = base64.b64encode(square.screenshot()).decode()

    around = len(matrix) + 8
    drawn = printer.evaluate(READ_POINTS, [f"data:image/png;base64,{picture}", around])
    assert [row[4:-4] for row in drawn[4:-4]] == matrix


def test_on_paper_there_is_the_card_and_the_organisation_and_nothing_else(
    site: str, clock: Clock, printer: Page
) -> None:
    printer.goto(f"{site}{private(make_registration())}")
    expect(printer.locator(".print-card")).to_be_hidden()

    printer.emulate_media(media="print")

    expect(printer.locator(".print-card")).to_be_visible()
    expect(printer.locator(".bar .home")).to_be_visible()
    for gone in ("h1", "footer", "nav", "form", "button", "details", "main > section.block"):
        for each in printer.locator(gone).all():
            expect(each).to_be_hidden()


def test_a_button_prints_it(site: str, clock: Clock, printer: Page) -> None:
    printer.add_init_script("window.print = () => { window.hasPrinted = true; }")
    printer.goto(f"{site}{private(make_registration())}")

    printer.get_by_role("button", name="Print a card with all this").click()

    assert printer.evaluate("window.hasPrinted") is True


def test_the_public_page_prints_the_times_and_where_to_sign_up_but_no_form(
    site: str, clock: Clock, printer: Page
) -> None:
    webinar = make_webinar()
    printer.goto(f"{site}{page_of(webinar)}")
    printer.emulate_media(media="print")

    expect(printer.locator(".on-paper")).to_have_text(f"Sign up here: {site}{page_of(webinar)}")
    expect(printer.locator(".ticket")).to_be_visible()
    expect(printer.locator("form")).to_be_hidden()
    assert pages(printer.pdf(format="Letter")) == 1
