"""The sampler with a target that reports what a test sets, without a database."""

import time
from collections.abc import Iterator

import pytest

from stampede.load.generator import Generator
from stampede.observe.sampler import Sampler
from stampede.observe.usage import Component, Spread
from stampede.observe.usage import Usage as Measured
from stampede.suite.model import Suite, Target, Usage
from tests.unit.stampede.builders import LOAD, make_suite
from tests.unit.stampede.pages import PageServer, page_server

FIRST = 'cpu{pid="1"} 5\ncpu{pid="2"} 3\nmemory{pid="1"} 100\nmemory{pid="2"} 50\nwaiting 2\nretries_total 10\n'
LAST = 'cpu{pid="1"} 7\nmemory{pid="1"} 120\nwaiting 4\nretries_total 25\n'


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[PageServer]:
    monkeypatch.setattr("stampede.observe.sampler.PERIOD_S", 0.01)
    with page_server() as server:
        server.pages["/metrics"] = FIRST
        yield server


def suite_of(target: PageServer) -> Suite:
    metrics = Target(
        target.url,
        metrics="/metrics",
        gauges={"queue": "waiting"},
        counters={"retries": "retries_total"},
        usage={"api": Usage("cpu", "memory")},
    )
    return make_suite(target=metrics)


def await_samples(target: PageServer, more: int = 2) -> None:
    wanted, deadline = target.hits["/metrics"] + more, time.monotonic() + 10
    while target.hits["/metrics"] < wanted:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def sample(target: PageServer, *texts: str) -> Measured:
    """The usage of a run during which the metrics page shows these texts in turn."""
    with Sampler(suite_of(target), Generator(target.url)) as sampler:
        for text in texts:
            target.pages["/metrics"] = text
            await_samples(target)
    return sampler.describe(LOAD)


def test_ended_process_keeps_its_cpu_time(target: PageServer) -> None:
    assert sample(target, LAST).components["api"] == Component(2.0, 0.2, 150)


def test_counter_is_its_increase_over_the_run(target: PageServer) -> None:
    assert sample(target, LAST).counters == {"retries": 15.0}


def test_peak_between_the_ends_is_seen(target: PageServer) -> None:
    usage = sample(target, FIRST.replace('memory{pid="1"} 100', 'memory{pid="1"} 900'), FIRST)
    assert usage.components["api"].memory_bytes == 950


def test_gauges_are_sampled_over_the_run(target: PageServer) -> None:
    queue = sample(target, LAST).gauges["queue"]
    assert isinstance(queue, Spread)
    assert queue.max == 4
    assert 2 < queue.mean < 4


def test_generators_report_their_cpu_at_the_end(target: PageServer) -> None:
    target.pages["/stampede/usage"] = '{"cpu_s": 3.0, "memory_bytes": 70}'
    assert sample(target).components["locust"] == Component(LOAD.cpu_s, LOAD.cpu_s / LOAD.total_s, 70)


def test_hanging_target_does_not_delay_an_error(target: PageServer) -> None:
    sampler = Sampler(suite_of(target), Generator(target.url)).__enter__()
    target.answering.clear()
    started = time.monotonic()
    sampler.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert time.monotonic() - started < 1


def test_gauges_of_the_last_second_count(target: PageServer) -> None:
    with Sampler(suite_of(target), Generator(target.url)) as sampler:
        pass
    target.pages["/metrics"] = LAST  # the target writes its gauges once a second
    assert sampler.describe(LOAD).components["api"].cpu_s == 2.0


def test_counter_of_a_target_that_was_restarted_is_unknown(target: PageServer) -> None:
    assert sample(target, "retries_total 2\n", "retries_total 40\n").counters == {"retries": None}
