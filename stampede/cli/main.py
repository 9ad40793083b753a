"""The command line: one program, a suite, and its commands."""

from pathlib import Path
from typing import Annotated

import typer

from stampede.cli.files import app as file_commands
from stampede.cli.many import app as many_runs
from stampede.cli.options import Context
from stampede.cli.runs import app as single_runs
from stampede.cli.stack import app as stack_commands
from stampede.console import err
from stampede.errors import StampedeError

UNUSABLE = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Send a crowd at an API, then prove that its answers were true.\n\n"
    "Exit codes: 0 PASS, 1 FAIL, 2 UNKNOWN or unusable input, 130 interrupted.",
)
for commands in (single_runs, file_commands, stack_commands, many_runs):
    app.add_typer(commands)


@app.callback()
def choose_suite(
    context: typer.Context,
    suite: Annotated[
        Path, typer.Option(envvar="SUITE", help="Folder with suite.toml, plans, locustfiles and SQL.")
    ] = Path(),
) -> None:
    """Choose the suite for the command."""
    context.obj = Context(suite)


def main() -> None:
    """Run the command line; every refusal is one sentence on standard error.

    An unexpected exception leaves with its traceback and the exit code of UNKNOWN, never of FAIL. An interrupt ends a
    command with the exit code 130, by typer.
    """
    try:
        app(standalone_mode=True)
    except StampedeError as error:
        err.print(f"stampede: {error}", markup=False)
        raise SystemExit(UNUSABLE) from None
    except Exception:
        err.print_exception()
        raise SystemExit(UNUSABLE) from None
