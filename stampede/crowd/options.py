"""Options of the crowd: shown in the web UI, settable through POST /swarm, passed on to every worker."""

from argparse import ArgumentTypeError
from dataclasses import dataclass
from random import uniform
from typing import Any

from locust.argument_parser import LocustArgumentParser

DEFAULT_RETRIES = 3
DEFAULT_READS = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """How operations are sent and recorded in this run.

    `resend`: share of answered writes that are sent again with the same key. `retry_unknown`: maximum further
    attempts while the outcome is unknown. `keys`: the target takes an Idempotency-Key. `reads`: share of reads
    that are recorded.
    """

    resend: float = 0.0
    retry_unknown: int = DEFAULT_RETRIES
    keys: bool = True
    reads: float = DEFAULT_READS
    think_time: tuple[float, float] | None = None

    @staticmethod
    def read(parsed: Any) -> "Options":
        """From Locust's parsed options, whose values may still be the texts of a form."""
        keys = str(getattr(parsed, "keys", "true")).lower() not in {"false", "no", "0", ""}
        return Options(
            resend=float(getattr(parsed, "resend", 0.0)) if keys else 0.0,
            retry_unknown=int(getattr(parsed, "retry_unknown", DEFAULT_RETRIES)),
            keys=keys,
            reads=float(getattr(parsed, "reads", DEFAULT_READS)),
            think_time=parse_think_time(str(getattr(parsed, "think_time", ""))),
        )

    @staticmethod
    def receive(sent: dict[str, Any]) -> "Options":
        """From a message, in which a tuple has become a list."""
        pause = sent["think_time"]
        return Options(**{**sent, "think_time": pause and (float(pause[0]), float(pause[1]))})

    def draw_pause_s(self, default: tuple[float, float]) -> float:
        """A pause in seconds, drawn evenly from the run's think time or the class's own."""
        return uniform(*(self.think_time or default))  # noqa: S311  # a pause, not a secret


def parse_think_time(text: str) -> tuple[float, float] | None:
    """`2-5` is between 2 and 5 seconds, `0` is none; an empty text leaves it to the user class.

    Raises:
        ArgumentTypeError: it is neither.
    """
    if not text:
        return None
    try:
        low, _, high = text.partition("-")
        bounds = float(low), float(high or low)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a think time like 2-5 or 0 (seconds)") from None
    if not 0 <= bounds[0] <= bounds[1]:
        raise ArgumentTypeError(f"{text!r} is not a range from low to high")
    return bounds


def add_options(parser: LocustArgumentParser) -> None:
    """Add the options to Locust's command line."""
    parser.add_argument("--think-time", default="", help="Seconds between tasks, like 2-5 or 0; empty: the class's own")
    parser.add_argument("--run-id", default="", help="Name of the run; empty: one is made", include_in_web_ui=False)
    parser.add_argument("--reads", type=float, default=DEFAULT_READS, help="Share of reads that are recorded, 0 to 1")
    parser.add_argument("--resend", type=float, default=0.0, help="Share of answered writes sent again, 0 to 1")
    parser.add_argument(
        "--keys",
        choices=["true", "false"],
        default="true",
        help="Whether the target takes an Idempotency-Key",
        include_in_web_ui=False,
    )
    parser.add_argument(
        "--retry-unknown",
        type=int,
        default=DEFAULT_RETRIES,
        help="Maximum further attempts while an outcome is unknown",
        include_in_web_ui=False,
    )
