"""What the announcement says: before, at and after the start, moved, called off, or nothing."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.registrations.announcing import A_WEEK_LATER, AUGUST, form_of, of, said
from tests.registrations.pages import july, register
from webinars import scheduling, times
from webinars.models import Series, Webinar

pytestmark = pytest.mark.django_db

INVITED = "Attend our National Patient Webinar on July 30 at 4pm PDT / 7pm EDT! More Information:"
IN_AUGUST = INVITED.replace("July 30", "August 27")
NOTHING = "Nothing is planned right now. Please look again soon. See what is coming:"


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    """Every test begins on March 1, 2027, at noon Pacific."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


# ---- One webinar --------------------------------------------------------------------------------


def test_it_invites_in_the_customers_own_words() -> None:
    webinar = july()

    assert of(webinar).content.decode() == (
        f"{INVITED} http://testserver/w/{webinar.code}/?utm_source=embed-text\n"
    )


def test_it_speaks_the_webinars_language_or_the_one_that_is_asked_for() -> None:
    spanish = (
        "¡Participe en nuestra charla nacional para pacientes el 30 de julio a las "
        "4 p. m. PDT / 7 p. m. EDT! Más información:"
    )

    assert said(july(language="es")) == spanish
    assert said(july(), "?language=es") == spanish
    assert said(july(), "?language=xx") == INVITED


def test_an_organizer_may_call_it_otherwise() -> None:
    webinar = july(announced_as="our open evening, 100% online")

    assert said(webinar).startswith("Attend our open evening, 100% online on July 30 at 4pm PDT")
    assert said(webinar, "?language=es").startswith(
        "¡Participe en our open evening, 100% online el 30 de julio"
    )


def test_the_link_says_where_it_leads_to_who_hears_it_alone() -> None:
    assert of(july(), "json").json()["link"]["label"] == (
        "More Information: Pain after back surgery: is it the SI joint?, "
        "July 30 at 4pm PDT / 7pm EDT"
    )


def test_a_moved_webinar_says_so() -> None:
    webinar = scheduling.reschedule(july(), **A_WEEK_LATER, reason="", by=None)

    assert said(webinar) == (
        "Attend our National Patient Webinar on August 6 at 4pm PDT / 7pm EDT! "
        "The time has changed. It was July 30 at 4pm PDT / 7pm EDT. More Information:"
    )
    assert "Cambió el horario. Antes era el 30 de julio a las 4 p. m." in said(
        webinar, "?language=es"
    )


def test_a_cancelled_webinar_says_so_until_the_next_one_is_the_better_news(clock: Clock) -> None:
    webinar = scheduling.cancel(july(), reason="", by=None)
    off = "Our National Patient Webinar on July 30 at 4pm PDT / 7pm EDT is cancelled."
    make_webinar(**AUGUST)

    assert said(webinar) == f"{off} More Information:"
    clock.move_to(webinar.starts_at)
    assert said(webinar) == IN_AUGUST


def test_a_cancelled_webinar_without_a_next_one_stays_cancelled(clock: Clock) -> None:
    webinar = scheduling.cancel(july(), reason="", by=None)
    clock.move_to(webinar.ends_at)

    assert "is cancelled." in said(webinar)


def test_nobody_is_invited_to_a_full_or_closed_webinar(clock: Clock) -> None:
    full = july(capacity=1)
    make_registration(webinar=full)
    closed = july(registration_closes=timedelta(days=1))

    assert "30 at 4pm PDT / 7pm EDT. All places are taken. More Information:" in said(full)
    clock.move_to(closed.registration_closes_at)
    assert "30 at 4pm PDT / 7pm EDT. Sign-up has closed. More Information:" in said(closed)


def test_at_the_start_it_turns_to_the_next_one(clock: Clock) -> None:
    webinar = july()
    make_webinar(**AUGUST, language="es")
    following = make_webinar(**AUGUST)

    clock.move_to(webinar.starts_at - timedelta(seconds=1))
    assert said(webinar) == INVITED
    clock.move_to(webinar.starts_at)
    assert said(webinar) == IN_AUGUST
    assert f"/w/{following.code}/" in of(webinar).content.decode()


def test_the_next_one_is_of_the_same_series_where_there_is_one(clock: Clock) -> None:
    series = Series.objects.create(title="Meet the team")
    webinar = july(series=series)
    make_webinar(**AUGUST)
    clock.move_to(webinar.starts_at)

    assert said(webinar) == "Our National Patient Webinar is on now. More Information:"


def test_after_it_there_is_the_recording_before_any_next_one(clock: Clock) -> None:
    webinar = july(recording_url="https://video.example/1")
    make_webinar(**AUGUST)
    clock.move_to(webinar.ends_at)

    assert said(webinar) == (
        "You can watch our National Patient Webinar of Friday, July 30, 2027 when you like. "
        "Watch the recording:"
    )
    assert f"/w/{webinar.code}/" in of(webinar).content.decode()


def test_over_without_a_recording_it_leads_to_what_is_coming(clock: Clock) -> None:
    webinar = july()
    clock.move_to(webinar.ends_at)

    assert of(webinar).content.decode() == (
        "Our National Patient Webinar is over. See what is coming: http://testserver/\n"
    )
    assert of(webinar, "txt", "?language=es").content.decode() == (
        "Nuestra charla nacional para pacientes ya terminó. Ver las próximas charlas: "
        "http://testserver/?language=es\n"
    )


