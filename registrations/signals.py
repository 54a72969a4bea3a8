"""News of a registration, sent inside the act's transaction. It hastens; the sweep makes true."""

from enum import Enum, auto

from django.dispatch import Signal


class News(Enum):
    """What happened to a registration."""

    REGISTERED = auto()  # new, or again after cancelling: a new epoch; or from the waiting list
    WAITLISTED = auto()  # every place is taken: theirs is one of the next
    ASKED_AGAIN = auto()  # registered a second time, or asked for the link
    CHANGED = auto()  # zone, name or language
    CANCELLED = auto()
    ERASED = auto()  # nobody is to be told anything


registration_changed = Signal()  # registration: Registration (locked and saved), news: News
