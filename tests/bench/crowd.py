"""Webinars with many people, by one statement each, so that a million is a matter of seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import connection, models

from notifications import expansion
from notifications.models import Delivery, Wave
from registrations.models import Registration
from tests.makers import make_webinar
from webinars import times
from webinars.models import Webinar

ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Phoenix", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico"),
)
NAMES = (
    *("Ana", "José", "Zoë", "Wei", "Frank", "Siobhán", "D'Arcy", "Müller & Sohn", "Łukasz", "李"),
    *("Mary Ann", "Bartholomew", "Oğuz", "Élodie", "Bo", "Maximiliana", "<Tim>", "Noor", "Jürgen"),
)
# An address of its own for each, in fifty domains.
ADDRESS = "'p' || n || '@mail' || n %% 50 || '.example.com'"
DAY = timedelta(days=1)
LARGEST = 100_000  # people of a webinar


def a_webinar_with(people: int) -> Webinar:
    """Published, in 25 hours; everybody has been registered for days."""
    webinar = make_webinar(starts_in=timedelta(hours=25))
    if people:
        register(webinar, people)
    return webinar


def register(webinar: Webinar, people: int) -> None:
    """Names, zones and languages vary, the same for the same number of people."""
    long_ago = times.now() - timedelta(days=3)  # too long for the sweep to miss confirmations
    first = Registration.objects.create(
        webinar=webinar,
        first_name=NAMES[0],
        email="p0@example.com",
        address="p0@example.com",
        name_key="ana",
        time_zone=ZONES[0],
        registered_at=long_ago,
        active_since=long_ago,
        changed_at=long_ago,
    )
    copies(
        first,
        f"generate_series(1, {people - 1}) AS n",
        {
            "uuid": f"md5('u{webinar.pk}-' || n)::uuid",
            "calendar_uid": f"md5('c{webinar.pk}-' || n)::uuid",
            "first_name": f"({_array(NAMES)})[1 + n %% {len(NAMES)}]",
            "name_key": f"lower(({_array(NAMES)})[1 + n %% {len(NAMES)}])",
            "last_name": "'Number ' || n",
            "email": ADDRESS,
            "address": ADDRESS,
            "time_zone": f"({_array(ZONES)})[1 + n / 3 %% {len(ZONES)}]",
            "language": "CASE WHEN n %% 4 = 0 THEN 'es' ELSE 'en' END",
        },
    )


def due_wave(webinar: Webinar) -> Wave:
    """Its reminder of the day before is due now, and not expanded yet."""
    wave = webinar.waves.get(rule__before=DAY)
    now = times.now()
    wave.due_at = wave.active_by = now
    wave.expand_at = now - timedelta(minutes=10)
    wave.save()
    return wave


def due_waves(people: int) -> list[Wave]:
    """So many people's, of as many webinars as it takes."""
    full, left = divmod(people, LARGEST)
    return [due_wave(a_webinar_with(each)) for each in [LARGEST] * full + [left][: bool(left)]]


def expanded(people: int) -> None:
    """Everybody's delivery is ready and due, or as many as wait at a time: the senders ask for
    the rest.
    """
    waves = due_waves(people)
    written = expansion.expand_due()
    if written != min(people, len(waves) * expansion.ENOUGH):
        raise AssertionError(f"{written} deliveries for {people} people")


def some_deliveries(number: int) -> list[int]:
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True)[:number])


def copies(
    first: models.Model, source: str, differing: Mapping[str, str], *, into: str = ""
) -> None:
    """Rows like the first, one for each row of the SQL `source`, with some columns' SQL."""
    meta = first._meta
    columns = [field.column for field in meta.concrete_fields if not field.primary_key]
    values = [differing.get(column, f'first."{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {into or meta.db_table} ({names}) SELECT {', '.join(values)} "
            f"FROM {meta.db_table} AS first, {source} WHERE first.id = %s",
            [first.pk],
        )


def unsettled() -> bool:
    """Whether any delivery is not through yet."""
    waiting = Delivery.objects.filter(state=Delivery.State.READY)
    return Delivery.objects.held().exists() or waiting.exists()


def _array(words: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join("'" + word.replace("'", "''") + "'" for word in words) + "]"
