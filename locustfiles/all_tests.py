"""The cast of every system: what the stack starts with, so that any plan and any class in the web UI can run."""

from locustfiles.course_registration_tests import *  # noqa: F403  # its __all__ is its cast
from locustfiles.orders_inventory_tests import *  # noqa: F403  # likewise
