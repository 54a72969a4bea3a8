"""Every page that a patient sees, in every state: the one list that all checks of pages share.

axe, the HTML validator, the reading grade and the journeys without JavaScript read it. A new page
or state is one line more. Whoever reads the list looks at each page before asking for the next:
what is made for one stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from notifications.models import Delivery
from registrations import signup
from registrations.models import Registration
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import TYPED, joining, page, private
from webinars import scheduling, times
from webinars.models import Resource, Series, Speaker, Webinar

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
RECORDED = {"recording_url": "https://video.example.com/1"}
WORDS = {
    "en": {
        "title": "When your back hurts",
        "summary": "A doctor tells where the pain may come from.",
        "description": "<p>We will look at your back.</p><ul><li>You can ask us.</li></ul>",
        "calendar_title": "Online session",
    },
    "es": {
        "title": "Cuando le duele la espalda",
        "summary": "Una doctora dice de dónde puede venir el dolor.",
        "description": "<p>Vamos a ver su espalda.</p><ul><li>Puede preguntar.</li></ul>",
        "calendar_title": "Sesión en línea",
    },
}


@dataclass(frozen=True)
class Seen:
    """A page in a state: a path that is opened; with `typed`, its form is then filled in and sent.

    `sent_to` is where that form goes, if not to its own page; another site may have made it.
    """

    name: str
    path: str
    typed: dict[str, str] | None = None
    sent_to: str = ""
    is_from_elsewhere: bool = False


def first_states(language: str) -> Iterator[Seen]:
    """In the order in which they are to be looked at."""
    yield Seen("home, nothing planned", "/")
    yield Seen("privacy", "/privacy/")
    yield Seen("no such page", "/w/nothing0/")
    yield Seen("announcement, nothing planned", f"/announce/next/{language}/")
    yield from webinar_pages(language)
    yield from forms(language)
    yield from links_again()
    yield from own_pages(language)
    yield from own_presses(language)
    yield from own_data(language)
    yield from join_pages(language)
    yield from announcements(language)
    yield Seen("home, with all of them", "/")


def webinar_pages(language: str) -> Iterator[Seen]:
    yield Seen("open", page(a_webinar(language)))
    yield Seen("open, with everything", page(with_everything(a_webinar(language))))
    yield Seen("begun", page(begun(a_webinar(language))))
    yield Seen("full", page(full(a_webinar(language))))
    yield Seen("closed", page(a_webinar(language, registration_closes=40 * DAY)))
    yield Seen("moved", page(moved(a_webinar(language))))
    yield Seen("cancelled", page(called_off(a_webinar(language))))
    yield Seen("over", page(over(a_webinar(language))))
    yield Seen("over, recorded", page(over(a_webinar(language, **RECORDED))))


def forms(language: str) -> Iterator[Seen]:
    here = page(a_webinar(language))
    yield Seen("form, empty", here, typed={})
    wrong = {"first_name": "Call 555", "last_name": "#", "email": "ada@"}
    yield Seen("form, mistakes", here, typed={**TYPED, **wrong})
    long = {"first_name": "a" * 41, "last_name": "a" * 61, "email": f"{'a' * 250}@example.com"}
    yield Seen("form, too long", here, typed={**TYPED, **long})
    yield Seen("form, open for long", here, typed={**TYPED, "rendered": "stale"})
    yield Seen("form, from elsewhere", here, typed=TYPED, is_from_elsewhere=True)
    yield Seen("check your email", here, typed=TYPED)
    near = page(a_webinar(language, starts_in=5 * HOUR))
    yield Seen("check your email, near", near, typed=TYPED)


def links_again() -> Iterator[Seen]:
    yield Seen("link", "/link/")
    yield Seen("link, mistake", "/link/", typed={"email": "ada"})
    yield Seen("link, asked for", "/link/", typed={"email": "ada@example.com"})


def own_pages(language: str) -> Iterator[Seen]:
    yield Seen("private", private(a_place(language)))
    told = a_place(language)
    Delivery.objects.filter(registration=told).update(state="sent", settled_at=times.now())
    yield Seen("private, told", private(told))
    lost = a_place(language)
    Delivery.objects.filter(registration=lost).update(state="failed", settled_at=times.now())
    yield Seen("private, a mail lost", private(lost))
    yield Seen("private, moved", private(a_place(language, moved)))
    yield Seen("private, called off", private(a_place(language, called_off)))
    yield Seen("private, begun", private(a_place(language, begun)))
    yield Seen("private, over", private(a_place(language, over)))
    yield Seen("private, recorded", private(a_place(language, over, **RECORDED)))


def own_presses(language: str) -> Iterator[Seen]:
    here = private(a_place(language))
    yield Seen("zone, none", here, typed={"time_zone": ""}, sent_to=f"{here}zone/")
    stale = {"rendered": "stale"}
    yield Seen("zone, open for long", here, typed=stale, sent_to=f"{here}zone/")
    yield Seen("zone, changed", here, typed={"time_zone": "Asia/Tokyo"}, sent_to=f"{here}zone/")
    yield Seen("cancel, open for long", here, typed=stale, sent_to=f"{here}cancel/")
    yield Seen("cancelled by me", here, typed={}, sent_to=f"{here}cancel/")
    yield Seen("come back", here, typed={}, sent_to=f"{here}return/")
    gone = a_place(language)
    signup.cancel(gone)
    yield Seen("private, cancelled", private(gone))
    full(gone.webinar)
    yield Seen("come back, too late", private(gone, "?done=too+late"))


def own_data(language: str) -> Iterator[Seen]:
    here = private(a_place(language))
    yield Seen("erase, open for long", here, typed={"rendered": "stale"}, sent_to=f"{here}erase/")
    yield Seen("erased", here, typed={}, sent_to=f"{here}erase/")
    not_me = private(a_place(language), "not-me/")
    yield Seen("not me", not_me)
    yield Seen("not me, open for long", not_me, typed={"rendered": "stale"})
    yield Seen("not me, deleted", not_me, typed={})


def join_pages(language: str) -> Iterator[Seen]:
    yield Seen("join, before", joining(a_place(language)))
    yield Seen("join, moved", joining(a_place(language, moved)))
    soon = joining(a_place(language, starts_in=timedelta(minutes=10)))
    yield Seen("join, open", soon)
    yield Seen("join, open for long", soon, typed={"rendered": "stale"}, sent_to=f"{soon}go/")
    yield Seen("join, begun", joining(a_place(language, begun)))
    yield Seen("join, over", joining(a_place(language, over)))
    yield Seen("join, recorded", joining(a_place(language, over, **RECORDED)))
    yield Seen("join, called off", joining(a_place(language, called_off)))
    gone = a_place(language)
    signup.cancel(gone)
    yield Seen("join, given up", joining(gone))


def announcements(language: str) -> Iterator[Seen]:
    """As frames: pages of their own."""
    yield Seen("announcement", framed(a_webinar(language)))
    yield Seen("announcement, full", framed(full(a_webinar(language))))
    yield Seen("announcement, moved", framed(moved(a_webinar(language))))
    yield Seen("announcement, cancelled", framed(called_off(a_webinar(language))))
    yield Seen("announcement, begun", framed(begun(a_webinar(language))))
    yield Seen("announcement, over", framed(over(a_webinar(language))))
    yield Seen("announcement, recorded", framed(over(a_webinar(language, **RECORDED))))


def framed(webinar: Webinar) -> str:
    return f"/announce/webinar/{webinar.code}/"


def a_webinar(language: str, **fields: Any) -> Webinar:
    return make_webinar(language=language, **{**WORDS[language], **fields})


def a_place(
    language: str, then: Callable[[Webinar], Webinar] | None = None, **fields: Any
) -> Registration:
    """Somebody registered; then this happened to the webinar."""
    webinar = a_webinar(language, **fields)
    registration = make_registration(webinar=webinar, language=language)
    if then:
        then(webinar)
    return registration


def with_everything(webinar: Webinar) -> Webinar:
    """In a series, with speakers and resources."""
    webinar.series = Series.objects.create(title=webinar.title, language=webinar.language)
    webinar.save()
    Speaker.objects.create(webinar=webinar, name="Maria Reyes", role="MD", about="Ann\n\nLee")
    Resource.objects.create(webinar=webinar, title="MedlinePlus", url="https://a.example.com/")
    return webinar


def full(webinar: Webinar) -> Webinar:
    make_registration(webinar=webinar, language=webinar.language)
    signup.limit(webinar, capacity=1)
    return webinar


def moved(webinar: Webinar) -> Webinar:
    wanted = times.wall_clock(webinar.starts_at + DAY, webinar.time_zone)
    return scheduling.reschedule(
        webinar,
        date=wanted.date(),
        time=wanted.time(),
        time_zone=webinar.time_zone,
        reason="",
        by=None,
    )


def called_off(webinar: Webinar) -> Webinar:
    return scheduling.cancel(webinar, reason="", by=None)


def begun(webinar: Webinar) -> Webinar:
    return started(webinar, ago=timedelta(minutes=10))


def over(webinar: Webinar) -> Webinar:
    return started(webinar, ago=3 * HOUR)


def started(webinar: Webinar, *, ago: timedelta) -> Webinar:
    """No act makes a past webinar, so its row is written, and its reminders are taken out."""
    start = times.now() - ago
    webinar.waves.all().delete()
    Webinar.objects.filter(pk=webinar.pk).update(starts_at=start, ends_at=start + HOUR)
    return webinar
