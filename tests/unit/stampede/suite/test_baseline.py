import json
from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.suite.baseline import Entry, read_baseline, write_baseline

BUY, VIEW = Entry(1.0, 2.0, 3.0, 4.0), Entry(5.0, 6.0, 7.0, 8.0)


def test_written_baseline_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "baselines" / "rush.json"
    write_baseline(path, {"Buy": BUY})
    assert json.loads(path.read_text()) == {"Buy": {"P50": 1.0, "P95": 2.0, "P99": 3.0, "RPS": 4.0}}
    assert read_baseline(path) == {"Buy": BUY}


def test_entries_of_other_requests_stay(tmp_path: Path) -> None:
    path = tmp_path / "rush.json"
    write_baseline(path, {"Buy": BUY, "View": BUY})
    write_baseline(path, {"View": VIEW})
    assert read_baseline(path) == {"Buy": BUY, "View": VIEW}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not JSON"),
        ('{"Buy": {"P50": 1}}', "Buy.P95: Field required"),
        ('{"Buy": {"P50": -1, "P95": 1, "P99": 1, "RPS": 1}}', "greater than or equal to 0"),
        ('{"Buy": {"P50": 1, "P95": 1, "P99": 1, "RPS": 1, "P10": 1}}', "Buy.P10"),
    ],
)
def test_damaged_baseline_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "rush.json"
    path.write_text(text)
    with pytest.raises(StampedeError, match=told):
        read_baseline(path)


def test_missing_baseline_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="stampede baseline write"):
        read_baseline(tmp_path / "rush.json")
