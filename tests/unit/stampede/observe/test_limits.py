from pathlib import Path

import psutil

from stampede.observe.limits import read_limits


def test_control_group_bounds_what_the_machine_has(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text("1000\n")
    assert read_limits(tmp_path) == {"cores": 0.5, "memory_bytes": 1000.0}


def test_unbounded_control_group_leaves_the_machine(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert read_limits(tmp_path) == read_limits(None)
    assert read_limits(None)["memory_bytes"] == psutil.virtual_memory().total
