"""Stages of a plan, checked key by key; stampede.shapes says what they mean."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from stampede import shapes
from stampede.shapes import read_duration_s

# What a plan without stages says of its load, and one with stages must not: they say it.
DERIVED = ("users", "spawn_rate", "run_time")


def read_timeout_s(value: object) -> object:
    """`10m` in seconds; a number of seconds stays as it is.

    Raises:
        ValueError: it is a text, but no duration.
    """
    return read_duration_s(value) if isinstance(value, str) else value


def check_duration(value: object) -> object:
    """The duration itself.

    Raises:
        ValueError: as `read_duration_s`.
    """
    if isinstance(value, str):
        read_duration_s(value)
    return value


# In seconds; written like a run time.
Timeout = Annotated[float, BeforeValidator(read_timeout_s), Field(gt=0)]
Duration = Annotated[str, BeforeValidator(check_duration)]
Users = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
# It is written into the option of the load generator, and before a colon in a threshold.
Name = Annotated[str, Field(pattern=r"^[^\s:;][^:;]*$")]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Stage(shapes.Stage):
    """A stage of a plan."""

    name: Name
    users: Users
    spawn_rate: Rate
    duration: Duration


def describe_stages(stages: Sequence[shapes.Stage]) -> str:
    """The stages as the load generator takes them."""
    return "; ".join(map(str, stages))
