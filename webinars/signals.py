"""News of a webinar, sent inside the act's transaction. It hastens; the sweep makes true."""

from django.dispatch import Signal

webinar_changed = Signal()  # webinar: Webinar, locked and saved
