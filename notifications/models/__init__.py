"""What we say and when: rules, waves, deliveries, and who is sending them.

A rule ("24 hours before") makes a wave per webinar and schedule revision; a wave is expanded
into one delivery per attendee just before it is due. The rows are the schedule: Celery and
Redis only carry wake-ups. How rows move is in `planning` and `outbox`.
"""

from notifications.models.delivery import Delivery as Delivery
from notifications.models.delivery import DeliveryQuerySet as DeliveryQuerySet
from notifications.models.delivery import Suppression as Suppression
from notifications.models.purposes import FAREWELLS as FAREWELLS
from notifications.models.purposes import INVITING as INVITING
from notifications.models.purposes import OPTED_OUT as OPTED_OUT
from notifications.models.purposes import OPTIONAL as OPTIONAL
from notifications.models.purposes import PERSONAL_INVITES as PERSONAL_INVITES
from notifications.models.purposes import WELCOMING as WELCOMING
from notifications.models.purposes import WITHDRAWN as WITHDRAWN
from notifications.models.purposes import Lane as Lane
from notifications.models.purposes import Purpose as Purpose
from notifications.models.running import Alarm as Alarm
from notifications.models.running import Heartbeat as Heartbeat
from notifications.models.running import Ledger as Ledger
from notifications.models.running import RelaySlot as RelaySlot
from notifications.models.running import Sender as Sender
from notifications.models.waves import ReminderRule as ReminderRule
from notifications.models.waves import Wave as Wave
from notifications.models.waves import WaveQuerySet as WaveQuerySet
