"""The forms in which times are said: announcement, long form, faces, spans, countdowns."""

import zoneinfo
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest

from webinars import times

zoneinfo.reset_tzpath(to=[])

LOS_ANGELES, NEW_YORK = "America/Los_Angeles", "America/New_York"
PACIFIC_AND_EASTERN = [LOS_ANGELES, NEW_YORK]
IN_2026 = date(2026, 5, 1)


def at(year: int, month: int, day: int, hour: int, minute: int = 0, *, zone: str) -> datetime:
    return times.instant(date(year, month, day), time(hour, minute), zone)


JULY_31_AT_FOUR = at(2026, 7, 31, 16, zone=LOS_ANGELES)
JULY_31_AT_TEN = at(2026, 7, 31, 22, zone=LOS_ANGELES)


def announced(
    instant: datetime, zones: Sequence[str] = PACIFIC_AND_EASTERN, language: str = "en"
) -> str:
    return times.announcement(instant, zones, language, today=IN_2026)


# ---- In HTML ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "unbroken"),
    [
        ("a las 4 p. m. PDT / 7:05 p. m. EDT", "a las 4~p.~m. PDT / 7:05~p.~m. EDT"),
        ("de las 11:30 a. m. a la 1:00 p. m.", "de las 11:30~a.~m. a la 1:00~p.~m."),
        ("July 31, 4:00 pm Pacific Time (PDT)", "July 31, 4:00~pm Pacific Time (PDT)"),
        ("July 31 at 4pm, 12 noon, 3 amps", "July 31 at 4pm, 12 noon, 3 amps"),
    ],
)
def test_a_clock_time_can_be_kept_on_one_line(words: str, unbroken: str) -> None:
    assert times.unbroken(words) == unbroken.replace("~", "\N{NO-BREAK SPACE}")


# ---- The announcement --------------------------------------------------------------------------


def test_the_announcement_says_date_and_time_in_both_zones() -> None:
    assert announced(JULY_31_AT_FOUR) == "July 31 at 4pm PDT / 7pm EDT"
    assert announced(JULY_31_AT_FOUR, language="es") == (
        "31 de julio a las 4 p. m. PDT / 7 p. m. EDT"
    )


def test_a_winter_webinar_has_winter_letters_whatever_today_is() -> None:
    january = at(2026, 1, 15, 16, zone=LOS_ANGELES)
    december = at(2026, 12, 15, 16, zone=LOS_ANGELES)

    assert announced(january) == "January 15 at 4pm PST / 7pm EST"
    assert announced(december) == "December 15 at 4pm PST / 7pm EST"


@pytest.mark.parametrize(
    ("hour", "minute", "english", "spanish"),
    [
        (16, 30, "4:30pm PDT / 7:30pm EDT", "a las 4:30 p. m. PDT / 7:30 p. m. EDT"),
        (9, 0, "9am PDT / 12 noon EDT", "a las 9 a. m. PDT / 12 del mediodía EDT"),
        (12, 0, "12 noon PDT / 3pm EDT", "a las 12 del mediodía PDT / 3 p. m. EDT"),
        (0, 0, "12 midnight PDT / 3am EDT", "a las 12 de la medianoche PDT / 3 a. m. EDT"),
        (12, 5, "12:05pm PDT / 3:05pm EDT", "a las 12:05 p. m. PDT / 3:05 p. m. EDT"),
        (0, 30, "12:30am PDT / 3:30am EDT", "a las 12:30 a. m. PDT / 3:30 a. m. EDT"),
        (13, 0, "1pm PDT / 4pm EDT", "a la 1 p. m. PDT / 4 p. m. EDT"),
        (1, 15, "1:15am PDT / 4:15am EDT", "a la 1:15 a. m. PDT / 4:15 a. m. EDT"),
    ],
)
def test_minutes_noon_and_midnight(hour: int, minute: int, english: str, spanish: str) -> None:
    instant = at(2026, 7, 31, hour, minute, zone=LOS_ANGELES)

    assert announced(instant) == f"July 31 at {english}"
    assert announced(instant, language="es") == f"31 de julio {spanish}"


