"""The organisation's colour and logo: what is refused, what is derived, and where they show."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from config import checks, colours, look
from registrations import announcing
from tests.makers import make_webinar
from tests.registrations.pages import get, page
from webinars.picture import Words, draw

PLUM = "#8a1f5c"
SITE = Path(__file__).resolve().parents[2] / "config" / "static" / "site"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><path d="M0 0h4v1H0"/></svg>'
DARK = "@media (prefers-color-scheme: dark)"


@pytest.fixture
def plum(settings: Settings) -> None:
    settings.ACCENT_COLOUR, settings.PALETTE = PLUM, colours.palette(PLUM)


@pytest.fixture
def logo(settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "logo.svg"
    path.write_bytes(SVG)
    settings.ORGANISATION_LOGO, settings.ORGANISATION_NAME = str(path), "Lakeside <Health>"
    return path


@pytest.mark.parametrize(
    ("colour", "problem"),
    [
        ("", ""),
        (PLUM, ""),
        ("#8A1F5C", ""),
        ("teal", "webinars.E005"),
        ("#0a5a6", "webinars.E005"),
        ("#0a5a66;}", "webinars.E005"),
        ("#ff9900", "webinars.E006"),
    ],
)
def test_a_colour_that_is_none_or_cannot_be_read_is_refused(
    settings: Settings, colour: str, problem: str
) -> None:
    settings.ACCENT_COLOUR = colour
    assert [message.id for message in checks.accent_can_be_read(None)] == [problem] * bool(problem)


def test_the_refusal_says_what_to_do(settings: Settings) -> None:
    settings.ACCENT_COLOUR = "#ff9900"
    (found,) = checks.accent_can_be_read(None)
    assert found.msg == (
        "ACCENT_COLOUR #ff9900 is too pale to read: 1.9:1 against the pages' ground, and 4.5:1 is "
        "needed."
    )
    assert found.hint == "Choose a darker one. #9e5f00 is the nearest."


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_shade_of_every_colour_that_is_taken_can_be_read(rgb: tuple[int, int, int]) -> None:
    chosen = colours.readable(f"#{bytes(rgb).hex()}")
    made = colours.palette(chosen)
    assert made.light.accent == chosen
    for shades, ground in (
        (made.light, colours.LIGHT_GROUND),
        (made.dark, colours.DARK_GROUND),
        (colours.OURS.light, colours.LIGHT_GROUND),
        (colours.OURS.dark, colours.DARK_GROUND),
    ):
        pairs = [
            (shades.accent, ground),
            (shades.accent, shades.accent_ink),
            (shades.accent_strong, shades.accent_ink),
            (shades.deep, shades.deep_ink),
            (shades.deep, shades.deep_soft),
            (shades.deep, colours.SUN),
        ]
        assert min(colours.contrast(*pair) for pair in pairs) >= colours.READABLE


def test_contrast_is_that_of_wcag() -> None:
    assert colours.contrast("#000000", "#ffffff") == 21
    assert round(colours.contrast("#767676", "#ffffff"), 2) == 4.54


def test_the_style_sheet_has_our_own_colours() -> None:
    light, _dark, dark = (SITE / "site.css").read_text().partition(DARK)
    for text, shades in ((light, colours.OURS.light), (dark, colours.OURS.dark)):
        for name in colours.Shades.__slots__:
            found = re.search(rf"--{name.replace('_', '-')}: (#\w+)", text)
            assert found
            assert found[1].replace("#fff", "#ffffff")[:7] == getattr(shades, name)


@pytest.mark.django_db
def test_without_a_colour_of_its_own_a_page_has_no_style_sheet_in_it() -> None:
    response = get("/")

    assert "<style" not in response.content.decode()
    assert "style-src 'self';" in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_colour_is_one_style_sheet_that_the_policy_names(plum: None) -> None:
    response = get("/")

    (sheet,) = re.findall("<style>(.*?)</style>", response.content.decode(), re.DOTALL)
    known = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"style-src 'self' 'sha256-{known}';" in response["Content-Security-Policy"]
    assert f"--accent:{PLUM};" in sheet
    assert response["Cache-Control"] == "public, max-age=60"


def test_the_picture_and_the_announcement_have_the_colour(plum: None) -> None:
    before = draw(Words("Lakeside Health", "Plum or not"))
    announcing.style.cache_clear()
    draw.cache_clear()
    try:
        assert f"background: {colours.palette(PLUM).light.deep};" in announcing.style()
        assert bytes.fromhex(PLUM[1:]) in draw(Words("Lakeside Health", "Plum or not"))
        assert before == draw(Words("Lakeside Health", "Plum or not"))
    finally:
        announcing.style.cache_clear()
        draw.cache_clear()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("logo.svg", SVG, ""),
        ("LOGO.PNG", b"\x89PNG", ""),
        ("logo.gif", b"GIF", "must be the path of an SVG or PNG file"),
        ("logo.svg", None, "names no file that we can read"),
        ("logo.png", b"x" * 8_001, "is larger than 8 KB"),
    ],
)
def test_a_logo_that_cannot_be_shown_is_refused(
    settings: Settings, tmp_path: Path, name: str, content: bytes | None, problem: str
) -> None:
    settings.ORGANISATION_LOGO = str(tmp_path / name)
    if content is not None:
        (tmp_path / name).write_bytes(content)

    found = checks.logo_is_there(None)

    assert [message.id for message in found] == ["webinars.E007"] * bool(problem)
    assert not found or problem in found[0].msg


@pytest.mark.django_db
def test_the_logo_stands_for_the_name_and_comes_from_our_own_site(logo: Path) -> None:
    html = get("/").content.decode()

    found = re.search(r'<img src="([^"]+)" alt="Lakeside &lt;Health&gt;">', html)
    assert found
    image = get(found[1])
    assert image.content == SVG
    assert image["Content-Type"] == "image/svg+xml"
    assert image["Cache-Control"] == "public, max-age=86400"
    assert "default-src 'none'" in image["Content-Security-Policy"]


@pytest.mark.django_db
def test_without_a_logo_there_is_none() -> None:
    assert "<img" not in get("/").content.decode()
    assert get("/logo/").status_code == 404


@pytest.mark.django_db
def test_a_page_with_a_colour_and_the_largest_logo_weighs_less_than_60_kb(
    plum: None, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "logo.png"
    path.write_bytes(b"x" * look.MOST_OCTETS)
    settings.ORGANISATION_LOGO = str(path)
    response = get(page(make_webinar()), **{"Accept-Encoding": "gzip"})

    loaded = [gzip.compress((SITE / name).read_bytes()) for name in ("site.css", "site.js")]
    font = (SITE / "hyperlegible.woff2").read_bytes()

    parts = [response.content, *loaded, font, path.read_bytes()]
    assert sum(map(len, parts)) < 60_000
