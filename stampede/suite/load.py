"""Reads suite.toml: settings file first, then the environment, then the file with its variables replaced."""

import os
import re
import secrets
import sys
import tomllib
from pathlib import Path
from typing import Any

from dotenv import load_dotenv
from pydantic import TypeAdapter, ValidationError

from stampede.command import CommandError, run_command
from stampede.errors import StampedeError
from stampede.settings import read_settings
from stampede.suite.model import SettingsFile, Suite
from stampede.suite.state import claim_state

FILE = "suite.toml"
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
# Replaced when a command is run, not when the file is read.
LATER = frozenset({"SYSTEM", "SEED"})


def load_suite(folder: Path) -> Suite:
    """Read the suite of a folder; its settings file is put into the environment, for the programs that it starts.

    Raises:
        StampedeError: there is no suite, a value does not fit (with file and line), or a variable is not set.
    """
    folder = folder.resolve()
    path = folder / FILE
    try:
        text = path.read_text()
    except OSError:
        raise StampedeError(f"There is no {FILE} in {folder}: name a suite's folder with --suite DIR.") from None
    fields = parse_toml(path, text)
    try:
        _read_settings_file(folder, TypeAdapter(SettingsFile).validate_python(fields.get("setup", {})))
    except ValidationError as error:
        raise StampedeError(describe_faults(path, text, error, "setup")) from None
    os.environ.setdefault("PYTHON", sys.executable)
    settings = read_settings(folder)
    if settings.stack == "local" and fields.get("stack", {}).get("postgres") and not settings.postgres_password:
        os.environ["POSTGRES_PASSWORD"] = _read_password(settings.state, folder)
        settings = read_settings(folder)
    try:
        values = _replace(fields, path)
        return TypeAdapter(Suite).validate_python({**values, "folder": folder, "settings": settings})
    except ValidationError as error:
        raise StampedeError(describe_faults(path, text, error)) from None


def _read_password(state: Path, folder: Path) -> str:
    """The generated password of the local stack's Postgres, made where there is none yet; `reset` deletes it.

    Raises:
        StampedeError: as `claim_state`.
    """
    path = state / "postgres-password"
    if not path.exists():
        claim_state(state, folder)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(16))
    return path.read_text()


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        StampedeError: it is not TOML; the message has the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StampedeError(f"{path} is not TOML: {error}.") from None


def describe_faults(path: Path, text: str, error: ValidationError, *table: str) -> str:
    """One sentence with file and line for each value that does not fit; `table` is where the values stand."""
    faults = []
    for fault in error.errors():
        keys = [*table, *(str(key) for key in fault["loc"] if not isinstance(key, int))]
        faults.append(f"{path}:{find_line(text, keys)}: {'.'.join(keys)}: {fault['msg']}")
    return "; ".join(faults) + "."


def find_line(text: str, keys: list[str]) -> int:
    """The line that most likely holds a key: the last of the path that the file mentions, 1 where none is."""
    lines = text.splitlines()
    start = 0
    for key in keys:
        pattern = re.compile(rf"(^|[\s.\[\"{{,]){re.escape(key)}[\s.\]\"=]")
        found = next((number for number in range(start, len(lines)) if pattern.search(lines[number])), None)
        start = start if found is None else found
    return start + 1


def _read_settings_file(folder: Path, setup: SettingsFile) -> None:
    if os.environ.get("STACK") == "compose":  # the containers' environment is complete
        return
    if setup.make:
        command = " ".join(setup.make)
        try:
            done = run_command(setup.make, folder, setup.timeout, "[setup] timeout")
        except CommandError as error:
            raise StampedeError(f"{command} {error}.") from None
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise StampedeError(f"{command} failed: {said[-1] if said else f'exit code {done.returncode}'}.")
    load_dotenv(folder / setup.file)


def _replace(value: Any, path: Path) -> Any:
    """`${NAME}` and `${NAME:-default}` in all texts, from the environment."""
    if isinstance(value, dict):
        return {key: _replace(part, path) for key, part in value.items()}
    if isinstance(value, list):
        return [_replace(part, path) for part in value]
    if not isinstance(value, str):
        return value

    def look_up(match: re.Match[str]) -> str:
        name, default = match.groups()
        if name in LATER:
            return match[0]
        found = os.environ.get(name) or default
        if found is None:
            raise StampedeError(f"{path} needs the environment variable {name}, which is not set.")
        return found

    return VARIABLE.sub(look_up, value)
