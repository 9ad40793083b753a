"""One run at a time: a lock that a killed process does not leave behind."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from stampede.errors import StampedeError
from stampede.suite.model import Suite
from stampede.suite.state import claim_state

NAME = "run.lock"


@contextmanager
def hold_lab(suite: Suite) -> Iterator[None]:
    """Hold the lab alone. So a load that is found while the lab is held has no referee any more.

    Raises:
        StampedeError: another run holds it, or as `claim_state`.
    """
    settings = suite.settings
    folder = settings.state
    if settings.stack == "compose":  # containers share their reports only
        folder = settings.reports
        folder.mkdir(parents=True, exist_ok=True)
    else:
        claim_state(folder, suite.folder)
    with (folder / NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StampedeError(
                f"Another run (process {file.read().strip()}) uses this lab: wait for its end or stop it."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
