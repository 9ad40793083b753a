from argparse import Namespace
from collections.abc import Callable
from typing import Any

import pytest
from locust import User
from locust.argument_parser import get_parser
from locust.env import Environment
from locust.event import Events
from locust.runners import STATE_RUNNING, STATE_STOPPED, STATE_STOPPING, MasterRunner, WorkerNode
from locust.web import WebUI

from stampede.crowd.phases import PhaseKeeper
from stampede.crowd.shape import SHAPE, Stages, guard_start, offer_shape

SPIKE = '{kind = "spike", users = 5, peak = 50, before = "5s", hold = "10s", after = "20s", spawn_rate = 25}'
TEXT = "warm: 20 users, 10/s, 30s; peak: 200 users, 50.5/s, 1m10s;"


def make_shape(**options: Any) -> tuple[Stages, list[tuple[int, bool]]]:
    entered: list[tuple[int, bool]] = []

    class Keeper(PhaseKeeper):
        def enter_stage(self, stage: int, *, reached: bool) -> None:
            entered.append((stage, reached))

    environment = Environment(events=Events(), parsed_options=Namespace(**options))
    runner = environment.create_local_runner()
    shape = offer_shape(environment, Keeper(runner))
    shape.reset_time()
    return shape, entered


def tick_at(shape: Stages, elapsed_s: float) -> tuple[int, float] | None:
    shape.start_time -= elapsed_s - shape.get_run_time()  # type: ignore[no-untyped-call]
    return shape.tick()


def test_each_stage_has_its_users_and_its_time() -> None:
    shape, entered = make_shape(stages=TEXT)
    assert (tick_at(shape, 0), tick_at(shape, 29), tick_at(shape, 31), tick_at(shape, 101)) == (
        (20, 10.0),
        (20, 10.0),
        (200, 50.5),
        None,
    )
    assert (entered, shape.most_users) == ([(1, False)], 200)


def test_stage_with_the_same_users_is_reached_at_once() -> None:
    shape, entered = make_shape(stages="20 users, 10/s, 30s; 20 users, 5/s, 30s")
    tick_at(shape, 0)
    tick_at(shape, 31)
    assert entered == [(1, True)]


def test_named_shape_has_its_stages() -> None:
    shape, _ = make_shape(stages=SPIKE)
    assert [tick_at(shape, moment) for moment in (0, 6, 16, 36)] == [(5, 25.0), (50, 25.0), (5, 25.0), None]


def test_without_stages_the_form_decides() -> None:
    shape, _ = make_shape(stages="", num_users=7, spawn_rate=2.0, run_time=10)
    assert (tick_at(shape, 0), tick_at(shape, 11)) == ((7, 2.0), None)


def test_unreadable_stages_start_nothing() -> None:
    shape, _ = make_shape(stages="many users")
    assert shape.tick() is None


@pytest.mark.parametrize(("stages", "taken"), [(TEXT, True), (" ", False)])
def test_stages_of_the_command_line_are_taken(stages: str, taken: bool) -> None:
    shape, _ = make_shape(stages=stages)
    assert (shape._environment.shape_class is shape) is taken


def test_shape_is_offered_but_never_found() -> None:
    shape, _ = make_shape()
    assert shape._environment.available_shape_classes == {SHAPE: shape}
    assert Stages.abstract
    assert shape._environment.shape_class is None


Serve = Callable[..., tuple[Environment, Any]]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Make a client of Locust's web server, which reads the command line for the defaults of its form."""
    monkeypatch.setattr("sys.argv", ["locust"])

    def make(*, picker: bool, stages: str = "") -> tuple[Environment, Any]:
        options = get_parser().parse_args([])
        options.stages = stages
        classes: Any = {"Student": User}
        environment = Environment(events=Events(), parsed_options=options, available_user_classes=classes)
        runner = environment.create_local_runner()
        monkeypatch.setattr(runner, "start_shape", lambda: None)
        monkeypatch.setattr(runner, "start", lambda *_: None)
        offer_shape(environment, PhaseKeeper(runner))
        server = WebUI(environment, "127.0.0.1", 0, delayed_start=True, userclass_picker_is_active=picker)
        guard_start(server)
        assert server.app is not None
        return environment, server.app.test_client()

    return make


