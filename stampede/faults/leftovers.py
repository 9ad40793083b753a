"""Ends the faults that an earlier run started and, since it was killed, did not end."""

from contextlib import suppress

from stampede.errors import StampedeError
from stampede.stack.marked import resume_marked
from stampede.stack.proxy import restore_delay
from stampede.suite.model import Suite


def undo_leftovers(suite: Suite) -> None:
    """Resume paused programs of the local stack, and set the delay of the database proxy to that of the settings.

    On Compose the host side resumes the containers before the referee starts.
    """
    settings = suite.settings
    if settings.stack == "local":
        resume_marked(settings)
    if settings.database_proxy or settings.stack == "compose":
        with suppress(StampedeError):  # no plan has started it
            restore_delay(settings)
