from typing import ClassVar

import gevent
import pytest
from locust import User, constant, task
from locust.exception import StopUser

from tests.unit.stampede.crowd.conftest import Crowd, Start, answer


class Leaver(User):
    wait_time = constant(0)
    stays: ClassVar[bool] = False

    @task
    def act(self) -> None:
        if not self.stays:
            raise StopUser
        gevent.sleep(0.001)


class Stayer(Leaver):
    stays = True


class Refused(Leaver):
    def on_start(self) -> None:
        raise ValueError("no account")


def run(crowd: Crowd, user_class: type[User]) -> dict[str, int]:
    runner = crowd.environment.runner
    assert runner is not None
    crowd.environment.user_classes = [user_class]
    runner.spawn_users({user_class.__name__: 2})
    gevent.sleep(0.05)
    runner.stop()
    assert crowd.generator.run is not None
    return dict(crowd.generator.run.report(0)["departures"])


@pytest.mark.parametrize(
    ("user_class", "departures"), [(Leaver, {"Leaver": 2}), (Refused, {"Refused": 2}), (Stayer, {})]
)
def test_users_that_end_by_themselves_are_counted(
    start: Start, user_class: type[User], departures: dict[str, int]
) -> None:
    assert run(start(answer(200, "{}")), user_class) == departures
