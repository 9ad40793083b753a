"""The settings that the running programs were started with: a changed one has no effect, so it is refused by name."""

import hashlib
import hmac
import json
import os
import re
import secrets
import shlex
from collections.abc import Iterator
from typing import Any

from stampede.errors import StampedeError
from stampede.settings import Settings
from stampede.stack import programs
from stampede.suite.load import FILE, VARIABLE
from stampede.suite.model import Suite

NAME = "started.json"
# They say where the tool reads and writes, which it may do elsewhere each time.
NOT_OF_PROGRAMS = {"REPORTS", "STATE", "STACK", "PYTHON", "SYSTEM", "SEED"}
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|URL")
LISTED = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def note_settings(suite: Suite) -> None:
    """Write down what the programs are about to be started with; secrets as salted hashes."""
    path = suite.settings.state / NAME
    path.touch(mode=0o600)
    path.write_text(json.dumps(_describe(suite, secrets.token_hex(16)), indent=2))


def check_settings(suite: Suite) -> None:
    """Compare the present settings with those of the running programs.

    Raises:
        StampedeError: one is another; the message names it.
    """
    path = suite.settings.state / NAME
    if not path.exists():
        return
    before = json.loads(path.read_text())
    now = _describe(suite, before["salt"])
    if changed := list(_compare_settings(before, now)):
        raise StampedeError(f"The lab runs with {' and '.join(changed)}: run `stampede down` first.")
    if changed := [name for name, told in now["commands"].items() if before["commands"].get(name) != told]:
        raise StampedeError(f"The command of {', '.join(changed)} has changed: run `stampede down` first.")


def _compare_settings(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """`WORKERS=2 (now set: 4)` for each changed setting; secrets and URLs, which follow from others, by name only."""
    old, new = before["settings"], now["settings"]
    changed = [name for name in new if old.get(name, "") != new[name]]
    shown = [name for name in changed if not SECRET.search(name)]
    yield from (f"{name}={old.get(name) or '(empty)'} (now set: {new[name] or '(empty)'})" for name in shown)
    if not shown:
        yield from (f"another {name}" for name in changed)


def _describe(suite: Suite, salt: str) -> dict[str, Any]:
    values = {name: _read(suite, name) for name in _list_names(suite)}
    told = {name: _hide(salt, value) if SECRET.search(name) else value for name, value in values.items()}
    commands = {name: _hide(salt, shlex.join(command)) for name, command in programs.commands(suite).items()}
    return {"salt": salt, "settings": told, "commands": commands}


def _list_names(suite: Suite) -> list[str]:
    """The tool's own settings, the guards, and all variables that the settings file or suite.toml mentions."""
    file = suite.folder / suite.setup.file
    listed = LISTED.findall(file.read_text()) if file.is_file() else []
    used = [match[1] for match in VARIABLE.finditer((suite.folder / FILE).read_text())]
    own = [name.upper() for name in Settings.model_fields]
    return [name for name in dict.fromkeys((*own, *suite.guards, *listed, *used)) if name not in NOT_OF_PROGRAMS]


def _read(suite: Suite, name: str) -> str:
    """A setting as the programs get it: parsed where the tool parses it, so that 0 and 0.0 are the same."""
    if name.lower() in Settings.model_fields:
        value = getattr(suite.settings, name.lower())
        return "" if value is None else str(value)
    default = suite.guards[name].default if name in suite.guards else ""
    return os.environ.get(name) or default


def _hide(salt: str, value: str) -> str:
    return hmac.new(salt.encode(), value.encode(), hashlib.sha256).hexdigest()