def test_every_zone_has_its_date_where_the_zones_disagree() -> None:
    three = [LOS_ANGELES, NEW_YORK, "Pacific/Honolulu"]

    assert announced(JULY_31_AT_TEN) == "July 31 at 10pm PDT / August 1 at 1am EDT"
    assert announced(JULY_31_AT_TEN, language="es") == (
        "31 de julio a las 10 p. m. PDT / 1 de agosto a la 1 a. m. EDT"
    )
    assert announced(JULY_31_AT_TEN, three) == (
        "July 31 at 10pm PDT / August 1 at 1am EDT / July 31 at 7pm HST"
    )


def test_the_year_is_said_when_it_is_not_this_one() -> None:
    next_year = at(2027, 7, 31, 16, zone=LOS_ANGELES)

    assert announced(next_year) == "July 31, 2027 at 4pm PDT / 7pm EDT"
    assert announced(next_year, language="es") == (
        "31 de julio de 2027 a las 4 p. m. PDT / 7 p. m. EDT"
    )


def test_at_new_year_only_the_other_year_is_said() -> None:
    new_years_eve = at(2026, 12, 31, 22, zone=LOS_ANGELES)

    assert announced(new_years_eve) == "December 31 at 10pm PST / January 1, 2027 at 1am EST"


def test_this_year_is_asked_of_the_clock_in_the_first_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", lambda: datetime(2027, 1, 1, 3, tzinfo=UTC))

    assert times.announcement(JULY_31_AT_FOUR, [LOS_ANGELES]) == "July 31 at 4pm PDT"
    assert times.announcement(JULY_31_AT_FOUR, ["Europe/Berlin"]) == (
        "August 1, 2026 at 1am Central European Time (CEST)"
    )


def test_zones_without_letters_are_said_by_place_and_offset() -> None:
    assert announced(JULY_31_AT_FOUR, ["America/Sao_Paulo"]) == (
        "July 31 at 8pm São Paulo time (UTC-3)"
    )
    assert announced(JULY_31_AT_FOUR, ["America/Sao_Paulo"], "es") == (
        "31 de julio a las 8 p. m., hora de São Paulo (UTC-3)"
    )
    assert announced(JULY_31_AT_FOUR, ["Asia/Kathmandu"]) == (
        "August 1 at 4:45am Kathmandu time (UTC+5:45)"
    )


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Shanghai", "August 1 at 7am China Time (CST)"),
        ("America/Havana", "July 31 at 7pm Cuba Time (CDT)"),
        ("Asia/Kolkata", "August 1 at 4:30am India Time (IST)"),
        ("Europe/Dublin", "August 1 at 12 midnight Irish Time (IST)"),
        ("Asia/Jerusalem", "August 1 at 2am Israel Time (IDT)"),
        ("Europe/London", "August 1 at 12 midnight UK Time (BST)"),
        ("Asia/Manila", "August 1 at 7am Philippine Time (PST)"),
    ],
)
def test_letters_never_stand_alone_outside_the_us_and_canada(zone: str, said: str) -> None:
    assert announced(JULY_31_AT_FOUR, [zone]) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("America/Phoenix", "July 31 at 4pm MST"),
        ("Pacific/Honolulu", "July 31 at 1pm HST"),
        ("America/Anchorage", "July 31 at 3pm AKDT"),
        ("America/Puerto_Rico", "July 31 at 7pm AST"),
        ("Pacific/Guam", "August 1 at 9am ChST"),
        ("America/Regina", "July 31 at 5pm CST"),
        ("America/St_Johns", "July 31 at 8:30pm NDT"),
    ],
)
def test_us_and_canadian_zones_have_letters(zone: str, said: str) -> None:
    assert announced(JULY_31_AT_FOUR, [zone]) == said


