"""The command line of a world: an option for each of its parameters, written beside the parameter's type."""

from collections.abc import Callable
from dataclasses import fields
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer


def number_option(help_text: str, least: int) -> Any:
    """The option of a parameter that is a number, for its annotation."""
    return typer.Option(min=least, help=help_text)


def numbers_option(help_text: str, least: int) -> Any:
    """The option of a parameter that is a tuple of numbers, given as `10,50,100`."""

    def read(given: str | tuple[int, ...]) -> tuple[int, ...]:
        if isinstance(given, tuple):  # the default
            return given
        try:
            dealt = tuple(int(part) for part in given.split(","))
        except ValueError:
            raise typer.BadParameter(f"{given!r} is not a list of numbers like 10,50,100") from None
        if min(dealt) < least:
            raise typer.BadParameter(f"each number is at least {least}")
        return dealt

    return typer.Option(parser=read, metavar="N,N,…", help=help_text)


def add_options(command: Callable[..., None], world: type[Any]) -> Callable[..., None]:
    """Give a command, which takes them as `**keywords`, an option for each of a world's parameters."""
    hints = get_type_hints(world, include_extras=True)
    own = [
        Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default, annotation=_as_typed(hints[one.name]))
        for one in fields(world)
    ]
    shared = [one for one in signature(command).parameters.values() if one.kind is Parameter.KEYWORD_ONLY]
    command.__signature__ = Signature([*own, *shared])  # type: ignore[attr-defined]  # what typer reads
    command.__annotations__ = {one.name: one.annotation for one in (*own, *shared)}
    return command


def _as_typed(hint: Any) -> Any:
    """A tuple is typed as one text; typer itself would ask for its items one by one."""
    kind, option = get_args(hint)
    return Annotated[str, option] if get_origin(kind) is tuple else hint
