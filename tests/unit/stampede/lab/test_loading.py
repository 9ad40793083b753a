from typing import Any

import pytest

from stampede.lab.loading import locust_options
from stampede.suite.model import System, Target
from tests.unit.stampede.builders import make_plan, make_suite

CROWD = {"reads": 0.1, "resend": 0.0, "keys": "false", "think_time": "", "only_tags": "", "without_tags": ""}


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({}, {}),
        ({"reads": 1.0, "resend": 0.02}, {"reads": 1.0, "resend": 0.02}),
        ({"think_time": (0, 2.5)}, {"think_time": "0.0-2.5"}),
        ({"tags": ("a", "b"), "exclude_tags": ("c",)}, {"only_tags": "a,b", "without_tags": "c"}),
        ({"world": {"people": 50, "items": 5}}, {"people": 50}),
        ({"world": {"items": 5}}, {}),
        ({"options": {"auth": "mint", "people": 3}, "world": {"people": 50}}, {"auth": "mint", "people": 3}),
    ],
)
def test_locustfile_gets_its_options(fields: dict[str, Any], options: dict[str, Any]) -> None:
    suite = make_suite(systems={"shop": System(locust_options=("people",))})
    assert locust_options(suite, make_plan(**fields)) == CROWD | options


def test_target_with_keys_gets_them() -> None:
    suite = make_suite(target=Target("http://target", takes_keys=True))
    assert locust_options(suite, make_plan())["keys"] == "true"
