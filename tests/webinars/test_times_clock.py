"""The wall clock of a place <-> the instant, and what is refused on the way."""

import pickle
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

import pytest

from webinars import times
from webinars.times import clock

zoneinfo.reset_tzpath(to=[])

LOS_ANGELES, NEW_YORK = "America/Los_Angeles", "America/New_York"
JULY_31_AT_FOUR = datetime(2026, 7, 31, 23, tzinfo=UTC)


def test_four_in_los_angeles_is_eleven_at_night_in_utc() -> None:
    four = times.instant(date(2026, 7, 31), time(16), LOS_ANGELES)

    assert four == datetime(2026, 7, 31, 23, tzinfo=UTC)
    assert four.tzinfo is UTC
    assert times.wall_clock(four, NEW_YORK).isoformat() == "2026-07-31T19:00:00"


def test_now_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = clock.now()

    assert now.tzinfo is UTC
    assert before <= now <= before + timedelta(minutes=1)


def refusal(on: date, clock: time, zone: str) -> times.NoSuchTime:
    with pytest.raises(times.NoSuchTime) as refused:
        times.instant(on, clock, zone)
    return refused.value


def test_a_skipped_time_is_refused_with_its_neighbours() -> None:
    refused = refusal(date(2026, 3, 8), time(2, 30), "US/Pacific")

    assert (refused.zone, refused.kind) == (LOS_ANGELES, "skip")
    assert [neighbour.time() for neighbour in refused.neighbours] == [time(1, 30), time(3, 30)]
    assert str(refused) == (
        "In Pacific Time, clocks skip 2:30 am on Sunday, March 8, 2026. Choose 1:30 am or 3:30 am."
    )
    assert refused.sentence("es") == (
        "Con la hora del Pacífico, los relojes saltan las 2:30 a. m. el domingo, 8 de marzo de "
        "2026. Elija la 1:30 a. m. o las 3:30 a. m."
    )


def test_a_doubled_time_is_refused_with_its_neighbours() -> None:
    refused = refusal(date(2026, 11, 1), time(1, 30), NEW_YORK)

    assert refused.kind == "repeat"
    assert [neighbour.time() for neighbour in refused.neighbours] == [time(0, 30), time(2, 30)]
    assert refused.sentence("en") == (
        "In Eastern Time, clocks show 1:30 am twice on Sunday, November 1, 2026. "
        "Choose 12:30 am or 2:30 am."
    )
    assert refused.sentence("es") == (
        "Con la hora del Este, los relojes marcan dos veces la 1:30 a. m. el domingo, 1 de "
        "noviembre de 2026. Elija las 12:30 a. m. o las 2:30 a. m."
    )


def test_a_neighbour_on_another_day_is_said_with_its_day() -> None:
    assert str(refusal(date(2026, 9, 6), time(0, 0), "America/Santiago")) == (
        "In Santiago time, clocks skip 12 midnight on Sunday, September 6, 2026. "
        "Choose 11:00 pm on Saturday, September 5, 2026 or 1:00 am."
    )


def test_half_an_hour_of_change_and_a_whole_skipped_day_have_valid_neighbours() -> None:
    lord_howe = refusal(date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe")
    apia = refusal(date(2011, 12, 30), time(10, 0), "Pacific/Apia")

    assert [neighbour.time() for neighbour in lord_howe.neighbours] == [time(1, 45), time(2, 45)]
    assert [neighbour.day for neighbour in apia.neighbours] == [29, 31]


@pytest.mark.parametrize("year", [26, 1999, 2038, 2062, 9999])
def test_years_without_rules_are_refused(year: int) -> None:
    refused = refusal(date(year, 7, 31), time(16, 0), LOS_ANGELES)

    assert refused.kind == "range"
    assert str(refused) == "Choose a date between January 1, 2000 and December 31, 2037."
    assert refused.sentence("es") == (
        "Elija una fecha entre el 1 de enero de 2000 y el 31 de diciembre de 2037."
    )
    with pytest.raises(times.NoSuchTime):
        times.next_instant(date(year, 7, 31), time(16, 0), LOS_ANGELES)


def test_a_refusal_survives_pickling() -> None:
    refused = refusal(date(2026, 3, 8), time(2, 30), LOS_ANGELES)

    assert str(pickle.loads(pickle.dumps(refused))) == str(refused)


def test_the_next_instant_of_a_skipped_time_is_the_end_of_the_gap() -> None:
    three_in_the_morning = datetime(2026, 3, 8, 10, tzinfo=UTC)

    assert times.next_instant(date(2026, 3, 8), time(2, 0), LOS_ANGELES) == three_in_the_morning
    assert times.next_instant(date(2026, 3, 8), time(2, 59), LOS_ANGELES) == three_in_the_morning
    assert times.next_instant(date(2026, 3, 8), time(3, 0), LOS_ANGELES) == three_in_the_morning


def test_the_next_instant_of_a_doubled_time_is_the_first_of_both() -> None:
    assert times.next_instant(date(2026, 11, 1), time(1, 30), NEW_YORK) == (
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    )


def test_an_unknown_zone_is_refused_everywhere() -> None:
    for ask in (
        lambda: times.instant(date(2026, 7, 31), time(16), "UTC"),
        lambda: times.next_instant(date(2026, 7, 31), time(16), "UTC"),
        lambda: times.wall_clock(JULY_31_AT_FOUR, "UTC"),
        lambda: times.announcement(JULY_31_AT_FOUR, ["UTC"]),
        lambda: times.long_form(JULY_31_AT_FOUR, ["UTC"]),
        lambda: times.day(JULY_31_AT_FOUR, "UTC", "en"),
        lambda: times.zone_words("UTC", JULY_31_AT_FOUR, "en"),
    ):
        with pytest.raises(times.UnknownZone, match=r"^We do not know the time zone “UTC”"):
            ask()


def test_a_naive_instant_is_refused_because_python_would_take_the_servers_zone() -> None:
    naive = JULY_31_AT_FOUR.replace(tzinfo=None)

    for ask in (
        lambda: times.announcement(naive, [NEW_YORK]),
        lambda: times.long_form(naive, [NEW_YORK]),
        lambda: times.wall_clock(naive, NEW_YORK),
    ):
        with pytest.raises(ValueError, match="an instant must be aware"):
            ask()
