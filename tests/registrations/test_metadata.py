"""What the public pages tell search engines and whoever shares a link, and that others do not."""

from __future__ import annotations

import json
import re
from datetime import date, time, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.registrations.event_rules import problems
from tests.registrations.pages import get, joining, page, private, register
from webinars import scheduling, times
from webinars.models import Speaker, Webinar

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
JULY = {"local_date": date(2027, 7, 30), "local_time": time(16)}
MOVED = {"date": date(2027, 8, 6), "time": time(17), "time_zone": "America/Los_Angeles"}
HOSTILE = """</script><script>alert(1)</script><!-- "quoted" 'single' & <b> \\u2028"""


@pytest.fixture(autouse=True)
def _spring(clock: Clock, settings: Any) -> None:
    settings.ORGANISATION_NAME = "Lakeside Health"
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def july(**fields: Any) -> Webinar:
    return make_webinar(**{**JULY, **fields})


class Head(HTMLParser):
    """The tags of a page's head, as a browser reads them."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: list[dict[str, str]] = []
        self.blocks: list[str] = []
        self.title = ""
        self._inside = ""
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._inside = values.get("type", tag)
        if tag == "meta" and "content" in values:
            self.meta[values.get("name") or values.get("property", "")] = values["content"]
        elif tag == "link":
            self.links.append(values)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "application/ld+json":
            self.blocks.append(data)
        elif self._inside == "title":
            self.title += data

    def linked(self, rel: str) -> dict[str, str]:
        """Addresses by language ("" where none is named), of links that are no feeds."""
        found = (each for each in self.links if each["rel"] == rel and "type" not in each)
        return {each.get("hreflang", ""): each["href"] for each in found}


def event(path: str) -> dict[str, Any]:
    [block] = Head(get(path)).blocks
    data: dict[str, Any] = json.loads(block)
    return data


# ---- Names and addresses ------------------------------------------------------------------------


def test_a_page_says_what_it_is_and_when() -> None:
    head = Head(get(page(july())))

    assert head.title == "Pain after back surgery: is it the SI joint? · Lakeside Health"
    assert head.meta["description"] == (
        "July 30 at 4pm PDT / 7pm EDT. A surgeon explains where the pain may come from."
    )


def test_a_page_has_one_address_in_each_language_and_its_own_is_the_default() -> None:
    webinar = july(language="es")
    own, english = f"{SITE}{page(webinar)}", f"{SITE}{page(webinar)}?language=en"

    for query, address in {
        "": own,
        "?utm_source=clinic": own,
        "?language=es&utm_source=clinic": own,
        "?language=en": english,
        "?language=xx": own,
    }.items():
        head = Head(get(f"{page(webinar)}{query}"))
        assert head.linked("canonical") == {"": address}
        assert head.linked("alternate") == {"en": english, "es": own, "x-default": own}
        assert head.meta["og:url"] == address


@pytest.mark.parametrize("path", ["/", "/privacy/", "/link/"])
def test_the_other_public_pages_have_theirs(path: str) -> None:
    own, spanish = f"{SITE}{path}", f"{SITE}{path}?language=es"

    for query, address in {"": own, "?language=en": own, "?language=es": spanish}.items():
        head = Head(get(f"{path}{query}"))
        assert head.linked("canonical") == {"": address}
        assert head.linked("alternate") == {"en": own, "es": spanish, "x-default": own}
        assert head.meta["description"]
        assert head.meta["og:image"].startswith(f"{SITE}/picture.png")


def test_every_canonical_address_answers_with_the_page_itself() -> None:
    webinar = july(language="es")
    for path in ("/", "/?language=es", page(webinar), f"{page(webinar)}?language=en"):
        address = Head(get(path)).linked("canonical")[""]
        assert get(address.removeprefix(SITE)).content == get(path).content


def test_a_shared_link_shows_title_time_and_picture() -> None:
    webinar = july()
    meta = Head(get(f"{page(webinar)}?language=es")).meta

    shared = {name: value for name, value in meta.items() if name.startswith(("og:", "twitter:"))}

    said = "30 de julio a las 4 p. m. PDT / 7 p. m. EDT. " + webinar.summary
    picture = (
        f"{SITE}{page(webinar)}picture.png?language=es&v={int(webinar.changed_at.timestamp())}"
    )
    assert shared == {
        "og:type": "website",
        "og:site_name": "Lakeside Health",
        "og:title": webinar.title,
        "og:description": said,
        "og:url": f"{SITE}{page(webinar)}?language=es",
        "og:locale": "es_US",
        "og:locale:alternate": "en_US",
        "og:image": picture,
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": f"{webinar.title}. {said}",
        "twitter:card": "summary_large_image",
        "twitter:title": webinar.title,
        "twitter:description": said,
        "twitter:image": picture,
    }


def test_a_cancelled_webinar_says_so_wherever_its_link_is_shared() -> None:
    webinar = scheduling.cancel(july(), reason="", by=None)

    meta = Head(get(page(webinar))).meta

    assert meta["og:description"].startswith("Cancelled: July 30 at 4pm PDT / 7pm EDT. ")


def test_the_picture_has_another_address_after_every_change(clock: Clock) -> None:
    webinar = july()
    before = Head(get(page(webinar))).meta["og:image"]
    clock.forward(minutes=1)

    scheduling.reschedule(webinar, **MOVED, reason="", by=None)

    assert Head(get(page(webinar))).meta["og:image"] != before


def test_the_home_page_names_a_feed_in_each_language() -> None:
    feeds = [each for each in Head(get("/")).links if each.get("type") == "application/atom+xml"]

    assert [(each["hreflang"], each["href"], each["title"]) for each in feeds] == [
        ("en", f"{SITE}/feed/en.atom", "Lakeside Health: online sessions"),
        ("es", f"{SITE}/feed/es.atom", "Lakeside Health: sesiones en línea"),
    ]


# ---- schema.org ---------------------------------------------------------------------------------


def test_the_event_says_all_that_the_page_says() -> None:
    webinar = july()
    Speaker.objects.create(webinar=webinar, name="Maria Reyes, MD", role="Spine surgeon")

    address = f"{SITE}{page(webinar)}"
    assert event(f"{page(webinar)}?language=es") == {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": webinar.title,
        "description": webinar.summary,
        "url": address,
        "image": [f"{address}picture.png?v={int(webinar.changed_at.timestamp())}"],
        "inLanguage": "en",
        "startDate": "2027-07-30T16:00:00-07:00",
        "endDate": "2027-07-30T17:00:00-07:00",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "eventStatus": "https://schema.org/EventScheduled",
        "location": {"@type": "VirtualLocation", "url": address},
        "organizer": {"@type": "Organization", "name": "Lakeside Health", "url": SITE},
        "performer": [{"@type": "Person", "name": "Maria Reyes, MD"}],
        "isAccessibleForFree": True,
        "offers": {
            "@type": "Offer",
            "url": address,
            "price": 0,
            "priceCurrency": "USD",
            "availability": "https://schema.org/InStock",
            "validFrom": "2027-03-01T12:00:00-08:00",
        },
    }


def test_the_event_keeps_the_published_rules_in_every_state(clock: Clock) -> None:
    """The rules and where they come from: `tests.registrations.event_rules`.

    What is recommended may lack only where it would not be true: no speaker is named yet, or
    there is no place to be had.
    """
    webinar = july()
    assert list(problems(event(page(webinar)))) == ["Event.performer is recommended"]
    Speaker.objects.create(webinar=webinar, name="Maria Reyes, MD")
    assert list(problems(event(page(webinar)))) == []
    webinar = scheduling.reschedule(webinar, **MOVED, reason="", by=None)
    assert list(problems(event(page(webinar)))) == []

    scheduling.cancel(webinar, reason="", by=None)
    assert list(problems(event(page(webinar)))) == ["Event.offers is recommended"]
    clock.move_to(webinar.ends_at)
    assert list(problems(event(page(webinar)))) == ["Event.offers is recommended"]


def test_the_rules_find_what_is_wrong() -> None:
    said = event(page(july())) | {"startDate": "2027-07-30T16:00:00", "eventStatus": "Scheduled"}
    del said["location"]
    said["colour"] = "blue"
    said["organizer"] = {"@type": "Person", "name": " "}

    assert list(problems(said)) == [
        "Event.location is required",
        "Event.performer is recommended",
        "Event.startDate is no DateTime: 2027-07-30T16:00:00",
        "Person in place of Organization",
        "Organization.url is recommended",
        "Organization.name is no Text:  ",
        "Event.eventStatus is Scheduled",
        "Event has no colour",
    ]


def test_a_moved_webinar_names_the_start_that_was_announced_before() -> None:
    webinar = scheduling.reschedule(july(), **MOVED, reason="", by=None)

    said = event(page(webinar))

    assert said["eventStatus"] == "https://schema.org/EventRescheduled"
    assert said["startDate"] == "2027-08-06T17:00:00-07:00"
    assert said["previousStartDate"] == "2027-07-30T16:00:00-07:00"


@pytest.mark.parametrize("has_moved", [False, True])
def test_a_cancelled_webinar_keeps_its_start(has_moved: bool) -> None:
    webinar = july()
    if has_moved:
        webinar = scheduling.reschedule(webinar, **MOVED, reason="", by=None)
    scheduling.cancel(webinar, reason="", by=None)

    said = event(page(webinar))

    assert said["eventStatus"] == "https://schema.org/EventCancelled"
    assert said["startDate"][:10] == ("2027-08-06" if has_moved else "2027-07-30")
    assert ("previousStartDate" in said) is has_moved
    assert "offers" not in said


def test_a_webinar_that_moved_with_its_zones_rules_is_not_called_rescheduled() -> None:
    """Nobody was told another hour."""
    webinar = july()
    webinar.schedule_revision = webinar.sequence = 1
    webinar.save()
    webinar.revisions.record(webinar, reason=scheduling.RULES_CHANGED, by=None)

    assert event(page(webinar))["eventStatus"] == "https://schema.org/EventScheduled"


def test_a_full_webinar_is_sold_out() -> None:
    webinar = july(capacity=1)
    make_registration(webinar=webinar)

    assert event(page(webinar))["offers"]["availability"] == "https://schema.org/SoldOut"


def test_the_hosts_address_stands_nowhere() -> None:
    webinar = july()

    html = get(page(webinar)).content.decode()

    for secret in ("meet.example.com", webinar.dial_in, webinar.organizer_email):
        assert secret not in html


def test_no_text_can_leave_its_attribute_or_its_block() -> None:
    webinar = july(title=HOSTILE, summary=HOSTILE)
    Speaker.objects.create(webinar=webinar, name=HOSTILE[:80])

    response = get(page(webinar))
    head = Head(response)

    assert len(head.blocks) == 1
    assert json.loads(head.blocks[0])["name"] == HOSTILE
    assert head.meta["og:title"] == HOSTILE
    assert head.meta["og:description"].endswith(HOSTILE)
    assert b"<script>" not in response.content
    assert not re.search(r"[<>&]", head.blocks[0])


def test_the_block_is_data_so_the_policy_need_not_let_scripts_in() -> None:
    response = get(page(july()))

    assert "script-src 'self';" in response["Content-Security-Policy"]
    assert b'<script type="application/ld+json">' in response.content


# ---- What is not to be found --------------------------------------------------------------------


def test_private_pages_and_answers_say_nothing_to_anybody_and_are_not_to_be_found() -> None:
    webinar = july()
    registration = make_registration(webinar=webinar)
    answer = register(webinar)
    hidden = [get(private(registration)), get(joining(registration)), answer]

    for response in hidden:
        head = Head(response)
        assert head.meta["robots"] == "noindex"
        assert not head.blocks
        assert not head.linked("canonical")
        assert not [name for name in head.meta if name.startswith(("og:", "twitter:"))]
        assert "description" not in head.meta
    assert [response.get("X-Robots-Tag") for response in hidden[:2]] == ["noindex", "noindex"]


def test_a_draft_has_neither_page_nor_picture() -> None:
    draft = make_draft(**JULY)

    assert get(page(draft)).status_code == 404
    assert get(f"{page(draft)}picture.png").status_code == 404


def test_metadata_take_no_query_of_their_own_until_it_moved(django_assert_num_queries: Any) -> None:
    webinar = july(capacity=10)
    with django_assert_num_queries(5):  # webinar, questions, seats, speakers, resources
        get(page(webinar))

    scheduling.reschedule(webinar, **MOVED, reason="", by=None)
    with django_assert_num_queries(9):  # the two revisions, for the note and for the event
        get(page(webinar))


def test_public_pages_stay_small_and_set_no_cookie() -> None:
    response = get(page(july(starts_in=timedelta(days=9))))

    assert not response.cookies
    assert len(Head(response).blocks[0]) < 2_000
