"""The documents' own Locust commands, shortened: requests are sent, none fails, and the files are there."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT
from tests.conftest import free_port
from tests.e2e.conftest import Lab, standing

REGISTRATION, INVENTORY = "course_registration_tests", "orders_inventory_tests"
SMALL = ("--headless", "--users", "6", "--spawn-rate", "6", "--run-time", "5s")
FILES = {"results.html", "results_stats.csv", "results_stats_history.csv", "results_failures.csv"}
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def target(lab: Lab) -> Iterator[Lab]:
    with standing(lab):
        yield lab


def start(lab: Lab, entry: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "locust", "-f", f"locustfiles/{entry}.py", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=lab.environment, stdout=pipe, stderr=pipe, text=True)


def run(lab: Lab, folder: Path, entry: str, *arguments: str) -> None:
    host = f"--host=http://localhost:{lab.environment['API_PORT']}"
    files = ("--html", str(folder / "results.html"), "--csv", str(folder / "results"))
    process = start(lab, entry, host, *files, *arguments)
    try:
        _, err = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert {path.name for path in folder.iterdir()} >= FILES


def read_rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def assert_sent_without_failure(folder: Path) -> None:
    total = read_rows(folder, "results_stats.csv")[-1]
    assert total["Name"] == "Aggregated"
    assert int(total["Request Count"]) > 0
    assert int(total["Failure Count"]) == 0
    assert read_rows(folder, "results_failures.csv") == []


@pytest.mark.parametrize(
    ("entry", "classes"),
    [
        (REGISTRATION, ["PeakRegistrationUser"]),
        (REGISTRATION, ["RaceConditionUser"]),
        (INVENTORY, ["InventoryManagementUser", "OrderProcessingUser", "MonitoringUser", "HighConcurrencyUser"]),
        (INVENTORY, ["LastItemRaceUser"]),
    ],
)
def test_headless_run_leaves_its_files(target: Lab, tmp_path: Path, entry: str, classes: list[str]) -> None:
    run(target, tmp_path, entry, *SMALL, *classes)
    assert_sent_without_failure(tmp_path)


@pytest.mark.parametrize("entry", [REGISTRATION, INVENTORY])
def test_worker_of_a_master_sends_the_load(target: Lab, tmp_path: Path, entry: str) -> None:
    port = str(free_port())
    worker = start(target, entry, "--worker", "--master-host=localhost", f"--master-port={port}")
    try:
        run(target, tmp_path, entry, "--master", f"--master-bind-port={port}", "--expect-workers=1", *SMALL)
        worker.communicate(timeout=TIMEOUT_S)
    finally:
        worker.kill()
    assert worker.returncode == 0
    assert_sent_without_failure(tmp_path)


@pytest.mark.parametrize("entry", [REGISTRATION, INVENTORY])
def test_stages_give_the_load_its_shape(target: Lab, tmp_path: Path, entry: str) -> None:
    stages = "warm: 2 users, 2/s, 3s; peak: 6 users, 6/s, 4s"
    run(target, tmp_path, entry, "--headless", "--stages", stages)
    assert_sent_without_failure(tmp_path)
    history = [row for row in read_rows(tmp_path, "results_stats_history.csv") if row["Name"] == "Aggregated"]
    assert {"2", "6"} <= {row["User Count"] for row in history}


def test_unreadable_stages_are_refused_before_the_load(target: Lab) -> None:
    process = start(target, INVENTORY, "--headless", "--stages", "many users")
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode != 0
    assert "cannot parse stage 'many users': write it like" in err
