"""Where the public and the private pages are. No path says what a webinar is about."""

from django.urls import path

from registrations.views import (
    announcements,
    carers,
    feeds,
    found,
    join,
    news,
    own_data,
    private,
    public,
)

urlpatterns = [
    path("", public.home, name="home"),
    path("sitemap.xml", found.sitemap, name="sitemap"),
    path("robots.txt", found.robots, name="robots"),
    path("picture.png", found.site_picture, name="home_picture"),
    path("privacy/", public.privacy, name="help_privacy"),
    path("w/<str:code>/", public.webinar_page, name="webinar"),
    path("w/<str:code>/time/", public.webinar_time, name="webinar_time"),
    path("w/<str:code>/calendar.ics", public.webinar_calendar, name="webinar_calendar"),
    path("w/<str:code>/picture.png", found.picture_of_webinar, name="webinar_picture"),
    path("feed/<str:language>.atom", news.news, name="news"),
    path("feed/all.ics", feeds.feed_of_all, name="feed_of_all"),
    path("feed/series/<str:code>.ics", feeds.feed_of_series, name="feed_of_series"),
    path("feed/<str:language>.ics", feeds.feed_in_language, name="feed_in_language"),
    path(
        "announce/<str:kind>/<str:code>.<str:form>",
        announcements.announcement,
        name="announcement",
    ),
    path(
        "announce/<str:kind>/<str:code>/",
        announcements.announcement_frame,
        name="announcement_frame",
    ),
    path("r/<str:token>/", private.manage, name="manage"),
    path("link/", public.send_link, name="send_link"),
    path("r/<str:token>/return/", private.manage_return, name="manage_return"),
    path("r/<str:token>/erase/", own_data.manage_erase, name="manage_erase"),
    path("r/<str:token>/not-me/", own_data.manage_not_me, name="manage_not_me"),
    path("r/<str:token>/data.json", own_data.manage_data, name="manage_data"),
    path("r/<str:token>/zone/", private.manage_zone, name="manage_zone"),
    path("r/<str:token>/cancel/", private.manage_cancel, name="manage_cancel"),
    path("r/<str:token>/calendar.ics", private.manage_calendar, name="manage_calendar"),
    path("r/<str:token>/title/", carers.manage_title, name="manage_title"),
    path("r/<str:token>/others/", carers.manage_carers, name="manage_carers"),
    path("r/<str:token>/others/off/", carers.manage_carer_off, name="manage_carer_off"),
    path("r/<str:token>/help/", carers.carer_answer, name="carer_answer"),
    path("j/<str:token>/", join.join, name="join"),
    path("j/<str:token>/go/", join.join_press, name="join_press"),
    path("j/<str:token>/recording/", join.join_wish, name="join_wish"),
    path("j/<str:token>/calendar.ics", join.join_calendar, name="join_calendar"),
]
