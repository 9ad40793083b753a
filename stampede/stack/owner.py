"""Which command started the stack for itself: if it was killed, the next one stops what it left behind."""

import json
import os
from pathlib import Path

import psutil

NAME = "owner.json"


def write_owner(state: Path) -> None:
    """Note that this process will stop the stack."""
    own = {"process": os.getpid(), "created": psutil.Process().create_time()}
    (state / NAME).write_text(json.dumps(own))


def clear_owner(state: Path) -> None:
    """Note that the stack stays up, or is down."""
    (state / NAME).unlink(missing_ok=True)


def is_orphaned(state: Path) -> bool:
    """Whether the command that was to stop the stack does not live any more."""
    try:
        owner = json.loads((state / NAME).read_text())
    except FileNotFoundError:
        return False
    except ValueError:  # killed while it wrote
        return True
    try:
        process = psutil.Process(owner["process"])
        # A container's first process may never collect the dead.
        return bool(process.create_time() != owner["created"] or process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
