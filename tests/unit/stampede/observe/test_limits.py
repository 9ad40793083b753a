from pathlib import Path

import psutil
import pytest

from stampede.errors import StampedeError
from stampede.observe.limits import read_limits, sum_limits


def test_control_group_bounds_what_the_machine_has(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text("1000\n")
    assert read_limits(tmp_path) == {"cores": 0.5, "memory_bytes": 1000.0}


def test_unbounded_control_group_leaves_the_machine(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert read_limits(tmp_path) == read_limits(None)
    assert read_limits(None)["memory_bytes"] == psutil.virtual_memory().total


def test_bounds_of_containers_add_up() -> None:
    assert sum_limits("0.25 0.125*2", "1m 1k*3 0.5k 2b 7") == {
        "cores": 0.5,
        "memory_bytes": float((1 << 20) + 3584 + 9),
    }


def test_containers_have_no_more_than_the_machine() -> None:
    assert sum_limits("1000", "90000g") == read_limits(None)


def test_one_unbounded_container_may_use_the_machine() -> None:
    assert sum_limits("0.25 0", "1m 0*2") == read_limits(None)


@pytest.mark.parametrize(("cpus", "memory"), [("x", ""), ("", "2t"), ("1*x", ""), ("", "-1g")])
def test_bound_that_cannot_be_parsed_is_refused(cpus: str, memory: str) -> None:
    with pytest.raises(StampedeError, match="expected: 2g 512m"):
        sum_limits(cpus, memory)
