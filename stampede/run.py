"""A run, step by step: preflight, world, load, quiesce, verify, judge."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stampede.environment import describe_environment
from stampede.errors import StampedeError
from stampede.faults import Injector
from stampede.generator import ACTIVE_STATES, IDLE_STATES, Generator, Progress
from stampede.history import Operation, read_history
from stampede.plans import Plan, describe_plan, read_faults, read_thresholds, read_world
from stampede.sampler import Sampler
from stampede.settings import Settings
from stampede.statistics import Load, Tally, merge_reports, tally_reports
from stampede.target import Target, describe_cache
from stampede.thresholds import evaluate
from stampede.verdict import Judgement, judge, worst
from stampede.verification import Verification, await_quiet, check_fresh_world, connect, verify
from stampede.worlds import replace_world

MIN_PROCESSES = 2
WORKERS_TIMEOUT_S = 30.0
QUIESCE_TIMEOUT_S = 40.0
QUIET_TIMEOUT_S = 15.0
START_TIMEOUT_S = 10.0
EARLY_END_S = 1.0
STALE_S = 3.0  # the web API answers from a cache of two seconds
POLL_S = 0.5
POOL_REPORT_S = 1.2


@dataclass
class Watch:
    """What shows a run while it goes on."""

    say: Callable[[str], None]
    progress: Callable[[Progress, float], None] = lambda progress, elapsed_s: None


@dataclass
class Sight:
    """What was seen of a run while it went on."""

    lost: frozenset[str] = frozenset()
    most_users: int = 0
    elapsed_s: float = 0.0
    ended: bool = False
    missed_faults: list[str] = field(default_factory=list)


@dataclass
class Account:
    """What is known of the load when it is over."""

    load: Load | None = None
    tally: Tally | None = None
    operations: list[Operation] | None = None
    gaps: bool = False
    troubles: list[str] = field(default_factory=list)


def name_run(system: str, plan: str) -> str:
    """`<system>-<plan>-<UTC time>`, the name of a run and of its report folder."""
    return f"{system}-{plan}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def conduct(settings: Settings, plan: Plan, run: str, watch: Watch) -> Judgement:
    """Run a plan against the stack that the settings name, and judge it.

    Raises:
        StampedeError: the run could not be made; nothing is known then.
        KeyboardInterrupt: it was broken off; the load is stopped first.
    """
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    generator, target = Generator(settings.locust_url), Target(settings.target_url)
    watch.say("preflight")
    readiness, workers = _preflight(settings, plan, generator, target, watch)
    watch.say(f"world: {plan.system}, seed {plan.seed}")
    replace_world(settings, plan.system, plan.seed, read_world(plan))
    check_fresh_world(settings.database_url, plan.system)
    cache_before, sampler = target.count_cache(), Sampler(settings)
    watch.say(f"load: {plan.users} users for {plan.run_time}")
    try:
        with sampler:
            seen = _apply_load(settings, plan, run, generator, workers, watch)
    except BaseException:
        watch.say("stopping the load")
        with suppress(StampedeError):
            generator.stop()
        raise
    watch.say("quiescing")
    account = _collect(settings, run, generator, workers - seen.lost)
    account.troubles[:0] = [*_tell_troubles(plan, seen), *generator.read_exceptions()]
    account.gaps |= bool(seen.lost)
    watch.say("verifying")
    verification = verify(settings.database_url, plan.system, account.operations, account.gaps)
    environment = describe_environment(settings.database_url, readiness)
    environment["usage"] = asdict(sampler.describe(account.load))
    environment["cache"] = describe_cache(cache_before, target.count_cache())
    return _judge(plan, run, started_at, readiness, account, verification, environment)


def _judge(
    plan: Plan,
    run: str,
    started_at: str,
    readiness: dict[str, Any],
    account: Account,
    verification: Verification,
    environment: dict[str, Any],
) -> Judgement:
    thresholds = tuple(evaluate(threshold, account.tally) for threshold in read_thresholds(plan))
    troubles = [*account.troubles, *verification.troubles]
    if account.load is None:
        troubles.append("the load generator gave no account of the run")
    reasons = judge(account.load, thresholds, verification.checks, verification.audit, troubles)
    return Judgement(
        verdict=worst(reason.verdict for reason in reasons),
        reasons=reasons,
        system=plan.system,
        run=run,
        started_at=started_at,
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        locking=readiness["locking"],
        plan=describe_plan(plan),
        load=account.load,
        thresholds=thresholds,
        checks=verification.checks,
        audit=verification.audit,
        environment=environment,
    )


def _preflight(
    settings: Settings, plan: Plan, generator: Generator, target: Target, watch: Watch
) -> tuple[dict[str, Any], frozenset[str]]:
    """Insist that a run can start; touch nothing. Returns the target's readiness and the workers' ids."""
    readiness = target.read_readiness()
    if readiness["status"] != "ready":
        processes = f"{readiness['processes']} of {readiness['workers']} processes"
        parts = f"database {readiness['database']}, redis {readiness['redis']}, {processes}"
        raise StampedeError(f"The target at {settings.target_url} is not ready: {parts}.")
    if readiness["locking"] != settings.locking:
        raise StampedeError(
            f"The running target uses LOCKING={readiness['locking']}, but LOCKING={settings.locking} was asked for: "
            "stop it first with `stampede down`."
        )
    if readiness["processes"] < MIN_PROCESSES:
        raise StampedeError(
            f"The target runs in {readiness['processes']} process: set API_WORKERS to at least {MIN_PROCESSES}, "
            "or a lock that works inside one process only would pass."
        )
    connect(settings.database_url).close()
    offered = generator.read_run()["classes"]
    for user_class in plan.user_classes:
        if user_class not in offered:
            raise StampedeError(
                f"The load generator does not know {user_class}; it knows {', '.join(offered)}. Its file is "
                "LOCUSTFILE's, in the environment or .env: without that line it is every system's."
            )
    return readiness, _await_workers(settings, generator, watch)


def _await_workers(settings: Settings, generator: Generator, watch: Watch) -> frozenset[str]:
    """A worker is back from an earlier run only after its stop timeout, so give it that long."""
    started = time.monotonic()
    waiting = False
    while True:
        progress = generator.read_progress()
        elapsed_s = time.monotonic() - started
        busy = progress.users > 0 or progress.state not in IDLE_STATES
        if not busy and len(progress.workers) >= settings.workers:
            return progress.workers
        if busy and (progress.state in ACTIVE_STATES or progress.users) and elapsed_s > STALE_S:
            raise StampedeError(
                f"Another run is going on ({progress.state}): wait for its end or stop it at {settings.locust_url}."
            )
        if elapsed_s > WORKERS_TIMEOUT_S:
            raise StampedeError(
                f"Only {len(progress.workers)} of {settings.workers} load generators are connected to "
                f"{settings.locust_url} (state {progress.state})."
            )
        if not waiting:
            watch.say("waiting for the load generators of an earlier run to be free again")
            waiting = True
        time.sleep(POLL_S)


def _apply_load(
    settings: Settings,
    plan: Plan,
    run: str,
    generator: Generator,
    workers: frozenset[str],
    watch: Watch,
) -> Sight:
    """Start the users and watch until Locust has stopped them."""
    generator.start(plan, run, f"{settings.target_url}/{plan.system}")
    started = time.monotonic()
    bound_s = plan.run_time_s + QUIESCE_TIMEOUT_S
    seen = Sight()
    faults = Injector(read_faults(plan), settings.redis_url)
    begun = False  # the web API answers from a cache of two seconds: at first it still tells of before
    while (elapsed_s := time.monotonic() - started) < bound_s:
        seen.elapsed_s = elapsed_s
        progress = generator.read_progress()
        watch.progress(progress, elapsed_s)
        if progress.state in ACTIVE_STATES:
            begun = True
            seen.lost |= workers - progress.workers
            seen.most_users = max(seen.most_users, progress.users)
            faults.poll()
        elif begun or elapsed_s > START_TIMEOUT_S:
            seen.ended = True
            break
        time.sleep(POLL_S)
    else:
        generator.stop()
    seen.missed_faults = faults.tell()
    return seen


def _tell_troubles(plan: Plan, seen: Sight) -> Iterator[str]:
    yield from seen.missed_faults
    for worker in sorted(seen.lost):
        yield f"load generator {worker} was lost in mid-run"
    if not seen.ended:
        yield f"the load did not end by itself within {QUIESCE_TIMEOUT_S:.0f} s after its run time"
    elif seen.elapsed_s < plan.run_time_s - EARLY_END_S:
        yield f"the load ended after {seen.elapsed_s:.0f} of {plan.run_time_s} s: somebody stopped it"
    if seen.most_users < plan.users:
        yield (
            f"only {seen.most_users} of {plan.users} users were ever running at once: "
            "give them more time, or a higher spawn rate"
        )


def _collect(settings: Settings, run: str, generator: Generator, workers: frozenset[str]) -> Account:
    """Wait for every worker's report and for the database to fall quiet; keep what was told."""
    account = Account()
    deadline = time.monotonic() + QUIESCE_TIMEOUT_S
    reported = generator.read_run()
    while time.monotonic() < deadline and not (reported["run_id"] == run and workers <= reported["reports"].keys()):
        time.sleep(POLL_S)
        reported = generator.read_run()
    reports = reported["reports"] if reported["run_id"] == run else {}
    missing = sorted(workers - reports.keys())
    account.gaps = bool(missing) or not all(report["complete"] for report in reports.values())
    account.troubles += [f"load generator {worker} did not report after the run" for worker in missing]
    for trouble in (_await_target(settings), _await_database(settings)):
        if trouble:
            account.troubles.append(trouble)
    if not reports:
        return account
    account.load, account.tally = merge_reports(reports), tally_reports(reports)
    folder = settings.reports / run
    generator.save(folder)
    _read_operations(folder / "history.jsonl.gz", account)
    return account


def _await_target(settings: Settings) -> str | None:
    """Nothing that the target still has in hand may be written after the snapshot.

    It tells of its pool once a second, so the first look is worth nothing before that.
    """
    target, deadline = Target(settings.target_url), time.monotonic() + QUIET_TIMEOUT_S
    time.sleep(POOL_REPORT_S)
    while pending := target.count_pending():
        if time.monotonic() > deadline:
            return f"the target still had {pending:.0f} requests in hand {QUIET_TIMEOUT_S:.0f} s after the load"
        time.sleep(POLL_S)
    return None


def _await_database(settings: Settings) -> str | None:
    try:
        return await_quiet(settings.database_url, QUIET_TIMEOUT_S)
    except StampedeError as error:
        return str(error)


def _read_operations(path: Path, account: Account) -> None:
    assert account.load is not None
    try:
        account.operations = read_history(path)
    except ValueError as error:
        account.troubles.append(str(error))
        return
    told = sum(worker.operations for worker in account.load.workers)
    if told != len(account.operations):
        account.gaps = True
        account.troubles.append(f"the workers sent {told} writes, but the history holds {len(account.operations)}")
