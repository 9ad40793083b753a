import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from stampede.errors import StampedeError
from stampede.load.generator import LOCUST_FILES, Condition, Generator, ProcessUsage, Progress, Reports, explain
from tests.conftest import free_port
from tests.unit.stampede.builders import make_plan
from tests.unit.stampede.pages import PageServer, page_server

RUN = {
    "run_id": "one",
    "classes": ["Buyer"],
    "workers": {"w1": 0, "w2": 1},
    "reports": {"w1": {"rank": 0}},
    "tags": {"Buyer": [["a"]]},
    "options": ["auth"],
}
STATS = {
    "state": "running",
    "user_count": 5,
    "stats": [
        {"name": "a"},
        {"name": "Aggregated", "num_requests": 9, "num_failures": 2, "current_rps": 3.5},
    ],
    "workers": [{"id": "w1", "state": "running"}, {"id": "w2", "state": "missing"}],
}


@pytest.fixture
def master() -> Iterator[PageServer]:
    with page_server() as server:
        yield server


def test_progress_leaves_out_lost_workers(master: PageServer) -> None:
    master.pages["/stats/requests"] = json.dumps(STATS)
    expected = Progress("running", 5, 9, 2, 3.5, frozenset({"w1"}))
    assert Generator(master.url).read_progress() == expected


def test_progress_before_the_first_request(master: PageServer) -> None:
    master.pages["/stats/requests"] = json.dumps({"state": "ready", "user_count": 0, "stats": []})
    assert Generator(master.url).read_progress() == Progress("ready", 0, 0, 0, 0.0, frozenset())


def test_condition_is_read(master: PageServer) -> None:
    fields = {"run_id": "one", "state": "stopped", "users": 0, "workers": {"w1": "ready", "w2": "missing"}}
    master.pages["/stampede/condition"] = json.dumps(fields)
    condition = Generator(master.url).read_condition()
    assert condition == Condition("one", "stopped", 0, {"w1": "ready", "w2": "missing"})
    assert condition.idle == {"w1"}
    assert (condition.is_busy, condition.is_active) == (False, False)


@pytest.mark.parametrize(
    "fields",
    [{"state": "spawning"}, {"state": "stopping"}, {"users": 1}, {"workers": {"w1": "running"}}],
)
def test_anything_going_on_is_busy(fields: dict[str, Any]) -> None:
    assert Condition(**{"run_id": "", "state": "ready", "users": 0, "workers": {"w1": "ready"}, **fields}).is_busy


def test_restart_is_ordered(master: PageServer) -> None:
    with pytest.raises(StampedeError, match="was not restarted: 404"):
        Generator(master.url).restart()
    master.pages["/stampede/restart"] = "{}"
    Generator(master.url).restart()
    assert "/stampede/restart" in master.posted


def test_reports_of_the_latest_run_are_read(master: PageServer) -> None:
    master.pages["/stampede/run"] = json.dumps(RUN)
    expected = Reports("one", ("Buyer",), {"w1": 0, "w2": 1}, {"w1": {"rank": 0}}, {"Buyer": [["a"]]}, ["auth"])
    assert Generator(master.url).read_reports() == expected


def test_locustfile_without_crowd_is_told(master: PageServer) -> None:
    with pytest.raises(StampedeError, match=r"does not import stampede\.crowd"):
        Generator(master.url).read_reports()


def test_silent_master_is_no_missing_crowd() -> None:
    with pytest.raises(StampedeError, match=r"The load generator at http://127\.0\.0\.1:404 did not answer"):
        Generator("http://127.0.0.1:404").read_reports()


def test_answer_without_json_is_told(master: PageServer) -> None:
    master.pages["/stampede/usage"] = "<html>"
    with pytest.raises(StampedeError, match="something else than JSON"):
        Generator(master.url).read_usage()


def test_usage_and_exceptions_are_read(master: PageServer) -> None:
    master.pages["/stampede/usage"] = json.dumps({"cpu_s": 1.5, "memory_bytes": 7})
    master.pages["/exceptions"] = json.dumps({"exceptions": [{"count": 3, "msg": "KeyError: 'id'"}]})
    generator = Generator(master.url)
    assert generator.read_usage() == ProcessUsage(1.5, 7)
    assert list(generator.read_exceptions()) == ["the users' code raised 3 times: KeyError: 'id'"]


def test_clock_offset_has_a_bound(master: PageServer) -> None:
    master.pages["/stampede/time"] = json.dumps({"time": time.time() + 50})
    offset_s, error_s = Generator(master.url).measure_clock()
    assert 0 < error_s < 1
    assert abs(offset_s - 50) < 1


def test_start_sends_plan_and_options(master: PageServer) -> None:
    master.pages["/swarm"] = json.dumps({"success": True})
    plan = make_plan(user_classes=("Buyer", "Viewer"))
    Generator(master.url).start(plan, "one", "http://target/shop", {"reads": 0.5})
    assert master.posted["/swarm"] == {
        "user_count": ["10"],
        "spawn_rate": ["10.0"],
        "run_time": ["30s"],
        "host": ["http://target/shop"],
        "user_classes": ["Buyer", "Viewer"],
        "run_id": ["one"],
        "reads": ["0.5"],
    }


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (json.dumps({"success": False, "message": "Try again."}), r"the run: Try again\.$"),
        ("<html>", "did not start the run: "),
    ],
)
def test_refused_start_is_told(master: PageServer, answer: str, told: str) -> None:
    master.pages["/swarm"] = answer
    with pytest.raises(StampedeError, match=told):
        Generator(master.url).start(make_plan(), "one", "http://target", {})


def test_failed_stop_is_told(master: PageServer) -> None:
    with pytest.raises(StampedeError, match="did not stop: 404"):
        Generator(master.url).stop()


def test_history_is_saved(master: PageServer, tmp_path: Path) -> None:
    master.pages["/stampede/history/w1"] = "pieces"
    Generator(master.url).save_history("w1", tmp_path / "kept")
    assert (tmp_path / "kept").read_text() == "pieces"


def test_missing_locust_file_costs_only_itself(master: PageServer, tmp_path: Path) -> None:
    kept = dict(LOCUST_FILES)
    del kept["locust_failures.csv"]
    master.pages |= dict.fromkeys(kept.values(), "rows")
    (missing,) = Generator(master.url).save_locust_files(tmp_path)
    assert "/stats/failures/csv" in missing
    assert {path.name for path in tmp_path.iterdir()} == kept.keys()


def test_master_that_is_gone_is_told_in_words() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(StampedeError) as raised:
        Generator(url).read_condition()
    assert (
        str(raised.value) == f"The load generator at {url} did not answer /stampede/condition: nothing listens there."
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (requests.ReadTimeout("HTTPConnectionPool(…)"), "no answer in time"),
        (requests.ConnectionError("('Connection aborted.', …)"), "the connection was closed"),
        (requests.ConnectionError("Failed to resolve 'nowhere'"), "its host is not known"),
        (requests.ConnectionError("[Errno 113] No route to host"), "no connection"),
        (requests.HTTPError("404 Client Error"), "404 Client Error"),
    ],
)
def test_failed_request_is_told_in_words(error: Exception, told: str) -> None:
    assert explain(error) == told
