"""What every command shares: the suite that --suite names, and the sentence for an unexpected error."""

from dataclasses import dataclass
from pathlib import Path

import typer

from stampede.errors import StampedeError
from stampede.suite.load import load_suite
from stampede.suite.model import Suite


@dataclass(frozen=True, slots=True)
class Context:
    """The folder that --suite names; the suite is read when a command needs it."""

    folder: Path


def suite_of(context: typer.Context) -> Suite:
    """The suite of a command.

    Raises:
        StampedeError: as `load_suite`.
    """
    chosen = context.find_object(Context)
    assert chosen is not None
    return load_suite(chosen.folder)


def show_path(path: Path, suite: Suite) -> Path:
    """As seen from the suite's folder, which in a container is mounted elsewhere."""
    return path.relative_to(suite.folder) if path.is_relative_to(suite.folder) else path


def describe_error(error: BaseException) -> str:
    """An exception as the reason of a verdict."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return str(error) if isinstance(error, StampedeError) else f"{type(error).__name__}: {error}"