@pytest.mark.parametrize("form", ["txt", "html", "json", "js", "frame"])
def test_a_draft_is_announced_nowhere(form: str) -> None:
    assert of(make_draft(), form).status_code == 404


@pytest.mark.parametrize("subject", ["webinar/x", "series/x", "next/x", "next/fr", "other/all"])
def test_what_does_not_exist_is_not_found(subject: str) -> None:
    assert form_of(subject).status_code == 404
    assert form_of(subject, "frame").status_code == 404


def test_another_ending_is_not_found() -> None:
    july()

    assert form_of("next/all.xml", "frame").status_code == 404


# ---- The next one, and series -------------------------------------------------------------------


def test_the_next_one_is_the_soonest_that_takes_place() -> None:
    make_webinar(**AUGUST)
    make_draft(starts_in=timedelta(days=3))
    july()

    assert said("next/all") == INVITED


def test_a_sooner_one_that_was_called_off_is_said_beside_it() -> None:
    scheduling.cancel(july(), reason="", by=None)
    make_webinar(**AUGUST)

    assert said("next/all") == (
        "Attend our National Patient Webinar on August 27 at 4pm PDT / 7pm EDT! "
        "The one on July 30 at 4pm PDT / 7pm EDT is cancelled. More Information:"
    )


def test_where_all_that_is_to_come_was_called_off_it_says_so() -> None:
    scheduling.cancel(july(), reason="", by=None)

    assert "July 30 at 4pm PDT / 7pm EDT is cancelled." in said("next/all")


def test_a_site_in_spanish_announces_what_is_held_in_spanish() -> None:
    july()
    make_webinar(**AUGUST, language="es")

    assert said("next/es").startswith("¡Participe en nuestra charla")
    assert "27 de agosto" in said("next/es")
    assert said("next/en") == INVITED


def test_a_series_announces_its_own_alone() -> None:
    series = Series.objects.create(title="Meet the team")
    july()
    make_webinar(**AUGUST, series=series)

    assert said(f"series/{series.code}") == IN_AUGUST


def test_the_next_one_that_has_begun_gives_way(clock: Clock) -> None:
    webinar = july()
    clock.move_to(webinar.starts_at)
    assert said("next/all") == "Our National Patient Webinar is on now. More Information:"
    make_webinar(**AUGUST)
    assert said("next/all") == IN_AUGUST


def test_with_none_to_come_there_is_the_latest_recording(clock: Clock) -> None:
    july(recording_url="https://video.example/1")
    latest = make_webinar(**AUGUST, recording_url="https://video.example/2")
    clock.move_to(latest.ends_at)

    assert said("next/all") == (
        "You can watch our National Patient Webinar of Friday, August 27, 2027 when you like. "
        "Watch the recording:"
    )


def test_with_nothing_at_all_it_is_friendly_in_its_language() -> None:
    series = Series.objects.create(title="Conozca al equipo", language="es")

    assert said("next/all") == NOTHING
    assert said("next/en") == NOTHING
    assert said(f"series/{series.code}") == said("next/es")
    assert said("next/es").endswith("Ver las próximas charlas:")


# ---- Where somebody came from -------------------------------------------------------------------


def test_the_embeds_name_is_kept_with_the_registration() -> None:
    webinar = july()
    url = of(webinar, "json", "?utm_source=harbor-home").json()["link"]["url"]
    assert url == f"http://testserver/w/{webinar.code}/?utm_source=harbor-home"

    register(webinar, utm_source="harbor-home")

    assert Registration.objects.get().source == "harbor-home"


@pytest.mark.parametrize(
    ("form", "source"),
    [
        ("txt", "embed-text"),
        ("html", "embed-html"),
        ("json", "embed-json"),
        ("js", "embed-script"),
        ("frame", "embed-frame"),
    ],
)
def test_without_a_name_it_is_the_forms_own(form: str, source: str) -> None:
    assert f"utm_source={source}" in of(july(), form).content.decode()


def test_a_name_is_a_plain_word_or_nothing() -> None:
    link = of(july(), "json", '?utm_source="><b>a%26b').json()["link"]["url"]

    assert link.endswith("?utm_source=bab")


def test_the_link_keeps_a_language_that_is_not_the_webinars_own() -> None:
    webinar = july()

    assert of(webinar, "json", "?language=es").json()["link"]["url"] == (
        f"http://testserver/w/{webinar.code}/?language=es&utm_source=embed-json"
    )


# ---- The reader's own time ----------------------------------------------------------------------


def test_the_readers_own_time_is_a_guess_and_says_so() -> None:
    answer = of(july(), "json", "?zone=America/Chicago").json()

    assert answer["your_time"] == "Where you are, that looks like: 6:00 pm Central Time (CDT)"


@pytest.mark.parametrize("zone", ["America/New_York", "US/Pacific", "UTC", "undefined", "", "<b>"])
def test_a_zone_that_tells_nothing_new_adds_nothing(zone: str) -> None:
    assert of(july(), "json", f"?zone={zone}").json()["your_time"] == ""


def test_there_is_no_time_for_what_is_not_to_come() -> None:
    webinar: Webinar = scheduling.cancel(july(), reason="", by=None)

    assert of(webinar, "json", "?zone=America/Chicago").json()["your_time"] == ""
