"""GET /health/ and /health/delivery/: for load balancers, containers and monitoring."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from notifications import troubles


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Whether this process can answer people: 200 "ok" when the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return _plain("database unavailable", status=503)
    return _plain("ok")


@never_cache
@require_safe
def delivery(request: HttpRequest) -> HttpResponse:
    """Whether the mail flows: 200 "ok", else 503 with a sentence for each trouble, ids only."""
    try:
        found = troubles.reported()
    except DatabaseError:
        return _plain("database unavailable", status=503)
    return _plain("\n".join(found), status=503) if found else _plain("ok")


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
