from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.lab.peer import Peer, best, measure_peer, middle
from stampede.suite.model import Guard
from tests.unit.stampede.builders import make_suite

PRINT = 'echo "{\\"script\\": \\"atomic\\", \\"clients\\": 4, \\"per_s\\": $2}"'
ROUNDS = [Peer("atomic", clients, speed) for clients, speed in ((4, 900), (4, 100), (4, 500), (8, 600), (8, 600))]


def measure(folder: Path, *peer: str, timeout_s: float = 10) -> list[Peer]:
    guard = Guard("right", ("right",), peer=peer, peer_timeout=timeout_s)
    return measure_peer(make_suite(folder), guard, 7)


def measure_script(folder: Path, script: str) -> list[Peer]:
    return measure(folder, "sh", "-c", script, "peer")


def test_peer_is_as_fast_as_its_median() -> None:
    assert middle(ROUNDS, "atomic") == [Peer("atomic", 4, 500), Peer("atomic", 8, 600)]
    assert best(ROUNDS, "atomic") == Peer("atomic", 8, 600)


def test_other_scripts_do_not_count() -> None:
    assert middle([*ROUNDS, Peer("row_lock", 4, 9000)], "atomic")[0].per_s == 500


def test_command_gets_its_time_and_is_read(tmp_path: Path) -> None:
    assert measure_script(tmp_path, f"{PRINT}; {PRINT}") == [Peer("atomic", 4, 7)] * 2


def test_command_runs_in_the_suites_folder(tmp_path: Path) -> None:
    (tmp_path / "measured").write_text('{"script": "atomic", "clients": 1, "per_s": 2}')
    assert measure_script(tmp_path, "cat measured") == [Peer("atomic", 1, 2)]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo half; echo no server >&2; exit 1", "The peer command failed: no server"),
        ("exit 3", "The peer command failed: 3"),
        ("echo fast", "printed no measurements: "),
        ('echo \'{"script": "atomic"}\'', "printed no measurements: .*clients"),
        ("true", r"printed no measurements\."),
    ],
)
def test_peer_without_measurements_is_told(tmp_path: Path, script: str, told: str) -> None:
    with pytest.raises(StampedeError, match=told):
        measure_script(tmp_path, script)


def test_missing_peer_is_named(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="'no-such-program' could not be started: No such file"):
        measure(tmp_path, "no-such-program")


def test_endless_peer_is_killed(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match=r"The peer command 'sh' did not end within 0\.2 s and was killed"):
        measure(tmp_path, "sh", "-c", "sleep 60", timeout_s=0.2)
