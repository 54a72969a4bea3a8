"""The organizer's admin of webinars: lists, the form, the acts as pages. Deciding is elsewhere:

what may happen to a schedule in `webinars.scheduling`, to a reminder rule in
`notifications.planning`, to a registration in `registrations.signup`.
"""

from webinars.admin.series import SeriesAdmin
from webinars.admin.webinars import WebinarAdmin

__all__ = ["SeriesAdmin", "WebinarAdmin"]
