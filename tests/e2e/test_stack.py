import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests import ROOT
from tests.conftest import wait_until
from tests.e2e.conftest import RACE, Lab

FOREIGN = """
import random
from datetime import datetime, timezone
from locust import HttpUser, constant, task

class Student(HttpUser):
    wait_time = constant(0.05)

    def on_start(self):
        number = f"STU{random.randint(10000, 10999)}"
        login = self.client.post("/auth/login", json={"student_number": number, "password": "test123"}).json()
        self.client.headers["Authorization"] = "Bearer " + login["access_token"]
        now = datetime.now(timezone.utc)
        semester = next(s for s in self.client.get("/semesters/").json() if
            datetime.fromisoformat(s["registration_start"]) <= now <= datetime.fromisoformat(s["registration_end"]))
        self.semester = semester["id"]
        self.courses = [c["id"] for c in self.client.get(f"/semesters/{self.semester}/courses", name="courses").json()]
        self.mine = set()

    @task
    def register(self):
        course = random.choice([c for c in self.courses if c not in self.mine])
        with self.client.post(f"/courses/{course}/register", name="register", catch_response=True) as answer:
            if answer.status_code == 409:
                answer.success()
            elif answer.json()["status"] in ("ENROLLED", "RESERVED"):
                self.mine.add(course)

    @task
    def drop(self):
        if self.mine:
            course = self.mine.pop()
            with self.client.post(f"/courses/{course}/drop", name="drop", catch_response=True) as answer:
                if answer.status_code == 404:
                    answer.success()

    @task
    def look(self):
        self.client.get(f"/semesters/{self.semester}/my-courses", name="mine")
"""


def test_stack_comes_up_once_and_goes_down_whole(lab: Lab) -> None:
    assert lab.call("status")[0] == 1
    assert lab.call("up")[0] == 0
    assert all(len(lab.find(module)) == 1 for module in ("api.worker", "api.scheduler"))
    before = {process.pid for process in lab.processes()}
    assert lab.call("up")[0] == 0
    assert {process.pid for process in lab.processes()} == before
    assert lab.call("status")[0] == 0
    assert lab.call("down")[0] == 0
    assert lab.processes() == []
    assert not any(psutil.pid_exists(pid) for pid in before)


def test_down_finds_what_a_killed_supervisor_left_behind(lab: Lab) -> None:
    assert lab.call("up")[0] == 0
    lab.find("supervisord")[0].kill()
    assert lab.processes() != []
    assert lab.call("down")[0] == 0
    assert lab.processes() == []


def test_taken_port_is_named_with_the_variable_that_changes_it(lab: Lab) -> None:
    with socket.socket() as holder:
        # Connections of the lab just taken down may still linger on the port.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", int(lab.environment["API_PORT"])))
        holder.listen()
        code, _, err = lab.call("up")
    assert code == 2
    assert lab.environment["API_PORT"] in err
    assert "API_PORT" in err
    assert len(err.strip().splitlines()) == 1
    assert lab.processes() == []


def test_unknown_locking_is_one_sentence_and_leaves_nothing(lab: Lab) -> None:
    code, _, err = lab.call(*RACE, LOCKING="hope")
    assert code == 2
    assert "LOCKING: Input should be 'row_lock', 'atomic'" in err
    assert lab.verdict()["verdict"] == "UNKNOWN"
    assert lab.processes() == []


def test_another_locking_than_the_running_one_is_refused(up: Lab) -> None:
    code, _, err = up.call(*RACE, LOCKING="none")
    assert code == 2
    assert "LOCKING=row_lock (now set: none)" in err
    assert up.verdict()["verdict"] == "UNKNOWN"


