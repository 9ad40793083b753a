"""A run, step by step: preflight, world, load, quiesce, collect, verify, audit, judge."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from stampede.errors import StampedeError
from stampede.evidence.manifest import Manifest, Part, clocks, digest, write_manifest
from stampede.faults.outage import Outages, measure_outages
from stampede.faults.recovery import await_recovery
from stampede.judge.bands import evaluate_bands
from stampede.judge.baseline import compare_load
from stampede.judge.findings import Findings
from stampede.judge.thresholds import Figures, evaluate
from stampede.judge.verdict import Judgement, judge
from stampede.lab.audit import audit_evidence
from stampede.lab.collect import Handover, collect, quiesce
from stampede.lab.loading import Observations, apply_load
from stampede.lab.preflight import Preflight, check_preflight
from stampede.lab.progress import Display
from stampede.lab.record import Record, write_record
from stampede.lab.series import write_series
from stampede.lab.verification import Verification, check_fresh_world, verify_and_export
from stampede.lab.world import replace_world
from stampede.load.generator import Generator
from stampede.observe.environment import describe_environment
from stampede.observe.sampler import Sampler
from stampede.observe.usage import Usage
from stampede.suite.baseline import Entry, read_baseline
from stampede.suite.check import load_checks
from stampede.suite.model import Suite
from stampede.suite.plans import Plan, describe_plan


def now() -> str:
    """The present time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def name_run(system: str, plan: str) -> str:
    """`<system>-<plan>-<UTC time>`, the id of a run and the name of its report folder."""
    return f"{system}-{plan}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def start_findings(plan: Plan, run_id: str) -> Findings:
    """The findings of a run that has not ended: nothing is known yet."""
    return Findings(
        plan.system, run_id, now(), now(), describe_plan(plan), troubles=("the run has not ended: it was broken off",)
    )


def run_plan(suite: Suite, plan: Plan, run_id: str, display: Display) -> Judgement:
    """Run a plan against the target of the suite and judge it.

    Raises:
        StampedeError: the run could not be started.
        KeyboardInterrupt: it was interrupted; the load is stopped first.
    """
    begun, generator = start_findings(plan, run_id), Generator(suite.settings.locust_url)
    evidence = suite.settings.reports / run_id / "evidence"
    evidence.mkdir(parents=True, exist_ok=True)
    _read_baseline(suite, plan)  # an unreadable baseline is refused before the load
    display.say("preflight")
    preflight = check_preflight(suite, plan, generator, display)
    display.say(f"world: {plan.system}, seed {plan.seed}")
    replace_world(suite, plan)
    check_fresh_world(suite, plan.system, evidence, plan.statement_timeout_s)
    display.say(f"load: {plan.users} users for {plan.run_time}")
    with Sampler(suite, generator) as sampler:
        observed = apply_load(suite, plan, run_id, generator, preflight.workers, display)
    display.say("quiescing")
    troubles = [*observed.troubles, *(await_recovery(suite) if plan.faults else ())]
    troubles += quiesce(suite, generator, run_id, observed.lost)
    display.say("collecting and verifying")
    with ThreadPoolExecutor(1) as pool:  # one waits for the database, the other for the load generators
        verifying = pool.submit(verify_and_export, suite, plan.system, evidence, plan.statement_timeout_s)
        handover = collect(generator, run_id, observed.lost, evidence, [stage.name for stage in plan.stages])
        verification = verifying.result()
    troubles += [*handover.troubles, *_finish_locust(generator, evidence.parent)]
    try:
        write_series(handover.series, sampler.list_series(), observed.faults, observed.started_at, evidence.parent)
    except StampedeError as error:
        troubles.append(str(error))
    usage = sampler.describe(handover.load)
    findings = _describe(suite, plan, begun, preflight, handover, verification, troubles, usage)
    findings = _add_thresholds(findings, plan, observed, handover, usage, evidence)
    manifest = _describe_manifest(suite, findings, generator, handover, verification)
    audits = {check.name: check.query for check in load_checks(suite.sql("audit", plan.system))}
    record = Record(findings, digest(manifest), audits)
    write_record(record, evidence)
    write_manifest(evidence, manifest)
    display.say("auditing")
    return judge(audit_evidence(evidence, record))


def _finish_locust(generator: Generator, folder: Path) -> list[str]:
    """Keep Locust's own files; a failing download costs the file and nothing else. Exceptions of users are troubles."""
    generator.save_locust_files(folder)
    try:
        return list(generator.read_exceptions())
    except StampedeError as error:
        return [str(error)]


def _describe(
    suite: Suite,
    plan: Plan,
    begun: Findings,
    preflight: Preflight,
    handover: Handover,
    verification: Verification,
    troubles: list[str],
    usage: Usage,
) -> Findings:
    parts = verification.parts or {}
    environment = {**describe_environment(suite, preflight.health), "usage": asdict(usage)}
    unverified = [part.reason for part in parts.values() if part.state == "absent"]
    if not verification.checks and not verification.troubles:
        unverified.append(f"sql/checks/{plan.system} has no check: no invariant of the database was looked at")
    return replace(
        begun,
        finished_at=now(),
        strategies=preflight.strategies,
        load=handover.load,
        bands=evaluate_bands(plan.zones, handover.load, environment),
        baseline=compare_load(_read_baseline(suite, plan), handover.load),
        checks=verification.checks,
        unverified=tuple(unverified),
        troubles=(*troubles, *verification.troubles),
        environment=environment,
    )


def _read_baseline(suite: Suite, plan: Plan) -> Mapping[str, Entry]:
    """The plan's baseline; none where its file is not written yet."""
    path = suite.folder / plan.baseline
    return read_baseline(path) if plan.baseline and path.exists() else {}


def _add_thresholds(
    findings: Findings, plan: Plan, observed: Observations, handover: Handover, usage: Usage, evidence: Path
) -> Findings:
    """Add the faults and the thresholds, some of which are about what came of them."""
    troubles, outages = findings.troubles, Outages()
    try:
        if handover.collected:
            outages = measure_outages(evidence, observed.started_at, observed.faults)
    except StampedeError as error:
        troubles = (*troubles, str(error))
    figures = Figures(handover.account, usage, outages) if handover.account else None
    thresholds = tuple(evaluate(threshold, figures) for threshold in plan.limits)
    return replace(findings, faults=observed.faults, thresholds=thresholds, troubles=troubles)


def _describe_manifest(
    suite: Suite, findings: Findings, generator: Generator, handover: Handover, verification: Verification
) -> Manifest:
    """The manifest; the database's clock is told relative to the master's, as the operations' times are."""
    try:
        master_offset_s, master_error_s = generator.measure_clock()
    except StampedeError:
        master_offset_s, master_error_s = 0.0, 1.0
    offset_s, error_s = verification.clock
    system = suite.system(findings.system)
    absent = Part("absent", "the load generators handed over no operations")
    operations = Part("present") if handover.collected else absent
    return Manifest(
        run=findings.run,
        system=findings.system,
        rules=system.rules,
        workers=clocks(handover.histories),
        database_offset_s=offset_s - master_offset_s,
        database_error_s=error_s + master_error_s,
        gaps=handover.gaps,
        troubles=handover.troubles,
        parts={"operations": operations, **(verification.parts or {})},
        row_rules={name: change.rows for name, change in system.changes.items()},
    )