def test_zones_that_say_the_same_are_said_once() -> None:
    both_eastern = [LOS_ANGELES, NEW_YORK, "America/Toronto", "US/Eastern"]

    assert announced(JULY_31_AT_FOUR, both_eastern) == "July 31 at 4pm PDT / 7pm EDT"
    assert times.long_form(JULY_31_AT_FOUR, both_eastern) == times.long_form(
        JULY_31_AT_FOUR, PACIFIC_AND_EASTERN
    )
    assert len(times.faces(JULY_31_AT_FOUR, both_eastern, "en")) == 2


def test_in_the_weeks_between_american_and_european_clock_changes_both_are_right() -> None:
    zones = [NEW_YORK, "Europe/Madrid"]

    assert announced(at(2026, 3, 10, 12, zone=NEW_YORK), zones) == (
        "March 10 at 12 noon EDT / 5pm Central European Time (CET)"
    )
    assert announced(at(2026, 3, 31, 12, zone=NEW_YORK), zones) == (
        "March 31 at 12 noon EDT / 6pm Central European Time (CEST)"
    )


def test_a_language_tag_with_a_region_is_that_language_and_an_unknown_one_is_english() -> None:
    assert announced(JULY_31_AT_FOUR, language="es-mx") == announced(JULY_31_AT_FOUR, language="es")
    assert announced(JULY_31_AT_FOUR, language="fr") == announced(JULY_31_AT_FOUR)


# ---- The long form -----------------------------------------------------------------------------


def test_the_long_form_says_the_weekday_and_the_zones_in_words() -> None:
    assert times.long_form(JULY_31_AT_FOUR, PACIFIC_AND_EASTERN) == (
        "Friday, July 31, 2026, 4:00 pm Pacific Time (PDT), 7:00 pm Eastern Time (EDT)"
    )
    assert times.long_form(JULY_31_AT_FOUR, PACIFIC_AND_EASTERN, "es") == (
        "viernes, 31 de julio de 2026, 4:00 p. m., hora del Pacífico (PDT), "
        "7:00 p. m., hora del Este (EDT)"
    )


def test_the_long_form_repeats_the_date_where_the_zones_disagree() -> None:
    assert times.long_form(JULY_31_AT_TEN, PACIFIC_AND_EASTERN) == (
        "Friday, July 31, 2026, 10:00 pm Pacific Time (PDT); "
        "Saturday, August 1, 2026, 1:00 am Eastern Time (EDT)"
    )


def test_the_long_form_names_places_without_letters_by_place_and_offset() -> None:
    assert times.long_form(JULY_31_AT_FOUR, ["America/Sao_Paulo"]) == (
        "Friday, July 31, 2026, 8:00 pm São Paulo time (UTC-3)"
    )


def test_a_face_has_every_part_of_a_time_in_one_zone() -> None:
    assert times.faces(JULY_31_AT_FOUR, ["US/Pacific", "America/Sao_Paulo"], "en") == [
        times.Face(
            zone=LOS_ANGELES,
            iso="2026-07-31T16:00:00-07:00",
            day="Friday, July 31, 2026",
            time="4:00 pm",
            zone_words="Pacific Time",
            abbreviation="PDT",
            words="4:00 pm Pacific Time (PDT)",
        ),
        times.Face(
            zone="America/Sao_Paulo",
            iso="2026-07-31T20:00:00-03:00",
            day="Friday, July 31, 2026",
            time="8:00 pm",
            zone_words="São Paulo time",
            abbreviation="UTC-3",
            words="8:00 pm São Paulo time (UTC-3)",
        ),
    ]


def test_a_day_is_the_day_in_that_zone() -> None:
    assert times.day(JULY_31_AT_TEN, LOS_ANGELES, "en") == "Friday, July 31, 2026"
    assert times.day(JULY_31_AT_TEN, NEW_YORK, "es") == "sábado, 1 de agosto de 2026"
    assert times.short_day(JULY_31_AT_TEN, LOS_ANGELES, "en") == "July 31"
    assert times.short_day(JULY_31_AT_TEN, NEW_YORK, "es") == "1 de agosto"


# ---- Ranges and spans of time ------------------------------------------------------------------


