"""The workers' reports, merged: the whole load, its window, and each stage."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stampede.load.statistics import UNITS_PER_MS, FailureRow, Latency, Load, PhaseRow, RequestRow, Tally, WorkerRow

Reports = Mapping[str, Mapping[str, Any]]
Key = tuple[str, int]  # part and stage
Wanted = Callable[[Key], bool]
RAMP, STEADY, TAIL = "ramp", "steady", "tail"


@dataclass(frozen=True, slots=True)
class View:
    """The run, or a stage of it. `window`: all users run, until the end is requested; `whole`: all of it.

    Latencies and rates are of the window; counts are of the whole, so that no failure hides in a ramp.
    `lag_p99_ms`: how late each load generator's event loop was in the window, by its id.
    """

    window: Tally
    whole: Tally
    lag_p99_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """All counts of a run: what thresholds are held against, and too much for verdict.json. Stages by their names."""

    run: View
    stages: Mapping[str, View]
    ramp: Tally
    tail: Tally


def tally_reports(reports: Reports, stages: Sequence[str] = ()) -> Account:
    """Merge the counts of the workers' reports; `stages` are the names of the plan's."""
    return Account(
        run=_view(reports, lambda key: key[0] == STEADY, lambda key: True),
        stages={name: _view_stage(reports, number) for number, name in enumerate(stages)},
        ramp=_tally(reports, lambda key: key[0] == RAMP),
        tail=_tally(reports, lambda key: key[0] == TAIL),
    )


def _view(reports: Reports, window: Wanted, whole: Wanted) -> View:
    lags = {client_id: _find_lag(report, window).percentile_ms(99) for client_id, report in reports.items()}
    return View(_tally(reports, window), _tally(reports, whole), lags)


def _view_stage(reports: Reports, number: int) -> View:
    return _view(reports, lambda key: key == (STEADY, number), lambda key: key[1] == number and key[0] != TAIL)


def _find_lag(report: Mapping[str, Any], wanted: Wanted) -> Latency:
    """How late the event loop of a load generator was in these phases."""
    lags: Counter[int] = Counter()
    for phase in report["phases"]:
        if wanted(_key(phase)):
            lags.update({int(late_ms) * UNITS_PER_MS: count for late_ms, count in phase["lags"]})
    return Latency(lags)


def _key(phase: Mapping[str, Any]) -> Key:
    return phase["part"], phase["stage"]


def _phases(reports: Reports, wanted: Wanted) -> list[Mapping[str, Any]]:
    return [phase for report in reports.values() for phase in report["phases"] if wanted(_key(phase))]


def _tally(reports: Reports, wanted: Wanted) -> Tally:
    phases = _phases(reports, wanted)
    return Tally(
        latencies=_merge(phases, "latencies", _read_pairs),
        failures=_merge(phases, "failures", Counter),
        kinds={name: kind for report in reports.values() for name, kind in report["kinds"].items()},
        duration_s=_measure_s(phases),
        outcomes=frozenset(outcome for report in reports.values() for outcome in report["outcomes"]),
        statuses=_merge(phases, "statuses", _read_pairs),
    )


def _measure_s(phases: Iterable[Mapping[str, Any]]) -> float:
    """Seconds of all these phases; of a phase, its longest at any worker, for one may have joined late."""
    longest: dict[Key, float] = {}
    for phase in phases:
        lasted_s = phase["ended_at"] - phase["began_at"]
        longest[_key(phase)] = max(longest.get(_key(phase), 0.0), lasted_s)
    return sum(longest.values())


def _read_pairs(pairs: Iterable[tuple[int, int]]) -> Counter[int]:
    return Counter({int(key): count for key, count in pairs})


def _merge(phases: Iterable[Mapping[str, Any]], key: str, read: Any) -> dict[str, Counter[Any]]:
    merged: dict[str, Counter[Any]] = {}
    for phase in phases:
        for name, counts in phase[key].items():
            merged.setdefault(name, Counter()).update(read(counts))
    return merged


def merge_reports(reports: Reports, stages: Sequence[str] = ()) -> Load:
    """Merge the workers' reports, by client id, into one description."""
    account = tally_reports(reports, stages)
    window, whole = account.run.window, account.run.whole
    starts = [report["first_at"] for report in reports.values() if report["first_at"]]
    ends = [report["last_at"] for report in reports.values()]
    return Load(
        requests=whole.latency.total,
        failures=whole.failed,
        duration_s=window.duration_s,
        cpu_s=sum(report["cpu_s"] for report in reports.values()),
        latency=dict(window.latency.counts),
        rows=tuple(_row(account, name) for name in sorted(whole.latencies)),
        failure_rows=tuple(
            FailureRow(name, reason, count)
            for name in sorted(whole.failures)
            for reason, count in whole.failures[name].most_common()
        ),
        workers=tuple(_worker(client_id, report) for client_id, report in sorted(reports.items())),
        departures=dict(sum((Counter(report.get("departures", {})) for report in reports.values()), Counter())),
        total_s=max(ends) - min(starts) if starts else 0.0,
        phases=tuple(_describe_phases(reports, stages)),
    )


def _row(account: Account, name: str) -> RequestRow:
    places = (("", account.run.window), (RAMP, account.ramp), (TAIL, account.tail))
    only_in, place = next((where, tally) for where, tally in places if name in tally.latencies)
    latency, whole = Latency(place.latencies[name]), account.run.whole
    failed = whole.failures[name].total() if name in whole.failures else 0
    p50_ms, p95_ms, p99_ms = (latency.percentile_ms(percent) for percent in (50, 95, 99))
    times = (latency.average_ms, p50_ms, p95_ms, p99_ms, latency.max_ms)
    return RequestRow(name, whole.latencies[name].total(), failed, *times, whole.kinds[name], only_in)


def _describe_phases(reports: Reports, stages: Sequence[str]) -> Iterable[PhaseRow]:
    """In their order: ramp and steady phase of each stage, then the tail of the last one."""
    names = stages or ("",)
    for number, name in enumerate(names):
        yield _phase_row(reports, f"ramp to {name}" if name else RAMP, (RAMP, number))
        yield _phase_row(reports, name or "all users", (STEADY, number))
    tally = _tally(reports, lambda key: key[0] == TAIL)
    yield _describe_phase(TAIL, tally)


def _phase_row(reports: Reports, name: str, key: Key) -> PhaseRow:
    return _describe_phase(name, _tally(reports, lambda one: one == key))


def _describe_phase(name: str, tally: Tally) -> PhaseRow:
    latency = tally.latency
    times = (latency.percentile_ms(percent) for percent in (50, 95, 99))
    return PhaseRow(name, tally.duration_s, latency.total, tally.failed, *times)


def _worker(client_id: str, report: Mapping[str, Any]) -> WorkerRow:
    requests = sum(count for phase in report["phases"] for pairs in phase["latencies"].values() for _, count in pairs)
    elapsed_s = report["last_at"] - report["first_at"] if report["first_at"] else 0.0
    share = report["cpu_s"] / elapsed_s if elapsed_s else 0.0
    lag = _find_lag(report, lambda key: key[0] == STEADY)
    operations, complete = report["operations"], report["complete"]
    return WorkerRow(client_id, requests, operations, share, complete, lag.percentile_ms(99), lag.max_ms)
