import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from seed import inventory, registration
from seed.seeders import SEEDERS
from seed.world import make_engine, make_world
from stampede.checks import NO_ROWS, Check, CheckResult, Connection, load_checks, run_checks
from stampede.settings import ROOT
from tests.conftest import Lab, create_database

# What each baseline.sql is written for.
WORLDS = {
    "registration": registration.World(
        students=200, courses=6, capacity=(5, 20), reserve_limit=4, registrations=40, password_cost=4
    ),
    "inventory": inventory.World(products=6, stock=(5, 20), orders=12),
}


@dataclass(frozen=True)
class Rules:
    """Everything that the referee knows of one system."""

    system: str

    @cached_property
    def checks(self) -> list[Check]:
        return load_checks(ROOT / "sql" / "checks" / self.system)

    @cached_property
    def audits(self) -> list[Check]:
        return load_checks(ROOT / "sql" / "audit" / self.system)

    @property
    def names(self) -> set[str]:
        return {check.name for check in self.checks} | {f"audit:{audit.name}" for audit in self.audits}

    @property
    def baseline(self) -> Path:
        return ROOT / "sql" / "violations" / self.system / "baseline.sql"

    @property
    def violations(self) -> list[Path]:
        return [path for path in sorted(self.baseline.parent.glob("*.sql")) if path != self.baseline]


RULES = [Rules(system) for system in SEEDERS]
VIOLATIONS = [
    pytest.param(rules, path, id=f"{rules.system}-{path.stem}") for rules in RULES for path in rules.violations
]
every_system = pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.system)


def fires(path: Path) -> set[str]:
    header = re.findall(r"^-- (plants|fires):\s*(.+?)\s*$", path.read_text(), re.MULTILINE)
    assert [key for key, _ in header] == ["plants", "fires"]
    return set(header[1][1].split(", "))


@pytest.fixture(scope="module")
def seeded(lab: Lab) -> Iterator[Connection]:
    name = "violations"
    url = f"{lab.settings.database_url.rpartition('/')[0]}/{name}"
    create_database(url)
    engine = make_engine(url)
    for system, seeder in SEEDERS.items():
        world: Any = WORLDS[system]
        make_world(engine, seeder, 1, world)
    engine.dispose()
    connection = psycopg2.connect(url)
    yield connection
    connection.close()


@pytest.fixture
def scene(seeded: Connection, rules: Rules) -> Iterator[Connection]:
    with seeded.cursor() as cursor:
        cursor.execute(rules.baseline.read_text())
    yield seeded
    seeded.rollback()


def look(connection: Connection, rules: Rules) -> dict[str, CheckResult]:
    checks = {result.name: result for result in run_checks(connection, rules.checks)}
    audits = {f"audit:{result.name}": result for result in run_checks(connection, rules.audits)}
    return checks | audits


@every_system
def test_seeded_world_without_history_passes_every_check(seeded: Connection, rules: Rules) -> None:
    outcomes = {result.name: (result.outcome, result.reason) for result in run_checks(seeded, rules.checks)}
    seeded.rollback()
    assert outcomes == dict.fromkeys(outcomes, ("pass", ""))


@every_system
def test_consistent_history_passes_every_check_and_audit(scene: Connection, rules: Rules) -> None:
    results = look(scene, rules)
    assert {name: (result.outcome, result.reason) for name, result in results.items()} == dict.fromkeys(
        rules.names, ("pass", "")
    )
    assert all(result.population > 0 for result in results.values())


@pytest.mark.parametrize(("rules", "path"), VIOLATIONS)
def test_violation_fires_exactly_the_checks_it_names(scene: Connection, rules: Rules, path: Path) -> None:
    with scene.cursor() as cursor:
        cursor.execute(path.read_text())
    results = look(scene, rules)
    assert {name for name, result in results.items() if result.outcome == "fail"} == fires(path)
    # Who has nothing left to look at does not pass.
    assert {result.reason for result in results.values() if result.outcome == "unknown"} <= {NO_ROWS}
    assert {result.outcome for result in results.values()} >= {"pass", "fail"}
    assert all(row.entity for result in results.values() for row in result.rows)


@every_system
def test_every_check_and_audit_has_a_violation(rules: Rules) -> None:
    caught = set().union(*(fires(path) for path in rules.violations))
    assert caught == rules.names
