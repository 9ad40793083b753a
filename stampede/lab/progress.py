"""What a run reports while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from stampede.load.generator import Progress


def _ignore(progress: Progress, elapsed_s: float) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Display:
    """Where a run reports to: `say` takes a step in words, `show` the state of the load and its age in seconds."""

    say: Callable[[str], None]
    show: Callable[[Progress, float], None] = _ignore
