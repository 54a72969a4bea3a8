"""Who comes: registrations, what was consented to and what was answered, the seats of webinars
that have a limit.
"""

from registrations.models.answers import CONSENT_VERSION as CONSENT_VERSION
from registrations.models.answers import Answer as Answer
from registrations.models.answers import Consent as Consent
from registrations.models.answers import Question as Question
from registrations.models.mailboxes import AddressChange as AddressChange
from registrations.models.mailboxes import Erasure as Erasure
from registrations.models.mailboxes import FormerAddress as FormerAddress
from registrations.models.mailboxes import LinkRequest as LinkRequest
from registrations.models.mailboxes import RecordingWish as RecordingWish
from registrations.models.mailboxes import Refusal as Refusal
from registrations.models.registration import Registration as Registration
from registrations.models.registration import RegistrationQuerySet as RegistrationQuerySet
from registrations.models.registration import address_key as address_key
from registrations.models.registration import name_key as name_key
from registrations.models.seats import Seats as Seats
