"""The folder of a local stack (STATE): marked when it is made, so that `reset` deletes nothing that others made."""

import shutil
from pathlib import Path

from stampede.errors import StampedeError

MARK = ".stampede-state"
FOLDERS = ("logs", "tmp", "postgres")
CONTROL = ("supervisor.conf", "supervisor.pid", "started.json", "owner.json", "run.lock")
FILES = (*CONTROL, "postgres-password", "cluster-id", MARK)


def claim_state(state: Path, suite: Path) -> None:
    """Make the folder and mark it; `suite` is the suite's folder.

    Raises:
        StampedeError: the folder holds what no local stack made.
    """
    if (state / MARK).exists():
        return
    if suite.resolve().is_relative_to(state.resolve()) or _find_strange(state):
        raise StampedeError(
            f"STATE names {state}, which holds other files than a local stack's: name a folder of its own, "
            "such as .stampede."
        )
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    (state / MARK).write_text("Made by stampede, which deletes it with `stampede reset`.\n")


def _find_strange(state: Path) -> list[str]:
    """Entries of a folder without a mark. An earlier version marked none, but its configuration names the folder."""
    config = state / "supervisor.conf"
    if config.exists() and f"pidfile={state}/supervisor.pid" in config.read_text():
        return []
    return sorted(path.name for path in state.iterdir()) if state.is_dir() else []


def delete_state(state: Path) -> list[str]:
    """Delete what a local stack made in its folder, and the folder if nothing else is in it; the names that are left.

    Raises:
        StampedeError: the folder has no mark.
    """
    if not (state / MARK).exists():
        raise StampedeError(f"{state} was not made by this program, so nothing was deleted: look at it and delete it.")
    for name in FOLDERS:
        shutil.rmtree(state / name, ignore_errors=True)
    for name in FILES:
        (state / name).unlink(missing_ok=True)
    left = sorted(path.name for path in state.iterdir())
    if not left:
        state.rmdir()
    return left
