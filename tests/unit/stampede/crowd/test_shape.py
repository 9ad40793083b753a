from argparse import Namespace
from typing import Any

import pytest
from locust.argument_parser import get_parser
from locust.env import Environment
from locust.event import Events
from locust.web import WebUI

from stampede.crowd.phases import PhaseKeeper
from stampede.crowd.shape import SHAPE, Stages, offer_shape, refuse_unreadable

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


def test_shape_is_offered_but_never_found() -> None:
    shape, _ = make_shape()
    assert shape._environment.available_shape_classes == {SHAPE: shape}
    assert Stages.abstract
    assert shape._environment.shape_class is None


@pytest.fixture
def web_ui(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of Locust's web server, which reads the command line for the defaults of its form."""
    monkeypatch.setattr("sys.argv", ["locust"])
    environment = Environment(events=Events(), parsed_options=get_parser().parse_args([]))
    runner = environment.create_local_runner()
    offer_shape(environment, PhaseKeeper(runner))
    server = WebUI(environment, "127.0.0.1", 0, delayed_start=True, userclass_picker_is_active=True)
    refuse_unreadable(server)
    assert server.app is not None
    return server.app.test_client()


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ("many users", "cannot parse stage 'many users'"),
        ('{kind = "ramp", users = 5, over = "1s"}', "the shape ramp lacks hold"),
    ],
)
def test_web_ui_is_told_what_is_wrong(web_ui: Any, stages: str, told: str) -> None:
    answer = web_ui.post("/swarm", data={"shape_class": SHAPE, "stages": stages, "host": "http://target"})
    assert answer.json["success"] is False
    assert answer.json["message"].startswith(told)


@pytest.mark.parametrize("form", [{"shape_class": SHAPE, "stages": SPIKE}, {"stages": "many users"}])
def test_web_ui_leaves_the_rest_to_locust(web_ui: Any, form: dict[str, str]) -> None:
    answer = web_ui.post("/swarm", data={**form, "host": "http://target", "user_count": "x"})
    assert "UserClass picker is active but there are no" in answer.json["message"]
