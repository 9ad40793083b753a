"""Every planted wrong is reported by exactly the checks and audits that its header names."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import copyfile
from typing import Any

import psycopg2
import pytest
from pydantic import TypeAdapter

from seed import inventory, registration
from seed.seeders import SEEDERS
from seed.world import make_engine, make_world
from stampede.evidence.columns import EFFECTS, STATES, Column
from stampede.evidence.export import export_part
from stampede.evidence.frozen import FROZEN_BEFORE, export_after, export_before, row_rules
from stampede.evidence.manifest import Manifest, Part, WorkerClock, write_manifest
from stampede.suite.check import Check, load_checks
from stampede.suite.model import System
from stampede.verify.audits import AUDITS, run_audits
from stampede.verify.checks import NO_ROWS, Connection, run_checks
from stampede.verify.results import CheckResult
from tests import ROOT
from tests.conftest import Lab, create_database

# What each baseline.sql is written for.
WORLDS = {
    "registration": registration.World(
        students=200, courses=6, capacity=(5, 20), reserve_limit=4, registrations=40, password_cost=4
    ),
    "inventory": inventory.World(products=6, stock=(5, 20), orders=12),
}
# The temporary table `operations` as the collector would have written it.
OPERATIONS = (
    Column("op_id"), Column("attempt", "INTEGER"), Column("worker"), Column("client"), Column("kind"), Column("actor"),
    Column("action"), Column("entities", "VARCHAR[]"), Column("args"), Column("key"), Column("invoked_at", "DOUBLE"),
    Column("completed_at", "DOUBLE"), Column("outcome"), Column("code"), Column("answer"),
)  # fmt: skip
READ_OPERATIONS = f"""
select {", ".join("to_json(entities)::text as entities" if c.name == "entities" else c.name for c in OPERATIONS)}
from operations
"""
PRESENT = dict.fromkeys(("operations", "effects", "states", "frozen"), Part("present"))


@dataclass(frozen=True)
class Rules:
    """Everything that the referee knows of one system."""

    system: str

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        return load_checks(ROOT / "sql" / "checks" / self.system)

    @cached_property
    def audits(self) -> tuple[Check, ...]:
        return load_checks(ROOT / "sql" / "audit" / self.system)

    @property
    def names(self) -> set[str]:
        audits = {*AUDITS, *(audit.name for audit in self.audits)}
        return {check.name for check in self.checks} | {f"audit:{name}" for name in audits}

    @property
    def folder(self) -> Path:
        return ROOT / "sql" / "violations" / self.system

    @property
    def violations(self) -> list[Path]:
        return [path for path in sorted(self.folder.glob("*.sql")) if path.stem != "baseline"]


RULES = [Rules(system) for system in SEEDERS]
VIOLATIONS = [
    pytest.param(rules, path, id=f"{rules.system}-{path.stem}") for rules in RULES for path in rules.violations
]
every_system = pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.system)


def fires(path: Path) -> set[str]:
    header = re.findall(r"^-- (plants|fires):\s*(.+?)\s*$", path.read_text(), re.MULTILINE)
    assert [key for key, _ in header] == ["plants", "fires"]
    return set(header[1][1].split(", "))


def read_systems() -> dict[str, System]:
    sections = tomllib.loads((ROOT / "suite.toml").read_text())["systems"]
    return TypeAdapter(dict[str, System]).validate_json(json.dumps(sections))


class Scene:
    """The world of both systems, with one system's baseline planted in an open transaction."""

    def __init__(self, connection: Connection, folder: Path, systems: dict[str, System]) -> None:
        self.connection = connection
        self._folder = folder
        self._systems = systems
        self._planted = ""

    def reset(self, rules: Rules) -> None:
        """Return to the baseline of a system."""
        if self._planted == rules.system:
            self._execute("rollback to savepoint planted")
            return
        self.connection.rollback()
        system = self._systems[rules.system]
        export_before(self.connection, system.schemas, system.changes, self._folder)
        copyfile(self._folder / FROZEN_BEFORE, self._folder / f"{rules.system}.before")
        self._execute((rules.folder / "baseline.sql").read_text())
        self._execute("savepoint planted")
        self._planted = rules.system

    def plant(self, path: Path) -> None:
        self._execute(path.read_text())

    def judge(self, rules: Rules, evidence: Path) -> dict[str, CheckResult]:
        """Run the checks in the database and all audits over the evidence exported from it."""
        system = self._systems[rules.system]
        checks = {result.name: result for result in run_checks(self.connection, rules.checks)}
        copyfile(self._folder / f"{rules.system}.before", evidence / FROZEN_BEFORE)
        export_part(self.connection, READ_OPERATIONS, OPERATIONS, evidence / "operations.parquet", threads=1)
        for part, columns in (("effects", EFFECTS), ("states", STATES)):
            query = (ROOT / "sql" / part / f"{rules.system}.sql").read_text()
            export_part(self.connection, query, columns, evidence / f"{part}.parquet", threads=1)
        export_after(self.connection, system.schemas, system.changes, evidence)
        workers = {"worker": WorkerClock(0, 0, True, 0.0, 0.0)}
        write_manifest(
            evidence,
            Manifest(
                "planted",
                rules.system,
                rules=system.rules,
                workers=workers,
                parts=PRESENT,
                row_rules=row_rules(system.changes),
            ),
        )
        audits = {f"audit:{result.name}": result for result in run_audits(evidence, extra=rules.audits, threads=1)}
        return checks | audits

    def _execute(self, statements: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statements)


@pytest.fixture(scope="module")
def scenes(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    url = f"{lab.settings.database_url.rpartition('/')[0]}/violations"
    create_database(url)
    engine = make_engine(url)
    for system, seeder in SEEDERS.items():
        world: Any = WORLDS[system]
        make_world(engine, seeder, 1, world)
    engine.dispose()
    connection = psycopg2.connect(url)
    yield Scene(connection, tmp_path_factory.mktemp("scenes"), read_systems())
    connection.close()


@pytest.fixture
def scene(scenes: Scene, rules: Rules) -> Scene:
    scenes.reset(rules)
    return scenes


@every_system
def test_seeded_world_passes_every_check(scenes: Scene, rules: Rules) -> None:
    scenes.connection.rollback()
    outcomes = {result.name: (result.outcome, result.reason) for result in run_checks(scenes.connection, rules.checks)}
    assert outcomes == dict.fromkeys(outcomes, ("pass", ""))


@every_system
def test_true_history_passes_everything(scene: Scene, rules: Rules, tmp_path: Path) -> None:
    results = scene.judge(rules, tmp_path)
    assert {name: (result.outcome, result.rows, result.reason) for name, result in results.items()} == dict.fromkeys(
        rules.names, ("pass", (), "")
    )
    assert {name for name, result in results.items() if result.population == 0} == set()


@pytest.mark.parametrize(("rules", "path"), VIOLATIONS)
def test_violation_fires_what_it_names(scene: Scene, rules: Rules, path: Path, tmp_path: Path) -> None:
    scene.plant(path)
    results = scene.judge(rules, tmp_path)
    assert {name for name, result in results.items() if result.outcome == "fail"} == fires(path)
    # A check with nothing left to look at does not pass.
    assert {result.reason for result in results.values() if result.outcome == "unknown"} <= {NO_ROWS}
    assert {result.outcome for result in results.values()} >= {"pass", "fail"}
    assert all(row.entity for result in results.values() for row in result.rows)


@every_system
def test_everything_has_a_violation(rules: Rules) -> None:
    caught = set().union(*(fires(path) for path in rules.violations))
    assert caught == rules.names
