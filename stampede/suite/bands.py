"""Bands of a plan: a figure is good below the first bound, critical above the second, a warning between them."""

import re
from dataclasses import dataclass
from typing import Literal

from stampede.errors import StampedeError

Metric = Literal["p95", "error_rate", "cpu", "memory"]
BOUND = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|%)")
FACTORS = {"ms": 1.0, "s": 1000.0, "%": 1.0}


@dataclass(frozen=True, slots=True)
class Band:
    """The bounds of one figure, in ms or %. `cpu`: of the cores the lab may use; `memory`: of the limit."""

    metric: Metric
    good: float
    critical: float
    unit: str


def parse_band(metric: Metric, bounds: tuple[str, str]) -> Band:
    """Parse `p95 = ["2s", "5s"]` or `cpu = ["70%", "85%"]`.

    Raises:
        StampedeError: a bound cannot be parsed, has another unit than the figure, or they do not rise.
    """
    unit = "ms" if metric == "p95" else "%"
    good, critical = (_parse_bound(metric, text, unit) for text in bounds)
    if good > critical:
        raise StampedeError(f"The band {metric} must rise: {bounds[0]} is above {bounds[1]}.")
    return Band(metric, good, critical, unit)


def _parse_bound(metric: str, text: str, unit: str) -> float:
    match = BOUND.fullmatch(text.strip())
    if match is None or ("%" in (match["unit"], unit) and match["unit"] != unit):
        example = '["500ms", "2s"]' if unit == "ms" else '["70%", "85%"]'
        raise StampedeError(f"Cannot parse the bound {text!r} of the band {metric}: expected two like {example}.")
    return float(match["number"]) * FACTORS[match["unit"]]
