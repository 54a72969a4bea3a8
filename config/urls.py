"""The site's addresses."""

from django.contrib import admin
from django.urls import include, path

from config.health import delivery, health
from config.look import logo

urlpatterns = [
    path("", include("registrations.urls")),
    path("admin/", admin.site.urls),
    path("logo/", logo, name="logo"),
    path("health/", health, name="health"),
    path("health/delivery/", delivery, name="delivery_health"),
]
