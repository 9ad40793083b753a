"""What a locustfile imports: users and operations that leave a record which Stampede can judge.

Importing it is enough: when Locust starts, the workers record, and the master collects and offers what they recorded.
"""

from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner
from locust.web import WebUI

from stampede.crowd.condition import Watchdog, return_at_once, serve_condition
from stampede.crowd.exchange import Master, serve
from stampede.crowd.facts import Claim, Page, Seen, fields
from stampede.crowd.operation import OK, Operation, Told, read, write
from stampede.crowd.options import Options, add_options, parse_defaults_once
from stampede.crowd.outcome import Outcome
from stampede.crowd.process import LoadGenerator, Run
from stampede.crowd.race import RaceUser
from stampede.crowd.session import send_once
from stampede.crowd.shape import guard_start
from stampede.crowd.user import Kind, StampedeUser

__all__ = [
    "OK",
    "Claim",
    "Kind",
    "LoadGenerator",
    "Operation",
    "Options",
    "Outcome",
    "Page",
    "RaceUser",
    "Run",
    "Seen",
    "StampedeUser",
    "Told",
    "fields",
    "read",
    "send_once",
    "write",
]


def install(environment: Environment, runner: Runner | None, web_ui: WebUI | None, **_: object) -> None:
    """Attach the load generator, the master, or both to a Locust process."""
    if runner is None:
        return
    if not isinstance(runner, WorkerRunner):
        master = Master(environment, runner)
        if web_ui is not None:
            serve(master, web_ui)
            serve_condition(runner, web_ui, lambda: master.run_id)
            guard_start(web_ui)
    else:
        Watchdog(runner)
        return_at_once()
        parse_defaults_once()
    if not isinstance(runner, MasterRunner):
        environment.stampede = LoadGenerator(environment, runner)  # type: ignore[attr-defined]  # users find it there


events.init_command_line_parser.add_listener(add_options)
events.init.add_listener(install)
