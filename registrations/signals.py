"""News of a registration, sent inside the act's transaction. It hastens; the sweep makes true."""

from enum import Enum, auto

from django.dispatch import Signal


class News(Enum):
    """What happened to a registration."""

    REGISTERED = auto()  # new, or again after cancelling: a new epoch; or from the waiting list
    WAITLISTED = auto()  # every place is taken: theirs is one of the next
    ASKED_AGAIN = auto()  # registered a second time, or asked for the link
    CHANGED = auto()  # zone, name or language
    TITLE_CHOSEN = auto()  # their calendar is to show another title
    CARER_ASKED = auto()  # whether they want to help
    CANCELLED = auto()
    RECORDED = auto()  # the recording that they wished for is there
    ERASED = auto()  # nobody is to be told anything
    REPLACED = auto()  # by one with the right address
    ADDRESS_ASKED = auto()  # whether a new address is theirs
    REMINDERS_WANTED = auto()  # again, after they were stopped


registration_changed = Signal()  # registration: Registration (locked and saved), news: News
