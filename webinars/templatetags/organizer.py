"""Words for the admin's own templates. It imports no admin: Django loads tags before those."""

from datetime import datetime

from django import template

from webinars import times

register = template.Library()


@register.filter
def ago(at: datetime) -> str:
    """ "3 hours ago": for what belongs to no webinar, and so to no zone."""
    return times.relative(at, times.now(), "en")
