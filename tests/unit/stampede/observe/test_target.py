import json
from collections.abc import Iterator

import pytest
from prometheus_client.samples import Sample

from stampede.errors import StampedeError
from stampede.observe.target import Health, TargetClient, add_up, select
from stampede.suite.model import Guard, Target
from tests.unit.stampede.builders import make_suite
from tests.unit.stampede.pages import page_server

SAMPLES = (
    Sample("cache_total", {"result": "hit", "pid": "1"}, 3.0),
    Sample("cache_total", {"result": "hit", "pid": "2"}, 4.0),
    Sample("cache_total", {"result": "miss", "pid": "1"}, 5.0),
    Sample("waiting", {}, 0.0),
)
PAGES = {
    "/health": json.dumps({"status": "ready", "lock": "atomic"}),
    "/list": "[1]",
    "/down": "<html>",
    "/metrics": '# TYPE waiting gauge\nwaiting{pid="1"} 2\nwaiting{pid="2"} 3\n# TYPE used gauge\nused 1\n',
    "/broken": "waiting{pid= 2\n",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with page_server() as server:
        server.pages |= PAGES
        server.statuses["/down"] = 503
        yield server.url


def client(url: str, **fields: object) -> TargetClient:
    guards = {"LOCK": Guard("row", ("row",), shown="lock"), "CACHE": Guard("on", ("on",)), "MAIL": Guard("x", ("x",))}
    return TargetClient(make_suite(target=Target(url, **fields), guards=guards))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("metric", "values"),
    [
        ("cache_total", [3.0, 4.0, 5.0]),
        ("cache_total{result=hit}", [3.0, 4.0]),
        ("cache_total{result=hit,pid=2}", [4.0]),
        ("cache_total{result=late}", []),
        ("cache", []),
    ],
)
def test_metric_is_selected_by_name_and_labels(metric: str, values: list[float]) -> None:
    assert [sample.value for sample in select(SAMPLES, metric)] == values


@pytest.mark.parametrize(
    ("metrics", "total"),
    [
        (["cache_total{result=hit}", "waiting"], 7.0),
        (["waiting"], 0.0),
        (["nothing"], None),
        ([], None),
    ],
)
def test_metrics_add_up(metrics: list[str], total: float | None) -> None:
    assert add_up(iter(SAMPLES), metrics) == total


def test_health_answer_is_read(url: str) -> None:
    told = client(url, health="/health")
    health = told.read_health()
    assert health == Health(True, 200, {"status": "ready", "lock": "atomic"})
    assert told.read_strategies(health) == {"LOCK": "atomic"}


@pytest.mark.parametrize(("path", "ready", "status"), [("/list", True, 200), ("/down", False, 503)])
def test_health_answer_needs_no_json_object(url: str, path: str, ready: bool, status: int) -> None:
    assert client(url, health=path).read_health() == Health(ready, status, {})


def test_silent_target_is_named() -> None:
    with pytest.raises(StampedeError, match=r"The target at http://127\.0\.0\.1:1/ does not answer: ConnectionError"):
        client("http://127.0.0.1:1").read_health()


def test_requests_in_flight_are_summed(url: str) -> None:
    assert client(url, metrics="/metrics", in_flight=("waiting", "used")).count_in_flight() == 6.0


@pytest.mark.parametrize("page", ["", "/broken", "/list"])
def test_missing_metrics_are_unknown(url: str, page: str) -> None:
    assert client(url, metrics=page, in_flight=("waiting",)).count_in_flight() is None
