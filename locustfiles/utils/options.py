"""Options of the crowd: shown in the web UI, settable through POST /swarm, passed on to every worker."""

from argparse import ArgumentTypeError
from random import uniform

from locust import events
from locust.argument_parser import LocustArgumentParser


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


def pick_think_time_s(text: str, default: tuple[float, float]) -> float:
    """A pause in seconds, drawn evenly from the chosen range or the class's own."""
    return uniform(*(parse_think_time(text) or default))  # noqa: S311  # a pause, not a secret


@events.init_command_line_parser.add_listener
def _add_options(parser: LocustArgumentParser) -> None:
    ways = ["login", "mint"]
    parser.add_argument("--auth", choices=ways, default="login", env_var="AUTH", help="Sign in, or mint tokens")
    parser.add_argument("--think-time", default="", help="Seconds between tasks, like 2-5 or 0; empty: the class's own")
    parser.add_argument("--students", type=int, default=1000, help="How many students TEST100000… the world holds")
    parser.add_argument("--run-id", default="", help="Name of the run; empty: one is made", include_in_web_ui=False)
