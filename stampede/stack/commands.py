"""The commands of the local stack: stampede up | down | status | reset | seed | psql | logs.

Compose has its own commands for the same (deploy/compose.sh).
"""

import os
import shutil
import sys
from typing import Annotated

import typer

from stampede.console import err, out, say
from stampede.errors import StampedeError
from stampede.settings import Settings, load_settings
from stampede.stack import programs
from stampede.stack.local import LocalStack
from stampede.target import Target
from stampede.worlds import make_missing_worlds

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
app = typer.Typer()


def _load_settings() -> Settings:
    settings = load_settings()
    if settings.stack == "compose":
        raise StampedeError("This stack is Compose's: up, down and the like are make's, on the host.")
    return settings


@app.command()
def up() -> None:
    """Start the local stack, make a world for each system that has none, and leave it running."""
    settings = _load_settings()
    stack = LocalStack(settings)
    if stack.is_supervised():
        stack.up(say)
    else:
        with stack.stopping(say, always=False):
            stack.up(say)
    running = Target(settings.target_url).read_readiness()["locking"]
    if running != settings.locking:
        raise StampedeError(
            f"The lab was up already, with LOCKING={running}: for {settings.locking}, `stampede down` first."
        )
    for system in make_missing_worlds(settings):
        say(f"seeded {system}")
    out.print(f"API     http://127.0.0.1:{settings.api_port}/docs   (locking: {settings.locking})", markup=False)
    out.print(f"Locust  http://127.0.0.1:{settings.web_port}", markup=False)


@app.command()
def down() -> None:
    """Stop the local stack; its data stay."""
    stopped = LocalStack(_load_settings()).down()
    out.print("Stopped." if stopped else "Nothing was running.", markup=False)


@app.command()
def status() -> None:
    """Show what runs; exit code 0 where everything does, 1 where not."""
    states = LocalStack(_load_settings()).states()
    if not states:
        out.print("Nothing runs. Start it with `stampede up`.", markup=False)
    for name, state in states.items():
        out.print(f"{name:<20}{state}", markup=False)
    raise typer.Exit(0 if states and set(states.values()) == {"RUNNING"} else 1)


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop the local stack and delete its data and logs; reports stay."""
    settings = _load_settings()
    if not (settings.state / "postgres").exists():
        out.print(f"There are no data in {settings.state}.", markup=False)
        return
    if not yes and not typer.confirm(f"Delete the database and all logs in {settings.state}?", err=True):
        raise StampedeError("Nothing was deleted.")
    LocalStack(settings).down()
    shutil.rmtree(settings.state)
    out.print("Deleted.", markup=False)


@app.command(context_settings=PASS_ON)
def seed(context: typer.Context) -> None:
    """Make a system's world anew, like `python -m seed`; starts the local stack where it is down."""
    up()
    os.execv(sys.executable, [sys.executable, "-m", "seed", *context.args])  # noqa: S606  # the seeder takes over


@app.command(context_settings=PASS_ON)
def psql(context: typer.Context) -> None:
    """Open psql on the local stack's database; arguments are psql's own."""
    settings = _load_settings()
    _require_running(settings)
    program = str(programs.find_postgres(settings) / "psql")
    os.execve(program, [program, settings.database_url, *context.args], os.environ)  # noqa: S606  # psql takes over


@app.command()
def logs() -> None:
    """Follow the logs of the local stack's programs; Ctrl-C ends it."""
    settings = _load_settings()
    _require_running(settings)
    files = sorted(str(path) for path in (settings.state / "logs").glob("*.log"))
    os.execvp("tail", ["tail", "-n", "20", "-F", *files])  # noqa: S606  # tail takes over


def _require_running(settings: Settings) -> None:
    if not LocalStack(settings).is_supervised():
        err.print("Nothing runs. Start it with `stampede up`.", markup=False)
        raise typer.Exit(1)
