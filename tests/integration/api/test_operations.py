from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
import redis
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Lab, wait_until
from tests.integration.api.conftest import REQUEST_TIMEOUT_S, Campus

ONE_COURSE = "/registration/courses/{course_id}"
REQUESTS = 120


def metric(lab: Lab, name: str, **labels: str) -> float:
    page = requests.get(f"{lab.api_url}/metrics", timeout=REQUEST_TIMEOUT_S)
    samples = [sample for family in text_string_to_metric_families(page.text) for sample in family.samples]
    return sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items())


def count_of(lab: Lab, status: str = "200") -> float:
    return metric(lab, "api_request_seconds_count", method="GET", route=ONE_COURSE, status=status)


def test_healthz_answers(lab: Lab) -> None:
    answer = requests.get(f"{lab.api_url}/healthz", timeout=REQUEST_TIMEOUT_S)
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_readyz_names_locking_and_counts_processes(lab: Lab) -> None:
    answer = requests.get(f"{lab.api_url}/readyz", timeout=REQUEST_TIMEOUT_S)
    state = answer.json()
    assert state.pop("packages").keys() == {"fastapi", "uvicorn", "psycopg"}
    ((name, version),) = state.pop("servers").items()
    assert (name, version.split(".")[0]) in {("Valkey", "9"), ("Redis", "8")}
    assert (answer.status_code, state) == (
        200,
        {
            "status": "ready",
            "database": "up",
            "redis": "up",
            "locking": "row_lock",
            "answers": "truthful",
            "processes": 2,
            "workers": 2,
            "systems": ["inventory", "registration"],
        },
    )


def test_readyz_tells_another_locking_and_process_count(lab: Lab) -> None:
    with lab.target(LOCKING="none", API_WORKERS="3") as url:
        state = requests.get(f"{url}/readyz", timeout=REQUEST_TIMEOUT_S).json()
    assert (state["locking"], state["processes"], state["workers"]) == ("none", 3, 3)


def test_requests_of_both_processes_are_summed_exactly(lab: Lab, campus: Campus) -> None:
    course = campus.course()
    before = count_of(lab)
    # A connection for each request, so that both processes get some.
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(campus.get, [f"/courses/{course}"] * REQUESTS))
    assert {answer.status_code for answer in answers} == {200}
    # A request is counted when its answer has left, which the client may see first.
    wait_until(lambda: count_of(lab) >= before + REQUESTS)
    assert count_of(lab) == before + REQUESTS


def test_both_processes_tell_cpu_and_memory(lab: Lab) -> None:
    page = requests.get(f"{lab.api_url}/metrics", timeout=REQUEST_TIMEOUT_S)
    assert page.headers["Content-Type"].startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(page.text)}
    for name in ("api_process_cpu_seconds", "api_process_resident_bytes"):
        samples = families[name].samples
        assert len({sample.labels["pid"] for sample in samples}) == 2, name
        assert all(sample.value > 0 for sample in samples), name


def test_redis_usage_is_told_once(lab: Lab) -> None:
    def told(name: str) -> float:
        return metric(lab, name, component="redis")

    with redis.Redis.from_url(lab.settings.redis_url) as client:
        before = client.info()
        wait_until(lambda: told("api_component_cpu_seconds") >= before["used_cpu_sys"] + before["used_cpu_user"])
        after = client.info()
    assert told("api_component_cpu_seconds") <= after["used_cpu_sys"] + after["used_cpu_user"] + 0.1
    assert told("api_component_resident_bytes") == pytest.approx(after["used_memory_rss"], rel=0.2)


@pytest.mark.parametrize("page", ["readyz", "metrics"])
def test_process_that_has_just_made_its_metrics_file_disturbs_nobody(lab: Lab, tmp_path: Path, page: str) -> None:
    with lab.target(TMPDIR=str(tmp_path)) as url:
        (folder,) = tmp_path.glob("stampede-metrics-*")
        (folder / "counter_1.db").touch()
        answer = requests.get(f"{url}/{page}", timeout=REQUEST_TIMEOUT_S)
    assert answer.status_code == 200, answer.text


def test_requests_are_counted_by_route_and_status_never_by_path(lab: Lab, campus: Campus) -> None:
    refused, missing = count_of(lab, "404"), uuid4()
    assert campus.get(f"/courses/{missing}").status_code == 404
    wait_until(lambda: count_of(lab, "404") == refused + 1)
    assert str(missing) not in requests.get(f"{lab.api_url}/metrics", timeout=REQUEST_TIMEOUT_S).text


def test_cache_hits_and_misses_are_counted(lab: Lab, campus: Campus) -> None:
    semester = campus.semester()
    before = {result: metric(lab, "api_cache_total", result=result) for result in ("hit", "miss")}
    for _ in range(5):
        campus.get(f"/semesters/{semester}/courses")
    assert metric(lab, "api_cache_total", result="miss") == before["miss"] + 1
    assert metric(lab, "api_cache_total", result="hit") == before["hit"] + 4


def test_course_list_is_served_from_the_cache_for_a_limited_time(lab: Lab, campus: Campus) -> None:
    semester = campus.semester()
    campus.course(semester=semester)
    first = campus.get(f"/semesters/{semester}/courses")
    campus.course(semester=semester, name="Added later")
    again = campus.get(f"/semesters/{semester}/courses")
    assert again.content == first.content
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    with redis.Redis.from_url(lab.settings.redis_url) as client:
        assert 0 < int(client.ttl(f"registration:courses:{semester}")) <= 120


def test_unknown_semester_is_not_cached(lab: Lab, campus: Campus) -> None:
    unknown = uuid4()
    assert campus.get(f"/semesters/{unknown}/courses").status_code == 404
    with redis.Redis.from_url(lab.settings.redis_url) as client:
        assert client.exists(f"registration:courses:{unknown}") == 0


def test_pool_is_idle_when_nobody_asks(lab: Lab) -> None:
    wait_until(lambda: metric(lab, "api_pool_in_use") == metric(lab, "api_pool_waiting") == 0)
