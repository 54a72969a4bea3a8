"""Names of zones: what is accepted, in what words each is said, and the list to choose from."""

import zoneinfo
from datetime import UTC, datetime
from importlib.resources import files

import pytest
import pytz

from webinars import times

zoneinfo.reset_tzpath(to=[])

IN_JULY = datetime(2026, 7, 31, 23, tzinfo=UTC)
IN_JANUARY = datetime(2026, 1, 31, 23, tzinfo=UTC)
SAID_SEPARATELY = datetime(2027, 2, 1, 12, tzinfo=UTC)

# ---- Names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("America/Los_Angeles", "America/Los_Angeles"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Singapore", "Asia/Singapore"),
        ("GB", "Europe/London"),
        ("Europe/Stockholm", "Europe/Stockholm"),
        ("Africa/Asmera", "Africa/Asmara"),
        ("America/Virgin", "America/St_Thomas"),
        ("Iceland", "Atlantic/Reykjavik"),
    ],
)
def test_links_are_resolved_to_the_place(name: str, canonical: str) -> None:
    assert times.canonical(name) == canonical
    assert times.browser_zone(name) == canonical


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "UTC", "GMT", "Z", "Zulu", "Universal", "UCT", "Greenwich", "Etc/UTC", "Etc/GMT+7",
        "Etc/Unknown", "CET", "EET", "EST", "MST", "HST", "WET", "MET", "PST", "EST5EDT", "PST8PDT",
        "Factory", "localtime", "undefined", "null", "None", "america/los_angeles",
        "America/Los Angeles", " America/Los_Angeles", "America/Los_Angeles\n", "America",
        "America/", "../../etc/passwd", "/etc/localtime", "America/Sao_Páulo", "+05:30", "UTC-3",
        "zone.tab", "posixrules", "\x00", "A" * 10_000,
    ],
)  # fmt: skip
def test_whatever_is_not_a_place_is_unknown(name: str) -> None:
    with pytest.raises(times.UnknownZone):
        times.canonical(name)
    assert times.browser_zone(name) is None


def test_a_browser_that_sends_nothing_is_unknown() -> None:
    assert times.browser_zone(None) is None


def test_the_refusal_is_short_and_in_the_readers_language() -> None:
    assert times.UnknownZone("CET").sentence("es") == (
        "No conocemos la zona horaria «CET». Elija una de la lista."
    )
    assert len(str(times.UnknownZone("A" * 10_000))) < 150


def test_every_name_of_tzdata_that_has_a_place_is_known() -> None:
    refused = {name for name in zoneinfo.available_timezones() if not times.browser_zone(name)}

    assert {name for name in refused if not name.startswith("Etc/")} == {
        "CET", "CST6CDT", "EET", "EST", "EST5EDT", "Factory", "GMT", "GMT+0", "GMT-0", "GMT0",
        "Greenwich", "HST", "MET", "MST", "MST7MDT", "PST8PDT", "UCT", "UTC", "Universal", "WET",
        "Zulu",
    }  # fmt: skip


# ---- Words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "english", "spanish"),
    [
        ("America/New_York", "Eastern Time", "hora del Este"),
        ("America/Chicago", "Central Time", "hora del Centro"),
        ("America/Denver", "Mountain Time", "hora de la Montaña"),
        ("America/Los_Angeles", "Pacific Time", "hora del Pacífico"),
        ("America/Anchorage", "Alaska Time", "hora de Alaska"),
        ("Pacific/Honolulu", "Hawaii Time", "hora de Hawái"),
        ("America/Phoenix", "Arizona Time", "hora de Arizona"),
        ("America/Puerto_Rico", "Puerto Rico Time", "hora de Puerto Rico"),
        ("America/Halifax", "Atlantic Time", "hora del Atlántico"),
        ("Pacific/Guam", "Chamorro Time", "hora chamorra"),
        ("America/Regina", "Saskatchewan Time", "hora de Saskatchewan"),
        ("America/St_Johns", "Newfoundland Time", "hora de Terranova"),
        ("America/Indiana/Knox", "Central Time", "hora del Centro"),
        ("America/Tijuana", "Pacific Time", "hora del Pacífico"),
        ("America/Mexico_City", "Central Mexico Time", "hora del centro de México"),
        ("America/Guatemala", "Guatemala time", "hora de Guatemala"),
        ("America/Bogota", "Bogotá time", "hora de Bogotá"),
        ("America/Panama", "Panama time", "hora de Panamá"),
        ("Europe/Madrid", "Central European Time", "hora de Europa central"),
        ("Africa/Algiers", "Algiers time", "hora de Argel"),
        ("Asia/Tokyo", "Japan Time", "hora de Japón"),
        ("Australia/Sydney", "Australian Eastern Time", "hora de Australia oriental"),
        ("Australia/Brisbane", "Brisbane time", "hora de Brisbane"),
        ("Africa/Nairobi", "Nairobi time", "hora de Nairobi"),
    ],
)
def test_zones_in_words(zone: str, english: str, spanish: str) -> None:
    assert times.zone_words(zone, IN_JULY, "en") == english
    assert times.zone_words(zone, IN_JULY, "es") == spanish


