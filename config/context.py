"""What every template knows: whose site this is, and how it looks."""

from django.conf import settings
from django.http import HttpRequest

from config import look


def organisation(request: HttpRequest) -> dict[str, str]:
    return {
        "organisation_name": settings.ORGANISATION_NAME,
        "organisation_logo": look.logo_address(),
        "organisation_style": look.style(),
        "site_url": settings.SITE_URL,
    }
