"""Load shapes: a run in stages, each with users of its own.

The option `stages` holds the stages, such as `warm: 20 users, 10/s, 30s; peak: 200 users, 50/s, 1m`, or a named shape
as a plan has it. Where it is not empty, on the command line or in the form of the web UI, the run has the shape
`Stages`. With `--class-picker` the form also offers that shape by name; without stages it then has the form's users,
spawn rate and run time.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from flask import Response, jsonify, request
from locust.env import Environment
from locust.runners import STATE_RUNNING, STATE_SPAWNING, STATE_STOPPING, MasterRunner, Runner
from locust.shape import LoadTestShape
from locust.web import WebUI

from stampede.crowd.phases import PhaseKeeper
from stampede.shapes import Stage, parse_stages

log = logging.getLogger(__name__)

SHAPE = "Stages"


@dataclass(frozen=True, slots=True)
class Timed:
    """A number of users, reached at `spawn_rate` per second and kept until the run has lasted for `ends_s`."""

    users: int
    spawn_rate: float
    ends_s: float


def time_stages(stages: Iterable[Stage]) -> tuple[Timed, ...]:
    """When each of these stages ends."""
    timed, ends_s = [], 0.0
    for stage in stages:
        ends_s += stage.duration_s
        timed.append(Timed(stage.users, stage.spawn_rate, ends_s))
    return tuple(timed)


class Stages(LoadTestShape):
    """The stages of the run's options; Locust asks about once a second which one is on.

    Locust itself starts a stage's users, and asks again once they run.
    """

    abstract: ClassVar[bool] = True  # so that no locustfile uses it unasked: it is offered by `offer_shape`
    use_common_options: ClassVar[bool] = True

    def __init__(self, environment: Environment, phases: PhaseKeeper) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._environment = environment
        self._phases = phases
        self._stages: tuple[Timed, ...] = ()
        self._stage = -1

    def reset_time(self) -> None:
        """A run starts: read its stages."""
        super().reset_time()  # type: ignore[no-untyped-call]
        self._stage = -1
        try:
            self._stages = self._read_stages()
        except ValueError as error:
            log.error("The run is not started: %s", error)  # noqa: TRY400  # the sentence says it all
            self._stages = ()

    @property
    def most_users(self) -> int:
        """The highest number of users of any stage."""
        return max((stage.users for stage in self._stages), default=0)

    def tick(self) -> tuple[int, float] | None:
        """Users and spawn rate of the present stage; None ends the run."""
        elapsed_s = self.get_run_time()  # type: ignore[no-untyped-call]
        for index, stage in enumerate(self._stages):
            if elapsed_s < stage.ends_s:
                self._enter(index)
                return stage.users, stage.spawn_rate
        return None

    def _enter(self, index: int) -> None:
        if index == self._stage:
            return
        reached = self._stage >= 0 and self._stages[index].users == self._stages[self._stage].users
        self._stage = index
        if index:  # the first one's ramp is that of the run, which begins after the first tick
            self._phases.enter_stage(index, reached=reached)

    def _read_stages(self) -> tuple[Timed, ...]:
        options = self._environment.parsed_options
        text = str(getattr(options, "stages", ""))
        if text.strip():
            return time_stages(parse_stages(text))
        users, rate = int(getattr(options, "num_users", 0) or 1), float(getattr(options, "spawn_rate", 0) or 1)
        return (Timed(users, rate, float(getattr(options, "run_time", 0) or float("inf"))),)


def offer_shape(environment: Environment, phases: PhaseKeeper) -> Stages:
    """Offer the shape in the web UI, and take it where the command line has stages.

    It is not found in the locustfile: a run without stages would take it unasked.
    """
    shape = Stages(environment, phases)
    shape.runner = environment.runner
    environment.available_shape_classes = {**(environment.available_shape_classes or {}), SHAPE: shape}
    if str(getattr(environment.parsed_options, "stages", "")).strip():
        environment.shape_class = shape
        log.info("The stages decide: --users, --spawn-rate and --run-time have no effect")
    return shape


def guard_start(web_ui: WebUI) -> None:
    """Before a start in the web UI: take the shape that its stages ask for, or refuse with one sentence."""
    app = web_ui.app
    assert app is not None
    given = str(getattr(web_ui.environment.parsed_options, "stages", ""))

    @app.before_request
    def guard() -> Response | None:
        if request.method != "POST" or not request.path.endswith("/swarm"):
            return None
        try:
            _require_workers(web_ui.environment.runner)
            _choose_shape(web_ui, request.form.get("stages", given))
        except ValueError as error:
            return jsonify({"success": False, "message": str(error)})
        return None


def _choose_shape(web_ui: WebUI, stages: str) -> None:
    """Use the shape where there are stages, whether or not the form names it.

    Locust reads the form's shape only with the class picker; without it, the one of the environment.

    Raises:
        ValueError: the stages cannot be parsed, or a run is going on, which cannot get or lose stages.
    """
    environment, staged = web_ui.environment, bool(parse_stages(stages))
    active = environment.runner is not None and environment.runner.state in (STATE_SPAWNING, STATE_RUNNING)
    if active and (staged or isinstance(environment.shape_class, Stages)):
        raise ValueError("A run is going on: stop it first, since stages do not change meanwhile.")
    if environment.parsed_options is not None:
        environment.parsed_options.stages = stages  # not those of the run before
    if web_ui.userclass_picker_is_active:
        if staged:
            request.form = type(request.form)([*_fields("shape_class"), ("shape_class", SHAPE)])
    elif staged:
        environment.shape_class = (environment.available_shape_classes or {})[SHAPE]
    elif isinstance(environment.shape_class, Stages):
        environment.shape_class = None


def _fields(without: str) -> list[tuple[str, str]]:
    """The fields of the form, except one."""
    return [(name, value) for name, value in request.form.items(multi=True) if name != without]


def _require_workers(runner: Runner | None) -> None:
    """Check that the run can start: Locust would answer that it did, and start nothing.

    Raises:
        ValueError: the run before is still being stopped, or no worker is connected.
    """
    if not isinstance(runner, MasterRunner):
        return
    if runner.state == STATE_STOPPING:
        raise ValueError("The run before is still being stopped: try again in some seconds.")
    if not [*runner.clients.ready, *runner.clients.spawning, *runner.clients.running]:
        raise ValueError("No load generator is connected: start one with --worker, or try again in some seconds.")