def test_web_ui_offers_the_cast_and_its_run_can_be_verified(up: Lab) -> None:
    url = up.url("WEB_PORT")
    classes = requests.get(f"{url}/stampede/run", timeout=5).json()["classes"]
    assert classes == [
        "BulkOperationsUser",
        "DropAutoPromotionUser",
        "ErrorConditionsUser",
        "EveryOperationUser",
        "HighConcurrencyUser",
        "HighFrequencyMonitoringUser",
        "HotCourseUser",
        "InventoryManagementUser",
        "LastItemRaceUser",
        "MonitoringUser",
        "OrderProcessingUser",
        "PeakRegistrationUser",
        "RaceConditionUser",
        "ReserveQueuePressureUser",
        "StockDepletionRecoveryUser",
    ]
    page = requests.get(url, timeout=5).text
    assert all(name in page for name in classes)
    form = {"user_count": 10, "spawn_rate": 10, "user_classes": "RaceConditionUser", "run_time": "5s"}
    assert requests.post(f"{url}/swarm", data=form, timeout=10).json()["success"]
    await_end(url)
    code, out, _ = up.call("verify")
    assert code == 0, out
    assert all(f"{system} (verify alone)" in out for system in ("registration", "inventory"))
    assert out.strip().splitlines()[-1] == "VERDICT  PASS  (inventory PASS, registration PASS)"


def test_web_ui_sends_one_systems_users_to_no_other_system(up: Lab) -> None:
    url, target = up.url("WEB_PORT"), up.url("API_PORT")
    # The form keeps the host of the run before.
    form = {"user_count": 10, "spawn_rate": 10, "host": f"{target}/registration", "run_time": "5s", "think_time": "0"}
    before = ""
    for user_class in ("PeakRegistrationUser", "HighConcurrencyUser"):
        start_load(url, {**form, "user_classes": user_class})
        run = await_end(url, before)
        before = run["run_id"]
        phases = [phase for report in run["reports"].values() for phase in report["phases"]]
        assert [phase["failures"] for phase in phases] == [{}] * len(phases)
        assert sum(report["operations"] for report in run["reports"].values()) > 0


def start_load(url: str, form: dict[str, Any]) -> None:
    """Locust refuses a start while it stops the run before, and carries out every start that it accepts."""

    def start() -> bool:
        answer = requests.post(f"{url}/swarm", data=form, timeout=10).json()
        assert answer["success"] or "try again" in answer["message"]
        return bool(answer["success"])

    wait_until(start)


def await_end(url: str, before: str = "") -> dict[str, Any]:
    """The run that followed `before`, as its workers reported it."""

    def read() -> dict[str, Any]:
        fields: dict[str, Any] = requests.get(f"{url}/stampede/run", timeout=5).json()
        return fields

    wait_until(lambda: (run := read())["run_id"] != before and len(run["reports"]) == 2)
    return read()


def test_client_that_knows_only_the_contract_runs_without_a_failure(up: Lab, tmp_path: Path) -> None:
    (tmp_path / "foreign.py").write_text(FOREIGN)
    host = f"http://localhost:{up.environment['API_PORT']}/registration"
    options = ["--headless", "-u", "20", "-r", "20", "-t", "6s", "--host", host, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", "foreign.py", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    rows = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert sum(row["num_requests"] for row in rows) > 100
    assert sum(row["num_failures"] for row in rows) == 0
    code, out, _ = up.call("verify")
    assert code == 0, out


@pytest.mark.parametrize(
    "query",
    [
        """select course_id, count(*) as enrolled_count, max_capacity
        from course_registrations cr
        join courses c on cr.course_id = c.id
        where cr.status = 'ENROLLED'
        group by course_id, max_capacity
        having count(*) > max_capacity;""",
        """select course_id, reserve_position, count(*) as count
        from course_registrations
        where status = 'RESERVED'
        group by course_id, reserve_position
        having count(*) > 1;""",
    ],
    ids=["overflow", "queue"],
)
def test_documents_queries_run_as_printed(up: Lab, query: str) -> None:
    code, out, err = up.call("psql", "--command", query)
    assert code == 0, err
    assert "(0 rows)" in out


def test_verify_without_a_world_says_how_to_make_one(lab: Lab, tmp_path: Path) -> None:
    code, _, err = lab.call("verify", STATE=str(tmp_path / "empty"), REPORTS=str(tmp_path / "reports"))
    assert code == 2
    assert "stampede seed" in err
    assert ROOT.joinpath("sql").exists()
