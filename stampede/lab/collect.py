"""After the load: every worker's report and history, and a target and database that are at rest."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stampede.errors import StampedeError
from stampede.evidence.collect import Collected, WorkerHistory, collect_operations
from stampede.load.account import Account, merge_reports, tally_reports
from stampede.load.generator import Generator
from stampede.load.series import Second, merge_series
from stampede.load.statistics import Load
from stampede.observe.target import TargetClient
from stampede.suite.model import Suite
from stampede.verify.database import await_quiet

REPORT_TIMEOUT_S = 40.0
QUIET_TIMEOUT_S = 15.0
UNKNOWN_CLOCK_ERROR_S = 60.0
POLL_S = 0.5
FORGOTTEN = "Locust's master no longer knew this run (was it restarted?), so what was sent was not reported"


@dataclass(frozen=True, slots=True)
class Handover:
    """What the load generators handed over. Without reports there is neither load nor account, and no series."""

    load: Load | None
    account: Account | None
    histories: tuple[WorkerHistory, ...]
    collected: Collected | None
    gaps: bool
    troubles: tuple[str, ...]
    series: tuple[Second, ...] = ()


def quiesce(suite: Suite, generator: Generator, run_id: str, lost: frozenset[str]) -> list[str]:
    """Wait for the workers' last reports, the requests in flight and the open transactions; what did not end."""
    steps = (
        lambda: _await_workers(generator, run_id, lost),
        lambda: _await_target(suite),
        lambda: _await_database(suite),
    )
    return list(_attempt(*steps))


def await_rest(suite: Suite) -> list[str]:
    """Wait for the requests in flight and the open transactions; what did not end."""
    return list(_attempt(lambda: _await_target(suite), lambda: _await_database(suite)))


def _attempt(*steps: Callable[[], str | None]) -> Iterator[str]:
    """Run every step; a sentence for each that fails or reports one."""
    for step in steps:
        try:
            trouble = step()
        except StampedeError as error:
            trouble = str(error)
        if trouble:
            yield trouble


def _await_workers(generator: Generator, run_id: str, lost: frozenset[str]) -> None:
    """Wait for all workers that took part, also those that joined after the start, but not for lost ones.

    A worker that does not report within the timeout is named when the reports are collected. A master that was
    restarted knows no run, and gets no report.
    """
    deadline = time.monotonic() + REPORT_TIMEOUT_S
    while time.monotonic() < deadline:
        reports = generator.read_reports()
        if reports.run_id != run_id or reports.ranks.keys() - lost <= reports.reports.keys():
            return
        time.sleep(POLL_S)


def _await_target(suite: Suite) -> str | None:
    client, deadline = TargetClient(suite), time.monotonic() + QUIET_TIMEOUT_S
    if not suite.target.in_flight:
        return None
    time.sleep(suite.target.in_flight_delay_s)
    while pending := client.count_in_flight():
        if time.monotonic() > deadline:
            return f"the target still had {pending:.0f} requests in flight {QUIET_TIMEOUT_S:.0f} s after the load"
        time.sleep(POLL_S)
    if pending is None:
        return f"the target does not report its requests in flight at {suite.target.url}{suite.target.metrics}"
    return None


def _await_database(suite: Suite) -> str | None:
    if suite.database is None:
        return None
    return await_quiet(suite.database.url, suite.database.queues, QUIET_TIMEOUT_S)


def collect(
    generator: Generator, run_id: str, lost: frozenset[str], folder: Path, stages: Sequence[str] = ()
) -> Handover:
    """Download the workers' histories and write operations.parquet into `folder`."""
    try:
        reports = generator.read_reports()
    except StampedeError as error:
        return Handover(None, None, (), None, gaps=True, troubles=(str(error),))
    if reports.run_id != run_id:
        return Handover(None, None, (), None, gaps=True, troubles=(FORGOTTEN,))
    received = reports.reports
    missing = sorted(reports.ranks.keys() - received.keys() - lost)
    troubles = [f"load generator {worker} did not report after the run" for worker in missing]
    if not received:
        return Handover(None, None, (), None, gaps=True, troubles=tuple(troubles))
    troubles += _attempt(*(_download_step(generator, worker, folder) for worker in received))
    troubles += [trouble for worker, report in received.items() for trouble in _describe_damage(worker, report)]
    histories = tuple(_describe_history(worker, report, folder) for worker, report in sorted(received.items()))
    collected = collect_operations([one for one in histories if one.path.exists()], folder)
    for one in histories:
        one.path.unlink(missing_ok=True)  # operations.parquet holds it from now on
    gaps = bool(missing or lost) or collected.gaps or len(troubles) > len(missing)
    troubles += collected.troubles
    load, account = merge_reports(received, stages), tally_reports(received, stages)
    return Handover(load, account, histories, collected, gaps, tuple(troubles), merge_series(received, stages))


def _describe_damage(worker: str, report: dict[str, Any]) -> Iterator[str]:
    """What makes a worker's history unusable as evidence."""
    if report["damage"]:
        yield f"load generator {worker} could not record its operations: {report['damage']}"
    if report["offset_s"] is None:
        yield f"the clock of load generator {worker} was never compared with the master's"


def _path(worker: str, folder: Path) -> Path:
    return folder / f"history-{worker}.jsonl.gz"


def _download_step(generator: Generator, worker: str, folder: Path) -> Callable[[], None]:
    return lambda: generator.save_history(worker, _path(worker, folder))


def _describe_history(worker: str, report: dict[str, Any], folder: Path) -> WorkerHistory:
    return WorkerHistory(
        path=_path(worker, folder),
        id=worker,
        rank=report["rank"],
        operations=report["operations"],
        complete=report["complete"],
        offset_s=report["offset_s"] or 0.0,
        error_s=UNKNOWN_CLOCK_ERROR_S if report["error_s"] is None else report["error_s"],
    )
