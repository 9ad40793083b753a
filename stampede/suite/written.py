"""Values of a plan as they are written in its file and on the command line: shares, ranges, faults."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from stampede.errors import StampedeError
from stampede.suite.fault import Fault, parse_fault


def read_share(value: object) -> object:
    """`2%` as 0.02; a number stays as it is.

    Raises:
        ValueError: it is a text, but no percentage.
    """
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)
    if match is None:
        raise ValueError(f"{value!r} is no share: write it like '2%'")
    return float(match[1]) / 100


def read_range(value: object) -> object:
    """`2-5` or `0` as seconds from low to high; a pair stays as it is.

    Raises:
        ValueError: it is a text, but no range.
    """
    if not isinstance(value, str):
        return value
    low, _, high = value.partition("-")
    try:
        return float(low), float(high or low)
    except ValueError:
        raise ValueError(f"{value!r} is no think time: write it like 2-5 or 0 (seconds)") from None


def read_fault(value: object) -> object:
    """A fault's text, parsed; a fault stays as it is.

    Raises:
        ValueError: it cannot be parsed.
    """
    if not isinstance(value, str):
        return value
    try:
        return parse_fault(value)
    except StampedeError as error:
        raise ValueError(str(error).rstrip(".")) from None


Share = Annotated[float, BeforeValidator(read_share), Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]
Range = Annotated[tuple[Seconds, Seconds], BeforeValidator(read_range)]
PlannedFault = Annotated[Fault, BeforeValidator(read_fault), PlainSerializer(str)]
