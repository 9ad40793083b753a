"""`python -m seed SYSTEM`: make a system's world in the database that DATABASE_URL names."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from dotenv import load_dotenv
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from seed.options import add_options
from seed.seeders import DEFAULT_SEED, SEEDERS, make_missing_worlds
from seed.world import Parameters, Seeder, WorldError, make_engine, make_world, prepare_roles

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console(stderr=True, soft_wrap=True)  # an error is one line, for the program that calls this one

Seed = Annotated[int, typer.Option("--seed", help="The same number gives the same world.")]
Reset = Annotated[bool, typer.Option("--reset", help="Replace a world that this program made.")]
ForceDatabase = Annotated[
    str | None,
    typer.Option("--force-database", help="Name of a database to reset although this program did not make it."),
]


@app.callback()
def choose_system() -> None:
    """Make the world before the run: one command per system."""


@app.command()
def roles() -> None:
    """The database's roles, with the passwords in the environment and the rights on every world that is there."""
    with _engine() as engine:
        prepare_roles(engine, os.environ)


@app.command()
def missing() -> None:
    """The database's roles, and the default world of every system that has none."""
    with _engine() as engine:
        prepare_roles(engine, os.environ)
        for system in make_missing_worlds(engine, os.environ.get("REDIS_URL")):
            console.print(f"Seeded {system}.", highlight=False)


@contextmanager
def _engine() -> Iterator[sa.Engine]:
    """The database that DATABASE_URL names; an error in the block ends the program with one sentence."""
    url = os.environ.get("DATABASE_URL")
    if url is None:
        console.print("DATABASE_URL is not set: start the lab with `make up`, or set it to the database to seed.")
        raise typer.Exit(2)
    try:
        engine = make_engine(url)
        yield engine
        engine.dispose()
    except (WorldError, ValueError) as error:
        console.print(str(error), highlight=False)
        raise typer.Exit(2) from None


def _make(seeder: Seeder[Parameters], seed: int, world: Parameters, reset: bool, named: str | None) -> None:
    columns = (TextColumn(f"Seeding {seeder.key}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with _engine() as engine, Progress(*columns, console=console) as progress:
        task = progress.add_task("seed", total=seeder.rows(world))
        make_world(
            engine,
            seeder,
            seed,
            world,
            reset=reset,
            named_database=named,
            redis_url=os.environ.get("REDIS_URL"),
            advance=lambda rows: progress.advance(task, rows),
        )


def _command_of(seeder: Seeder[Any]) -> Callable[..., None]:
    """The command that makes a system's world: an option for each parameter, as its annotation says."""

    def make(
        *, seed: Seed = DEFAULT_SEED, reset: Reset = False, force_database: ForceDatabase = None, **world: Any
    ) -> None:
        _make(seeder, seed, seeder.parameters(**world), reset, force_database)

    return add_options(make, seeder.parameters)


for known in SEEDERS.values():
    app.command(known.key, help=known.parameters.__doc__)(_command_of(known))


if __name__ == "__main__":
    load_dotenv(Path.cwd() / ".env")
    app()
