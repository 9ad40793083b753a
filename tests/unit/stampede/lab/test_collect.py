from pathlib import Path
from typing import Any

from stampede.lab.collect import FORGOTTEN, collect
from stampede.load.generator import Reports


class Master:
    """A load generator that knows one run."""

    def __init__(self, run_id: str, ranks: dict[str, int]) -> None:
        self._reports = Reports(run_id, ("Buyer",), ranks, {})

    def read_reports(self) -> Reports:
        return self._reports


def collect_from(master: Any, folder: Path) -> tuple[str, ...]:
    handover = collect(master, "ours", frozenset(), folder)
    assert (handover.load, handover.collected, handover.gaps) == (None, None, True)
    return handover.troubles


def test_master_that_forgot_the_run_is_one_sentence(tmp_path: Path) -> None:
    assert collect_from(Master("", {}), tmp_path) == (FORGOTTEN,)


def test_silent_load_generators_are_named(tmp_path: Path) -> None:
    assert collect_from(Master("ours", {"w2": 1, "w1": 0}), tmp_path) == (
        "load generator w1 did not report after the run",
        "load generator w2 did not report after the run",
    )
