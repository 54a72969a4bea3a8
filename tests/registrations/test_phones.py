"""Phone numbers in an organizer's own words become links."""

import pytest

from registrations.templatetags.phones import phones


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "1-800-555-0100, code 4711",
            '<a class="phone" href="tel:18005550100">1-800-555-0100</a>, code 4711',
        ),
        (
            "Call +34 600 123 456 or (800) 555-0100",
            'Call <a class="phone" href="tel:+34600123456">+34 600 123 456</a> or '
            '<a class="phone" href="tel:8005550100">(800) 555-0100</a>',
        ),
        (
            "1-800-555-0142, código 5930 218#",
            '<a class="phone" href="tel:18005550142">1-800-555-0142</a>, código 5930 218#',
        ),
        ("code 4821 337", "code 4821 337"),
        ("meeting 812 3456 7890#, 812 3456 7890 #", "meeting 812 3456 7890#, 812 3456 7890 #"),
        ("1-800-555-0142 4821 337#", "1-800-555-0142 4821 337#"),
        ("8 am to 6 pm, 2026", "8 am to 6 pm, 2026"),
        ("<b>Ask</b>", "&lt;b&gt;Ask&lt;/b&gt;"),
        ("it's fine", "it&#x27;s fine"),
        ("", ""),
    ],
)
def test_numbers_can_be_pressed_and_all_else_is_as_it_was_typed(text: str, html: str) -> None:
    assert phones(text) == html
