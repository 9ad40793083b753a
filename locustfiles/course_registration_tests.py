"""The cast of course registration (seed document 000): pick one or more classes, by name or in the web UI."""

from locustfiles import options
from locustfiles.scenarios.registration.drop_auto_promotion import DropAutoPromotionUser
from locustfiles.scenarios.registration.hot_course import HotCourseUser
from locustfiles.scenarios.registration.peak_registration import PeakRegistrationUser
from locustfiles.scenarios.registration.race_condition import RaceConditionUser
from locustfiles.scenarios.registration.reserve_queue_pressure import ReserveQueuePressureUser
from stampede import crowd

__all__ = [
    "DropAutoPromotionUser",
    "HotCourseUser",
    "PeakRegistrationUser",
    "RaceConditionUser",
    "ReserveQueuePressureUser",
    "crowd",
    "options",
]
