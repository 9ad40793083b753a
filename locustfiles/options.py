"""Options of our own systems' users: shown in the web UI, settable through POST /swarm, passed on to every worker."""

from locust import events
from locust.argument_parser import LocustArgumentParser


def add_options(parser: LocustArgumentParser) -> None:
    """Add the options to Locust's command line."""
    ways = ["login", "mint"]
    parser.add_argument("--auth", choices=ways, default="login", env_var="AUTH", help="Sign in, or mint tokens")
    parser.add_argument("--students", type=int, default=1000, help="How many students TEST100000… the world holds")


events.init_command_line_parser.add_listener(add_options)
