"""Validates a suite without a run: Locust, locustfiles, plans, baselines, checks, settings and servers."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from stampede.errors import StampedeError
from stampede.observe.target import TargetClient
from stampede.stack import postgres
from stampede.stack.programs import find_locustfile
from stampede.suite.baseline import read_baseline
from stampede.suite.check import load_checks
from stampede.suite.model import Suite
from stampede.suite.plans import Plan, list_plans

IMPORT_TIMEOUT_S = 60
# A process per file: Locust patches the standard library, and one file must not hide what another lacks.
LOAD = """
import json, sys
from locust.util.load_locustfile import load_locustfile
users, shapes = load_locustfile(sys.argv[1])[:2]
print(json.dumps({"users": sorted(users), "shapes": [type(one).__name__ for one in shapes or ()]}))
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at, what it is, and whether it is as it must be."""

    ok: bool
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Locustfile:
    """The classes of one file; `fault` is why it could not be imported."""

    path: Path
    users: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    fault: str = ""


def validate_suite(suite: Suite) -> Iterator[Line]:
    """A line for each part; nothing is started and nothing is changed."""
    yield _find_locust()
    yield Line(True, "settings", f"stack {suite.settings.stack}, {suite.settings.workers} workers, {suite.target.url}")
    yield from _validate_guards(suite)
    files = _read_locustfiles(suite)
    yield from (_describe_locustfile(suite, file) for file in files)
    yield from _validate_plans(suite, files)
    yield from (_attempt(f"checks of {key}", partial(_count_checks, suite, key)) for key in suite.systems)
    yield from _validate_servers(suite)


def _attempt(subject: str, look: Callable[[], str]) -> Line:
    try:
        return Line(True, subject, look())
    except (StampedeError, OSError, subprocess.SubprocessError) as error:
        return Line(False, subject, str(error))


def _find_locust() -> Line:
    try:
        return Line(True, "locust", version("locust"))
    except PackageNotFoundError:
        return Line(False, "locust", "not installed: pip install locust")


def _validate_guards(suite: Suite) -> Iterator[Line]:
    """A misspelt strategy in the environment would keep the target from starting."""
    for name, guard in suite.guards.items():
        chosen = os.environ.get(name) or guard.default
        known = chosen in guard.strategies
        yield Line(known, name, chosen if known else f"{chosen} is none of {', '.join(guard.strategies)}")


def _read_locustfiles(suite: Suite) -> list[Locustfile]:
    """The stack's locustfile, and every other file beside it."""
    try:
        chosen = find_locustfile(suite)
    except StampedeError as error:
        return [Locustfile(Path(suite.stack.locustfile), fault=str(error))]
    others = sorted(path for path in chosen.parent.glob("*.py") if path.stem != "__init__" and path != chosen)
    return [_load(suite, path) for path in (chosen, *others)]


def _load(suite: Suite, path: Path) -> Locustfile:
    environment = {**os.environ, "PYTHONPATH": str(suite.folder)}
    command = [sys.executable, "-c", LOAD, str(path)]
    try:
        done = subprocess.run(
            command,
            cwd=suite.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=IMPORT_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return Locustfile(path, fault=f"its import did not end within {IMPORT_TIMEOUT_S} s")
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        return Locustfile(path, fault=f"cannot be imported: {said[-1] if said else f'exit code {done.returncode}'}")
    names = json.loads(done.stdout.splitlines()[-1])
    return Locustfile(path, tuple(names["users"]), tuple(names["shapes"]))


def _describe_locustfile(suite: Suite, file: Locustfile) -> Line:
    path = file.path.relative_to(suite.folder) if file.path.is_relative_to(suite.folder) else file.path
    if file.fault:
        return Line(False, str(path), file.fault)
    shapes = f"; shapes: {', '.join(file.shapes)}" if file.shapes else ""
    return Line(True, str(path), (", ".join(file.users) or "no user class") + shapes)


def _validate_plans(suite: Suite, files: Iterable[Locustfile]) -> Iterator[Line]:
    try:
        plans = list_plans(suite)
    except StampedeError as error:
        yield Line(False, "plans", str(error))
        return
    chosen = next(iter(files))
    faults = {plan.key: list(_find_faults(plan, chosen)) for plan in plans}
    for system in sorted({plan.system for plan in plans}):
        own = [plan for plan in plans if plan.system == system]
        if not any(faults[plan.key] for plan in own):
            yield Line(True, f"plans of {system}", ", ".join(map(_describe_plan, own)))
    yield from (Line(False, f"plan {key}", fault) for key, found in faults.items() for fault in found)
    baselines = sorted({plan.baseline for plan in plans if plan.baseline})
    yield from (_attempt(name, partial(_count_entries, suite.folder / name)) for name in baselines)


def _find_faults(plan: Plan, file: Locustfile) -> Iterator[str]:
    if not file.fault and (strange := [name for name in plan.user_classes if name not in file.users]):
        yield f"{file.path.name} has no user class {strange[0]}"


def _describe_plan(plan: Plan) -> str:
    return f"{plan.name} (in stages)" if plan.stages else plan.name


def _count_entries(path: Path) -> str:
    return f"baseline, {len(read_baseline(path))} requests"


def _count_checks(suite: Suite, key: str) -> str:
    return (
        f"{len(load_checks(suite.sql('checks', key)))} checks, {len(load_checks(suite.sql('audit', key)))} own audits"
    )


def _validate_servers(suite: Suite) -> Iterator[Line]:
    """The local stack's programs; and whether the target answers, which it need not."""
    if suite.settings.stack == "local":
        if suite.stack.postgres:
            yield _attempt("postgres", lambda: _read_version(suite))
        for name, program in suite.stack.programs.items():
            found = shutil.which(program.command[0])
            yield Line(bool(found), name, " ".join(program.command) if found else f"no program {program.command[0]}")
    try:
        health = TargetClient(suite).read_health()
    except StampedeError:
        yield Line(True, "target", f"{suite.target.url} is not up")
        return
    yield Line(health.ready, "target", f"{suite.target.url}{suite.target.health} answers {health.status}")


def _read_version(suite: Suite) -> str:
    programs = postgres.find_postgres(suite.settings)
    return f"{postgres.run_program([str(programs / 'postgres'), '--version'])}, {programs}"