def test_a_span_says_both_ends_in_each_zone() -> None:
    end = JULY_31_AT_FOUR + timedelta(hours=1)

    assert times.span(JULY_31_AT_FOUR, end, PACIFIC_AND_EASTERN, "en") == (
        "Friday, July 31, 2026, 4:00 pm to 5:00 pm Pacific Time (PDT), "
        "7:00 pm to 8:00 pm Eastern Time (EDT)"
    )
    assert times.span(JULY_31_AT_FOUR, end, [LOS_ANGELES], "es") == (
        "viernes, 31 de julio de 2026, de las 4:00 p. m. a las 5:00 p. m., hora del Pacífico (PDT)"
    )


def test_a_span_over_midnight_says_the_second_day() -> None:
    start = at(2026, 7, 31, 23, 30, zone=NEW_YORK)
    end = start + timedelta(hours=1, minutes=30)

    assert times.span(start, end, [NEW_YORK], "en") == (
        "Friday, July 31, 2026, 11:30 pm to Saturday, August 1, 2026, 1:00 am Eastern Time (EDT)"
    )
    assert times.span(start, end, [NEW_YORK], "es") == (
        "viernes, 31 de julio de 2026, de las 11:30 p. m. al sábado, 1 de agosto de 2026, "
        "a la 1:00 a. m., hora del Este (EDT)"
    )


def test_a_span_over_a_clock_change_gives_each_end_its_letters() -> None:
    start = at(2026, 3, 8, 1, 30, zone=LOS_ANGELES)

    assert times.span(start, start + timedelta(hours=1), [LOS_ANGELES], "en") == (
        "Sunday, March 8, 2026, 1:30 am (PST) to 3:30 am Pacific Time (PDT)"
    )


@pytest.mark.parametrize(
    ("left", "english", "spanish"),
    [
        (timedelta(days=7), "in 7 days", "en 7 días"),
        (timedelta(days=2), "in 2 days", "en 2 días"),
        (timedelta(hours=30), "in 30 hours", "en 30 horas"),
        (timedelta(days=1), "in 1 day", "en 1 día"),
        (timedelta(hours=23, minutes=56), "in 1 day", "en 1 día"),
        (timedelta(hours=7, minutes=20), "in 7 hours", "en 7 horas"),
        (timedelta(minutes=100), "in 1 hour and 40 minutes", "en 1 hora y 40 minutos"),
        (timedelta(hours=1), "in 1 hour", "en 1 hora"),
        (timedelta(minutes=59, seconds=45), "in 1 hour", "en 1 hora"),
        (timedelta(minutes=10), "in 10 minutes", "en 10 minutos"),
        (timedelta(minutes=1), "in 1 minute", "en 1 minuto"),
        (timedelta(seconds=20), "now", "ahora"),
        (timedelta(seconds=-20), "now", "ahora"),
        (timedelta(hours=-3), "3 hours ago", "hace 3 horas"),
    ],
)
def test_relative_says_the_nearest_round_words(left: timedelta, english: str, spanish: str) -> None:
    assert times.relative(JULY_31_AT_FOUR, JULY_31_AT_FOUR - left, "en") == english
    assert times.relative(JULY_31_AT_FOUR, JULY_31_AT_FOUR - left, "es") == spanish


@pytest.mark.parametrize(
    ("left", "english", "spanish"),
    [
        (timedelta(days=2, hours=3, minutes=59), "2 days and 3 hours", "2 días y 3 horas"),
        (timedelta(days=2, minutes=59), "2 days", "2 días"),
        (timedelta(hours=1, minutes=5), "1 hour and 5 minutes", "1 hora y 5 minutos"),
        (timedelta(minutes=9, seconds=59), "9 minutes", "9 minutos"),
        (timedelta(seconds=59), "less than a minute", "menos de un minuto"),
        (timedelta(0), "now", "ahora"),
        (timedelta(hours=-1), "now", "ahora"),
    ],
)
def test_until_never_says_more_than_is_left(left: timedelta, english: str, spanish: str) -> None:
    assert times.until(JULY_31_AT_FOUR, JULY_31_AT_FOUR - left, "en") == english
    assert times.until(JULY_31_AT_FOUR, JULY_31_AT_FOUR - left, "es") == spanish
