import pytest

from stampede.usage import Component, Look, Spread, add_cpu, describe_component, describe_spread, read_processes

STAT = "{pid} (postgres: a) b) S 1 7 7 0 -1 4194560 100 200 3 4 {utime} {stime} {cutime} {cstime} 20 0 1 0 9 1000 10"
STATUS = (
    "Name:\tpostgres\nVmRSS:\t    9000 kB\nRssAnon:\t{anon:>8} kB\nRssFile:\t    5000 kB\nRssShmem:\t{shared:>8} kB\n"
)


def process(pid: int, ticks: tuple[int, int, int, int], anon: int, shared: int) -> tuple[str, str]:
    names = ("utime", "stime", "cutime", "cstime")
    return STAT.format(pid=pid, **dict(zip(names, ticks, strict=True))), STATUS.format(anon=anon, shared=shared)


def test_processes_add_up_and_shared_memory_counts_once() -> None:
    look = read_processes([process(1, (3, 1, 6, 10), 500, 18000), process(2, (70, 10, 0, 0), 800, 9000)])
    assert look == Look(1.0, (500 + 800 + 18000) * 1024)


def test_process_that_ended_while_it_was_read_is_left_out() -> None:
    alive = process(1, (50, 50, 0, 0), 500, 100)
    assert read_processes([alive, (None, None), (alive[0], None)]) == read_processes([alive])


def test_server_without_proc_is_not_known() -> None:
    assert read_processes([(None, None)]) is None
    assert read_processes([]) is None


def test_memory_that_the_kernel_does_not_split_is_not_known() -> None:
    stat, _ = process(1, (50, 50, 0, 0), 0, 0)
    assert read_processes([(stat, "VmRSS:\t 9000 kB\n")]) == Look(1.0, None)


def test_component_is_what_lies_between_the_first_look_and_the_last() -> None:
    looks = [Look(10.0, 300), Look(11.0, 900), Look(16.0, 400)]
    assert describe_component(looks, 12.0) == Component(6.0, 0.5, 900)


def test_idle_server_used_nothing_which_is_known() -> None:
    assert describe_component([Look(10.0, 300), Look(10.0, 300)], 12.0) == Component(0.0, 0.0, 300)


@pytest.mark.parametrize("looks", [[], [Look(5.0, None)], [Look(5.0, None), Look(0.2, None)]])
def test_server_that_was_not_seen_twice_or_started_anew_is_not_known(looks: list[Look]) -> None:
    assert describe_component(looks, 12.0) == Component(None, None, None)


def test_cores_of_a_run_without_load_are_not_known() -> None:
    assert describe_component([Look(10.0, 300), Look(11.0, 300)], 0.0) == Component(1.0, None, 300)


def test_load_generators_cpu_joins_the_masters() -> None:
    looks = [Look(1.0, 100), Look(2.0, 100)]
    assert describe_component(add_cpu(looks, 5.0), 12.0) == Component(6.0, 0.5, 100)


def test_load_generators_that_gave_no_account_are_not_known() -> None:
    assert describe_component(add_cpu([Look(1.0, 100), Look(2.0, 100)], None), 12.0).cpu_s is None
    assert add_cpu([], 5.0) == []


def test_counts_have_a_mean_and_a_maximum_or_are_not_known() -> None:
    assert describe_spread([1, 2, 6]) == Spread(3.0, 6)
    assert describe_spread([0, 0]) == Spread(0.0, 0)
    assert describe_spread([]) is None