def test_phoenix_and_denver_never_share_a_name_not_even_in_january() -> None:
    for at in (IN_JULY, IN_JANUARY):
        assert times.zone_words("America/Phoenix", at, "en") == "Arizona Time"
        assert times.zone_words("America/Denver", at, "en") == "Mountain Time"


def test_vancouver_is_pacific_time_until_british_columbia_leaves_it() -> None:
    assert times.zone_words("America/Vancouver", IN_JULY, "en") == "Pacific Time"
    assert times.zone_words("America/Vancouver", SAID_SEPARATELY, "en") == "British Columbia Time"
    assert times.zone_words("America/Edmonton", SAID_SEPARATELY, "en") == "Alberta Time"
    assert times.zone_words("America/Winnipeg", SAID_SEPARATELY, "es") == "hora de Manitoba"


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_two_clocks_that_differ_have_the_same_words(language: str) -> None:
    for at in (datetime(2026 + n // 12, n % 12 + 1, 5, 12, tzinfo=UTC) for n in range(30)):
        readings: dict[str, set[str]] = {}
        for zone in all_zones():
            words = times.zone_words(zone, at, language)
            shown = at.astimezone(zoneinfo.ZoneInfo(zone))
            readings.setdefault(words, set()).add(f"{shown:%H:%M %Z}")
        assert {words: shown for words, shown in readings.items() if len(shown) > 1} == {}


@pytest.mark.parametrize("language", ["en", "es"])
def test_words_are_letters_and_plain_spaces(language: str) -> None:
    for zone in all_zones():
        for face in times.faces(IN_JULY, [zone], language):
            assert not any(sign.isdigit() for sign in face.zone_words), zone
            assert {sign for sign in face.words if sign.isspace()} == {" "}, zone
            assert face.abbreviation.isalpha() or face.abbreviation.startswith(("UTC+", "UTC-"))


# ---- The list ----------------------------------------------------------------------------------


def all_zones() -> list[str]:
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines()
    return [line.split("\t")[2] for line in table if not line.startswith("#")]


def flat(choices: times.Choices) -> list[tuple[str, str]]:
    return [choice for _, group in choices for choice in group]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_canonical_zone_is_in_the_list_once_under_a_label_of_its_own(language: str) -> None:
    choices = flat(times.zone_choices(language, IN_JULY))
    labels = [label for _, label in choices]

    assert sorted(zone for zone, _ in choices) == sorted(all_zones())
    assert sorted({label.casefold() for label in labels}) == sorted(map(str.casefold, labels))
    assert all(times.canonical(zone) == zone for zone, _ in choices)


def test_every_zone_that_is_no_offset_and_no_link_is_in_the_list() -> None:
    source = (files("tzdata") / "zoneinfo" / "tzdata.zi").read_text().splitlines()
    zones = {line.split()[1] for line in source if line.startswith("Z ")}

    listed = {zone for zone, _ in flat(times.zone_choices("en", IN_JULY))}

    assert {zone for zone in zones - listed if not zone.startswith("Etc/")} == {
        "CST6CDT", "EST5EDT", "Factory", "MST7MDT", "PST8PDT",
    }  # fmt: skip


def test_the_list_begins_with_the_clocks_of_the_united_states() -> None:
    (english, first), *others = times.zone_choices("en", IN_JULY)
    spanish, primera = times.zone_choices("es", IN_JULY)[0]

    assert english == "United States"
    assert first[:8] == [
        ("America/New_York", "Eastern Time: New York, Atlanta, Miami"),
        ("America/Chicago", "Central Time: Chicago, Dallas, Houston"),
        ("America/Denver", "Mountain Time: Denver, Salt Lake City"),
        ("America/Phoenix", "Arizona Time: Phoenix, Tucson"),
        ("America/Los_Angeles", "Pacific Time: Los Angeles, Seattle"),
        ("America/Anchorage", "Alaska Time: Anchorage"),
        ("Pacific/Honolulu", "Hawaii Time: Honolulu"),
        ("America/Puerto_Rico", "Puerto Rico Time: San Juan"),
    ]
    assert [name for name, _ in others] == [
        "Canada", "Mexico", "Rest of the Americas", "Europe", "Africa", "Asia",
        "Australia and the Pacific", "Antarctica",
    ]  # fmt: skip
    assert (spanish, primera[4]) == (
        "Estados Unidos",
        ("America/Los_Angeles", "Hora del Pacífico: Los Ángeles, Seattle"),
    )


def test_accents_do_not_move_a_country_to_the_end_of_its_group() -> None:
    europe = dict(times.zone_choices("en", IN_JULY))["Europe"]

    assert [label for _, label in europe[:3]] == [
        "Åland Islands: Mariehamn", "Albania: Tirane", "Andorra",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "english", "spanish"),
    [
        ("US/Pacific", "Pacific Time: Los Angeles, Seattle",
         "Hora del Pacífico: Los Ángeles, Seattle"),
        ("America/St_Johns", "Newfoundland Time: St. John’s",
         "Hora de Terranova: San Juan de Terranova"),
        ("America/Atikokan", "Atikokan", "Atikokan"),
        ("America/Sao_Paulo", "Brazil: São Paulo", "Brasil: São Paulo"),
        ("Europe/Paris", "France: Paris", "Francia: París"),
        ("Asia/Singapore", "Singapore", "Singapur"),
        ("Atlantic/Canary", "Spain: Canary Islands", "España: Islas Canarias"),
    ],
)  # fmt: skip
def test_the_label_of_one_zone(zone: str, english: str, spanish: str) -> None:
    assert times.zone_label(zone, "en", IN_JULY) == english
    assert times.zone_label(zone, "es", IN_JULY) == spanish


def test_the_list_of_today_is_asked_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", lambda: SAID_SEPARATELY)

    assert times.zone_choices("en") == times.zone_choices("en", SAID_SEPARATELY)
    assert times.zone_label("America/Vancouver", "en") == "British Columbia Time: Vancouver"


# ---- The data ----------------------------------------------------------------------------------


def test_zone_data_is_right_here() -> None:
    assert times.zone_data_problems() == []


def test_zone_files_of_the_operating_system_are_a_problem() -> None:
    zoneinfo.reset_tzpath(to=["/usr/share/zoneinfo"])
    try:
        problems = times.zone_data_problems()
    finally:
        zoneinfo.reset_tzpath(to=[])

    assert problems == [
        "zoneinfo reads /usr/share/zoneinfo before the pinned tzdata package; "
        "call zoneinfo.reset_tzpath(to=[]) before any zone is loaded."
    ]


def test_two_releases_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = pytz.OLSON_VERSION
    monkeypatch.setattr(pytz, "OLSON_VERSION", "2020a")

    assert times.zone_data_problems() == [
        f"tzdata holds release {ours} of the zone data and pytz 2020a; "
        "pin both to the same release."
    ]


def test_other_files_for_pytz_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTZ_TZDATADIR", "/usr/share/zoneinfo")

    assert times.zone_data_problems() == [
        "PYTZ_TZDATADIR makes pytz read other zone files than its own; unset it."
    ]
