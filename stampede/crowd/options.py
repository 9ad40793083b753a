"""Options of the crowd: shown in the web UI, settable through POST /swarm, passed on to every worker."""

from argparse import ArgumentTypeError
from dataclasses import dataclass
from functools import cache
from random import uniform
from typing import Any

from locust import argument_parser
from locust.argument_parser import LocustArgumentParser

from stampede.shapes import parse_stages

# Longer than a database takes to restart or to recover from a crash.
DEFAULT_RETRY_S = 30.0
DEFAULT_READS = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """How operations are sent and recorded in this run.

    `resend`: share of answered writes that are sent again with the same key. `retry_unknown`: seconds for which an
    operation is sent again while its outcome is unknown; 0 is never. `keys`: the target takes an Idempotency-Key.
    `reads`: share of reads that are recorded.
    """

    resend: float = 0.0
    retry_unknown: float = DEFAULT_RETRY_S
    keys: bool = True
    reads: float = DEFAULT_READS
    think_time: tuple[float, float] | None = None
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()

    @staticmethod
    def read(parsed: Any) -> "Options":
        """From Locust's parsed options, whose values may still be the texts of a form."""
        keys = str(getattr(parsed, "keys", "true")).lower() not in {"false", "no", "0", ""}
        return Options(
            resend=float(getattr(parsed, "resend", 0.0)) if keys else 0.0,
            retry_unknown=float(getattr(parsed, "retry_unknown", DEFAULT_RETRY_S)),
            keys=keys,
            reads=float(getattr(parsed, "reads", DEFAULT_READS)),
            think_time=parse_think_time(str(getattr(parsed, "think_time", ""))),
            tags=_split(str(getattr(parsed, "only_tags", ""))),
            exclude_tags=_split(str(getattr(parsed, "without_tags", ""))),
        )

    @staticmethod
    def receive(sent: dict[str, Any]) -> "Options":
        """From a message, in which a tuple has become a list."""
        pause = sent["think_time"]
        tags = {name: tuple(sent[name]) for name in ("tags", "exclude_tags")}
        return Options(**{**sent, **tags, "think_time": pause and (float(pause[0]), float(pause[1]))})

    def draw_pause_s(self, default: tuple[float, float]) -> float:
        """A pause in seconds, drawn evenly from the run's think time or the class's own."""
        return uniform(*(self.think_time or default))  # noqa: S311  # a pause, not a secret


def _split(text: str) -> tuple[str, ...]:
    """The words of a text with commas or spaces between them."""
    return tuple(text.replace(",", " ").split())


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


def check_stages(text: str) -> str:
    """The text of `--stages`, which stays a text; an empty one has no stages.

    Raises:
        ArgumentTypeError: it cannot be parsed.
    """
    try:
        parse_stages(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
    return text


def parse_defaults_once() -> None:
    """Have Locust parse the defaults of its own options once per process.

    Locust 2.47 parses them at each change of users, and once for every option. The event loop stands still meanwhile
    (0.4 to 1 s on 2 busy cores, at the start of each stage), so what is in flight seems to take that much longer.
    """
    if not hasattr(argument_parser.default_args_dict, "cache_info"):
        argument_parser.default_args_dict = cache(argument_parser.default_args_dict)


def add_options(parser: LocustArgumentParser) -> None:
    """Add the options to Locust's command line."""
    parser.add_argument("--think-time", default="", help="Seconds between tasks, like 2-5 or 0; empty: the class's own")
    parser.add_argument("--run-id", default="", help="Name of the run; empty: one is made", include_in_web_ui=False)
    parser.add_argument(
        "--stages",
        type=check_stages,
        default="",
        help="Stages of the load, instead of users, rate and run time: warm: 20 users, 10/s, 30s; peak: …, or {kind=…}",
    )
    parser.add_argument("--only-tags", default="", help="Run tasks with one of these tags; empty: all")
    parser.add_argument("--without-tags", default="", help="Run no task with one of these tags")
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
        type=float,
        default=DEFAULT_RETRY_S,
        help="Seconds for which an operation is sent again while its outcome is unknown; 0: never",
        include_in_web_ui=False,
    )