FORM = {"host": "http://target", "user_count": "1", "spawn_rate": "1"}


@pytest.mark.parametrize("picker", [True, False])
@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ("many users", "cannot parse stage 'many users'"),
        ('{kind = "ramp", users = 5, over = "1s"}', "the shape ramp lacks hold"),
    ],
)
def test_web_ui_is_told_what_is_wrong(serve: Serve, stages: str, told: str, picker: bool) -> None:
    _, client = serve(picker=picker)
    answer = client.post("/swarm", data={**FORM, "stages": stages})
    assert answer.json["success"] is False
    assert answer.json["message"].startswith(told)


@pytest.mark.parametrize("picker", [True, False])
@pytest.mark.parametrize("chosen", [{}, {"shape_class": "Default"}])
def test_stages_of_the_form_are_taken(serve: Serve, picker: bool, chosen: dict[str, str]) -> None:
    environment, client = serve(picker=picker)
    answer = client.post("/swarm", data={**FORM, **chosen, "stages": SPIKE, "user_classes": "Student"})
    assert answer.json["message"] == "Swarming started using shape class 'Stages'"
    assert isinstance(environment.shape_class, Stages)


@pytest.mark.parametrize("picker", [True, False])
def test_form_without_stages_takes_no_shape(serve: Serve, picker: bool) -> None:
    environment, client = serve(picker=picker, stages=SPIKE)
    answer = client.post("/swarm", data={**FORM, "stages": "", "user_classes": "Student"})
    assert (answer.json["message"], environment.shape_class) == ("Swarming started", None)


def test_stages_of_the_command_line_outlast_a_form_without_them(serve: Serve) -> None:
    environment, client = serve(picker=False, stages=SPIKE)
    client.post("/swarm", data=FORM)
    assert isinstance(environment.shape_class, Stages)


@pytest.mark.parametrize("picker", [True, False])
def test_stages_are_those_of_one_start(serve: Serve, picker: bool) -> None:
    environment, client = serve(picker=picker)
    client.post("/swarm", data={**FORM, "stages": SPIKE, "user_classes": "Student"})
    answer = client.post("/swarm", data={**FORM, "user_classes": "Student"})
    assert (answer.json["message"], environment.shape_class) == ("Swarming started", None)


def test_staged_run_keeps_its_stages(serve: Serve) -> None:
    environment, client = serve(picker=False)
    client.post("/swarm", data={**FORM, "stages": SPIKE})
    assert environment.runner is not None
    environment.runner.state = STATE_RUNNING
    assert client.post("/swarm", data=FORM).json["success"] is False
    assert isinstance(environment.shape_class, Stages)


def test_stages_wait_for_the_end_of_a_run(serve: Serve) -> None:
    environment, client = serve(picker=True)
    assert environment.runner is not None
    environment.runner.state = STATE_RUNNING
    answer = client.post("/swarm", data={**FORM, "stages": SPIKE})
    assert (answer.json["success"], answer.json["message"][:18]) == (False, "A run is going on:")


class Clients:
    def __init__(self, *ready: WorkerNode) -> None:
        self.ready, self.spawning, self.running = list(ready), list[WorkerNode](), list[WorkerNode]()


@pytest.mark.parametrize(
    ("state", "workers", "told"),
    [
        (STATE_STOPPED, 0, "No load generator is connected"),
        (STATE_STOPPING, 1, "The run before is still being stopped"),
    ],
)
def test_start_without_workers_is_refused(serve: Serve, state: str, workers: int, told: str) -> None:
    environment, client = serve(picker=False)
    master = MasterRunner.__new__(MasterRunner)
    master.state, master.clients = state, Clients(*[WorkerNode("w")] * workers)  # type: ignore[assignment]
    environment.runner = master
    answer = client.post("/swarm", data=FORM)
    assert answer.json["success"] is False
    assert answer.json["message"].startswith(told)
