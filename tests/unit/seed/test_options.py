from dataclasses import dataclass
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from seed.options import add_options, number_option, numbers_option


@dataclass(frozen=True)
class World:
    """A room."""

    tables: Annotated[int, number_option("How many.", 1)] = 3
    seats: Annotated[tuple[int, ...], numbers_option("Seats, dealt to the tables in turn.", 2)] = (4, 6)


def run(*arguments: str) -> tuple[list[World], str]:
    """The world that a command line names, and what is printed."""
    made: list[World] = []

    def make(*, reset: Annotated[bool, typer.Option("--reset")] = False, **world: Any) -> None:
        made.append(World(**world))

    app = typer.Typer()
    app.command()(add_options(make, World))
    return made, CliRunner().invoke(app, arguments).output


@pytest.mark.parametrize(
    ("arguments", "world"),
    [
        ((), World()),
        (("--reset", "--tables", "5"), World(5)),
        (("--seats", "2,8,8"), World(3, (2, 8, 8))),
    ],
)
def test_parameters_are_options(arguments: tuple[str, ...], world: World) -> None:
    assert run(*arguments)[0] == [world]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tables", "0"), "--tables"),
        (("--seats", "many"), "not a list of numbers"),
        (("--seats", "4,1"), "each number is at least 2"),
    ],
)
def test_value_out_of_range_is_refused(arguments: tuple[str, ...], words: str) -> None:
    made, output = run(*arguments)
    assert made == []
    assert words in output
