"""The announcement in the admin: each form to copy, for a webinar, a series and the next one."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.clock import Clock
from tests.makers import make_draft, make_webinar
from tests.organizer import JANUARY, NATIONAL, page, text
from tests.registrations.pages import get
from webinars.models import Series

pytestmark = pytest.mark.django_db

NEXT = "/admin/webinars/webinar/next/"


@pytest.fixture(autouse=True)
def in_january(clock: Clock) -> None:
    clock.move_to(JANUARY)


def codes(answer: Any) -> dict[str, str]:
    """What stands in each box to copy."""
    found = re.findall(
        r'<textarea id="([\w-]+)".*?>(.*?)</textarea>', answer.content.decode(), re.S
    )
    return {name: unescape(code) for name, code in found}


def test_every_form_of_a_webinars_announcement_can_be_copied(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL, title="Back pain & you")
    base = f"http://testserver/announce/webinar/{webinar.code}"

    assert codes(admin_client.get(page(webinar, "announce"))) == {
        "script": (
            "<div data-announcement>\n"
            f'  <a href="http://testserver/w/{webinar.code}/?utm_source=embed-script">'
            "Back pain &amp; you</a>\n"
            f'  <script async src="{base}.js" referrerpolicy="no-referrer"></script>\n'
            "</div>"
        ),
        "frame": (
            f'<iframe src="{base}/" title="Back pain &amp; you" width="100%" height="260" '
            'loading="lazy" referrerpolicy="no-referrer" frameborder="0"></iframe>'
        ),
        "text": (
            "Attend our National Patient Webinar on July 31 at 4pm PDT / 7pm EDT! "
            f"More Information: http://testserver/w/{webinar.code}/?utm_source=embed-text"
        ),
        "html": get(f"{base}.html").content.decode().strip(),
        "json-address": f"{base}.json",
        "txt-address": f"{base}.txt",
        "html-address": f"{base}.html",
    }


def test_a_language_and_a_name_go_into_every_form(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    asked = "?announced_in=es&source=harbor-home"

    answer = admin_client.get(page(webinar, "announce") + asked)

    shown = codes(answer)
    assert "¡Participe en nuestra charla" in shown["text"]
    assert [name for name, code in shown.items() if "harbor-home" not in unescape(code)] == []
    assert shown["json-address"].endswith(".json?language=es&utm_source=harbor-home")
    preview = f'src="/announce/webinar/{webinar.code}/?language=es&amp;utm_source=harbor-home"'
    assert preview in answer.content.decode()


def test_a_name_that_would_not_be_kept_is_refused_with_the_reason(admin_client: Client) -> None:
    answer = admin_client.get(page(make_webinar(), "announce") + "?announced_in=&source=our+home")

    assert "Use letters, digits, dots and hyphens only." in text(answer)
    assert not [code for code in codes(answer).values() if "our" in code and "home" in code]


def test_what_a_strict_site_must_allow_is_said(admin_client: Client) -> None:
    shown = text(admin_client.get(NEXT))

    assert "must allow script-src http://testserver and nothing more." in shown
    assert "must allow frame-src http://testserver and nothing more." in shown


@pytest.mark.parametrize(("language", "code"), [("", "all"), ("es", "es")])
def test_the_next_one_has_its_page_too(admin_client: Client, language: str, code: str) -> None:
    shown = codes(admin_client.get(f"{NEXT}?announced_in={language}&source="))

    assert f"/announce/next/{code}.js" in shown["script"]
    assert get(shown["txt-address"]).content.decode().strip() == shown["text"]


def test_a_series_has_its_page_too(admin_client: Client) -> None:
    series = Series.objects.create(title="Meet the team")
    make_webinar(**NATIONAL, series=series)
    base = f"/admin/webinars/series/{series.pk}"

    assert f"{base}/announce/" in admin_client.get(f"{base}/change/").content.decode()
    shown = codes(admin_client.get(f"{base}/announce/"))
    assert f"/announce/series/{series.code}/" in shown["frame"]
    assert "July 31 at 4pm PDT / 7pm EDT!" in shown["text"]


def test_a_webinars_page_leads_there_once_it_is_public(admin_client: Client) -> None:
    draft, public = make_draft(), make_webinar()

    assert page(public, "announce") in admin_client.get(page(public)).content.decode()
    assert page(draft, "announce") not in admin_client.get(page(draft)).content.decode()
    assert admin_client.get(page(draft, "announce")).status_code == 404


def test_the_menu_leads_to_the_next_one(admin_client: Client) -> None:
    assert f'href="{NEXT}"' in admin_client.get("/admin/").content.decode()


def test_only_who_may_see_webinars_gets_the_codes(client: Client) -> None:
    paths = [NEXT, page(make_webinar(), "announce")]
    user = User.objects.create_user("viewer", is_staff=True)
    client.force_login(user)
    assert [client.get(path).status_code for path in paths] == [403, 403]

    user.user_permissions.add(Permission.objects.get(codename="view_webinar"))
    assert [client.get(path).status_code for path in paths] == [200, 200]


def test_the_admin_may_frame_the_preview_and_nothing_else(admin_client: Client) -> None:
    policy = admin_client.get(NEXT)["Content-Security-Policy"]

    assert "frame-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
