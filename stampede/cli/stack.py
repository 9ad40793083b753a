"""The commands of the local stack: stampede up | down | status | reset | seed | psql | logs.

Compose has its own commands for the same (deploy/compose.sh).
"""

import os
from typing import Annotated

import typer

from stampede.cli.options import suite_of
from stampede.console import err, out, say
from stampede.errors import StampedeError
from stampede.lab.world import make_missing_worlds, run_world_command, world_command
from stampede.observe.target import TargetClient
from stampede.stack import postgres
from stampede.stack.local import LocalStack
from stampede.suite.model import Suite

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
DEFAULT_SEED = 1
app = typer.Typer()


def _local_suite(context: typer.Context) -> Suite:
    suite = suite_of(context)
    if suite.settings.stack == "compose":
        raise StampedeError("This stack is Compose's: up, down and the like are make's, on the host.")
    return suite


@app.command()
def up(context: typer.Context) -> None:
    """Start the local stack, make a world for each system that has none, and leave it running."""
    suite = _local_suite(context)
    stack = LocalStack(suite)
    stack.stop_orphan(say)
    if stack.is_supervised():
        stack.check_settings()
        stack.up(say)
    else:
        with stack.stopping(say, always=False):
            stack.up(say)
    strategies = _check_strategies(suite)
    for line in make_missing_worlds(suite):
        say(line)
    active = ", ".join(f"{name.lower()}: {strategy}" for name, strategy in strategies.items())
    out.print(f"Target  {suite.target.url}" + (f"   ({active})" if active else ""), markup=False)
    out.print(f"Locust  {suite.settings.locust_url}", markup=False)


def _check_strategies(suite: Suite) -> dict[str, str]:
    """The active strategies.

    Raises:
        StampedeError: a target that was up already has another strategy than the environment names.
    """
    client = TargetClient(suite)
    active = client.read_strategies(client.read_health())
    for name, strategy in active.items():
        wanted = os.environ.get(name) or suite.guards[name].default
        if strategy != wanted:
            raise StampedeError(f"The lab was up already, with {name}={strategy}: for {wanted}, `stampede down` first.")
    return active


@app.command()
def down(context: typer.Context) -> None:
    """Stop the local stack; its data stay."""
    stopped = LocalStack(_local_suite(context)).down()
    out.print("Stopped." if stopped else "Nothing was running.", markup=False)


@app.command()
def status(context: typer.Context) -> None:
    """Show what runs; exit code 0 where everything does, 1 where not."""
    states = LocalStack(_local_suite(context)).states()
    if not states:
        out.print("Nothing runs. Start it with `stampede up`.", markup=False)
    for name, state in states.items():
        out.print(f"{name:<20}{state}", markup=False)
    raise typer.Exit(0 if states and set(states.values()) == {"RUNNING"} else 1)


@app.command()
def reset(context: typer.Context, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop the local stack and delete its data and logs; reports stay."""
    suite = _local_suite(context)
    stack, state = LocalStack(suite), suite.settings.state
    if not stack.has_data():
        out.print(f"There are no data in {state}.", markup=False)
        return
    if not yes and not typer.confirm(f"Delete the database and all logs in {state}?", err=True):
        raise StampedeError("Nothing was deleted.")
    left = stack.delete()
    kept = f", but for {', '.join(left)} in {state}, which the lab did not make" if left else ""
    out.print(f"Deleted{kept}.", markup=False)


@app.command(context_settings=PASS_ON)
def seed(context: typer.Context) -> None:
    """Make a system's world anew: SYSTEM, then options of the world command. Starts the local stack if it is down."""
    suite = suite_of(context)
    if suite.world is None:
        raise StampedeError("The suite has no command that makes a world ([world] command in suite.toml).")
    if suite.settings.stack == "local":
        up(context)
    system, options = (context.args[0], context.args[1:]) if context.args else ("", [])
    if not system or system.startswith("-"):
        raise StampedeError("Name the system first, like `stampede seed SYSTEM --seed 2`.")
    for line in run_world_command(suite, [*world_command(suite, system, DEFAULT_SEED, {}), *options]):
        say(line)


@app.command(context_settings=PASS_ON)
def psql(
    context: typer.Context,
    system: Annotated[str, typer.Option(envvar="SYSTEM", help="Whose tables come first, where names are equal.")] = "",
) -> None:
    """Open psql as the database's owner; it finds tables without a schema's name. Arguments are psql's own."""
    suite = _local_suite(context)
    _require_running(suite)
    assert suite.database is not None
    program = postgres.find_postgres(suite.settings) / "psql"
    if not program.exists():
        raise StampedeError(f"There is no {program}: set POSTGRES_BIN to a folder that has psql.")
    url, password = postgres.hide_password(suite.database.owner)
    keys = sorted(suite.systems, key=lambda key: key != system)
    schemas = [schema for key in keys for schema in suite.system(key).schemas]
    options = {"PGOPTIONS": f"-c search_path={','.join([*schemas, 'public'])}"}
    os.execve(program, [str(program), url, *context.args], {**os.environ, **options, **password})  # noqa: S606  # psql takes over


@app.command()
def logs(context: typer.Context) -> None:
    """Follow the logs of the local stack's programs; Ctrl-C ends it."""
    suite = _local_suite(context)
    _require_running(suite)
    files = sorted(str(path) for path in (suite.settings.state / "logs").glob("*.log"))
    os.execvp("tail", ["tail", "-n", "20", "-F", *files])  # noqa: S606  # tail takes over


def _require_running(suite: Suite) -> None:
    if not LocalStack(suite).is_supervised():
        err.print("Nothing runs. Start it with `stampede up`.", markup=False)
        raise typer.Exit(1)
