import pytest

from stampede.observe.usage import (
    Component,
    Sample,
    Spread,
    add_cpu,
    count_since,
    describe_component,
    describe_spread,
    read_processes,
)

STAT = "{pid} (postgres: a) b) S 1 7 7 0 -1 4194560 100 200 3 4 {utime} {stime} {cutime} {cstime} 20 0 1 0 9 1000 10"
STATUS = (
    "Name:\tpostgres\nVmRSS:\t    9000 kB\nRssAnon:\t{anon:>8} kB\nRssFile:\t    5000 kB\nRssShmem:\t{shared:>8} kB\n"
)


def process(pid: int, ticks: tuple[int, int, int, int], anon: int, shared: int) -> tuple[str, str]:
    names = ("utime", "stime", "cutime", "cstime")
    return STAT.format(pid=pid, **dict(zip(names, ticks, strict=True))), STATUS.format(anon=anon, shared=shared)


def test_shared_memory_counts_once() -> None:
    sample = read_processes([process(1, (3, 1, 6, 10), 500, 18000), process(2, (70, 10, 0, 0), 800, 9000)])
    assert sample == Sample(1.0, (500 + 800 + 18000) * 1024)


def test_ended_process_is_left_out() -> None:
    alive = process(1, (50, 50, 0, 0), 500, 100)
    assert read_processes([alive, (None, None), (alive[0], None)]) == read_processes([alive])


def test_server_without_proc_is_unknown() -> None:
    assert read_processes([(None, None)]) is None
    assert read_processes([]) is None


def test_unsplit_memory_is_unknown() -> None:
    stat, _ = process(1, (50, 50, 0, 0), 0, 0)
    assert read_processes([(stat, "VmRSS:\t 9000 kB\n")]) == Sample(1.0, None)


def test_component_spans_first_to_last_sample() -> None:
    samples = [Sample(10.0, 300), Sample(11.0, 900), Sample(16.0, 400)]
    assert describe_component(samples, 12.0) == Component(6.0, 0.5, 900)


def test_idle_server_used_no_cpu() -> None:
    assert describe_component([Sample(10.0, 300), Sample(10.0, 300)], 12.0) == Component(0.0, 0.0, 300)


@pytest.mark.parametrize("samples", [[], [Sample(5.0, None)], [Sample(5.0, None), Sample(0.2, None)]])
def test_restarted_server_is_unknown(samples: list[Sample]) -> None:
    assert describe_component(samples, 12.0) == Component(None, None, None)


def test_cores_without_load_are_unknown() -> None:
    assert describe_component([Sample(10.0, 300), Sample(11.0, 300)], 0.0) == Component(1.0, None, 300)


def test_workers_cpu_joins_the_masters() -> None:
    samples = [Sample(1.0, 100), Sample(2.0, 100)]
    assert describe_component(add_cpu(samples, 5.0), 12.0) == Component(6.0, 0.5, 100)


def test_unreported_workers_cpu_is_unknown() -> None:
    assert describe_component(add_cpu([Sample(1.0, 100), Sample(2.0, 100)], None), 12.0).cpu_s is None
    assert add_cpu([], 5.0) == []


def test_spread_is_mean_and_maximum() -> None:
    assert describe_spread([1, 2, 6]) == Spread(3.0, 6)
    assert describe_spread([0, 0]) == Spread(0.0, 0)
    assert describe_spread([]) is None


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [(3.0, 10.0, 7.0), (3.0, 3.0, 0.0), (None, 10.0, None), (3.0, None, None), (10.0, 3.0, None)],
)
def test_counter_is_its_increase(before: float | None, after: float | None, counted: float | None) -> None:
    assert count_since(before, after) == counted
