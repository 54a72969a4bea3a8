"""The organisation's accent colour -> the shades of it on pages, in emails and in pictures.

Contrast is WCAG 2.2's (1.4.3). Nothing of Django here: the settings are made with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

WHITE, BLACK = "#ffffff", "#000000"
READABLE = 4.5  # letters on their ground, at least
EASY = 7.0  # what is derived here
# The least kind grounds that coloured letters stand on: --wash of site.css, in the light and in
# the dark; and --sun, which stands on the deep areas itself.
LIGHT_GROUND, DARK_GROUND = "#eef3f2", "#18262a"
SUN = "#ffd585"
STEPS = 50


@dataclass(frozen=True, slots=True)
class Shades:
    """`accent` for links and buttons, `accent_ink` on it, `accent_strong` under the pointer;
    `deep` for large areas, with `deep_ink` and the softer `deep_soft` on them."""

    accent: str
    accent_ink: str
    accent_strong: str
    deep: str
    deep_ink: str
    deep_soft: str


@dataclass(frozen=True, slots=True)
class Palette:
    light: Shades
    dark: Shades

    @property
    def css(self) -> str:
        """For a `<style>` behind site.css; paper stays black and white."""
        return (
            f"@media screen{{:root{{{_variables(self.light)}}}}}"
            f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(self.dark)}}}}}"
        )


# Our own, chosen by eye: site.css has the same.
OURS = Palette(
    light=Shades("#0a5a66", "#ffffff", "#06424b", "#0a4a55", "#ffffff", "#d2e6e8"),
    dark=Shades("#86d5dc", "#04262b", "#a9e4e9", "#123f47", "#f2fafa", "#c0dcdf"),
)


def is_colour(text: str) -> bool:
    return bool(re.fullmatch(r"#[0-9a-fA-F]{6}", text))


def palette(colour: str) -> Palette:
    """The shades of a colour; ours for an empty or a wrong one, which a system check refuses."""
    if not is_colour(colour):
        return OURS
    return Palette(light=_light(colour.lower()), dark=_dark(colour.lower()))


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def is_readable(colour: str) -> bool:
    """Whether letters of this colour can be read on the pages, and white ones on it."""
    return contrast(colour, LIGHT_GROUND) >= READABLE


def readable(colour: str) -> str:
    """The nearest darker shade that can be read."""
    return _shifted(colour, BLACK, is_readable)


def _light(colour: str) -> Shades:
    soft = _mixed(WHITE, colour, 0.15)
    return Shades(
        accent=colour,
        accent_ink=WHITE,
        accent_strong=_mixed(colour, BLACK, 0.28),
        deep=_shifted(_mixed(colour, BLACK, 0.18), BLACK, lambda deep: _carries(deep, soft)),
        deep_ink=WHITE,
        deep_soft=soft,
    )


def _dark(colour: str) -> Shades:
    accent = _shifted(colour, WHITE, lambda each: contrast(each, DARK_GROUND) >= EASY)
    soft = _mixed(WHITE, colour, 0.25)
    return Shades(
        accent=accent,
        accent_ink=_shifted(colour, BLACK, lambda ink: contrast(ink, accent) >= EASY),
        accent_strong=_mixed(accent, WHITE, 0.35),
        deep=_shifted(_mixed(colour, BLACK, 0.35), BLACK, lambda deep: _carries(deep, soft)),
        deep_ink=WHITE,
        deep_soft=soft,
    )


def _carries(deep: str, soft: str) -> bool:
    return contrast(deep, soft) >= EASY and contrast(deep, SUN) >= READABLE


def _shifted(colour: str, towards: str, is_enough: Callable[[str], bool]) -> str:
    """The first step on the way that is enough; the way's end if none is."""
    steps = (_mixed(colour, towards, step / STEPS) for step in range(STEPS))
    return next(filter(is_enough, steps), towards)


def _mixed(colour: str, other: str, share: float) -> str:
    """With so much of the other."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _channels(colour: str) -> bytes:
    """Red, green and blue, from 0 to 255."""
    return bytes.fromhex(colour[1:])


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _variables(shades: Shades) -> str:
    names = Shades.__slots__
    return "".join(f"--{name.replace('_', '-')}:{getattr(shades, name)};" for name in names)
