"""`python -m seed SYSTEM`: make a system's world in the database that DATABASE_URL names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from dotenv import load_dotenv
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from seed import inventory as inventory_world
from seed import registration as registration_world
from seed.seeders import make_missing_worlds
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
def registration(
    students: Annotated[int, typer.Option(min=1, help="Students TEST100000 and on, beside the contract's.")] = 1000,
    courses: Annotated[int, typer.Option(min=1, help="Courses in the open semester.")] = 30,
    capacity: Annotated[str, typer.Option(help="Seats, dealt to the courses in turn.")] = "10,50,100",
    reserve_limit: Annotated[int, typer.Option(min=0, help="Places in each reserve queue.")] = 10,
    registrations: Annotated[int, typer.Option(min=0, help="Registrations there from the start (bulk mode).")] = 0,
    seed: Seed = 1,
    reset: Reset = False,
    force_database: ForceDatabase = None,
) -> None:
    """Course registration (seed document 000)."""
    seats = _read_numbers(capacity, "--capacity", least=1)
    cost = int(os.environ.get("PASSWORD_COST", registration_world.DEFAULT_PASSWORD_COST))
    world = registration_world.World(students, courses, seats, reserve_limit, registrations, cost)
    _make(registration_world.SEEDER, seed, world, reset, force_database)


@app.command()
def inventory(
    products: Annotated[int, typer.Option(min=0, help="Products with ids from 1.")] = 200,
    stock: Annotated[str, typer.Option(help="Pieces in stock, dealt to the products in turn.")] = "100",
    orders: Annotated[int, typer.Option(min=0, help="Orders of one piece there from the start (bulk mode).")] = 100,
    seed: Seed = 1,
    reset: Reset = False,
    force_database: ForceDatabase = None,
) -> None:
    """Orders and inventory (seed document 001)."""
    world = inventory_world.World(products, _read_numbers(stock, "--stock", least=0), orders)
    _make(inventory_world.SEEDER, seed, world, reset, force_database)


def _read_numbers(text: str, option: str, least: int) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a list of numbers like 10,50,100", param_hint=option) from None
    if min(numbers) < least:
        raise typer.BadParameter(f"each number is at least {least}", param_hint=option)
    return numbers


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


if __name__ == "__main__":
    load_dotenv(Path.cwd() / ".env")
    app()
