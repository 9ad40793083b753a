import re
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from seed.registration import SEEDER, World
from seed.world import make_engine, make_world
from stampede.checks import CheckResult, Connection, load_checks, run_checks
from stampede.settings import ROOT
from tests.conftest import Lab, create_database

# Courses 0001 and 0002 full to the end of the queue, 0003 with room in it, the others empty: see baseline.sql.
WORLD = World(students=200, courses=6, capacity=(5, 20), reserve_limit=4, registrations=40, password_cost=4)
FOLDER = ROOT / "sql" / "violations" / "registration"
BASELINE = FOLDER / "baseline.sql"
VIOLATIONS = [path for path in sorted(FOLDER.glob("*.sql")) if path != BASELINE]
CHECKS = load_checks(ROOT / "sql" / "checks" / "registration")
AUDITS = load_checks(ROOT / "sql" / "audit" / "registration")
NAMES = {check.name for check in CHECKS} | {f"audit:{audit.name}" for audit in AUDITS}


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
    make_world(engine, SEEDER, 1, WORLD)
    engine.dispose()
    connection = psycopg2.connect(url)
    yield connection
    connection.close()


@pytest.fixture
def scene(seeded: Connection) -> Iterator[Connection]:
    with seeded.cursor() as cursor:
        cursor.execute(BASELINE.read_text())
    yield seeded
    seeded.rollback()


def look(connection: Connection) -> dict[str, CheckResult]:
    checks = {result.name: result for result in run_checks(connection, CHECKS)}
    audits = {f"audit:{result.name}": result for result in run_checks(connection, AUDITS)}
    return checks | audits


def test_seeded_world_without_history_passes_every_check(seeded: Connection) -> None:
    outcomes = {result.name: (result.outcome, result.reason) for result in run_checks(seeded, CHECKS)}
    seeded.rollback()
    assert outcomes == dict.fromkeys(outcomes, ("pass", ""))


def test_consistent_history_passes_every_check_and_audit(scene: Connection) -> None:
    results = look(scene)
    assert {name: (result.outcome, result.reason) for name, result in results.items()} == dict.fromkeys(
        NAMES, ("pass", "")
    )
    assert all(result.population > 0 for result in results.values())


@pytest.mark.parametrize("path", VIOLATIONS, ids=lambda path: path.stem)
def test_violation_fires_exactly_the_checks_it_names(scene: Connection, path: Path) -> None:
    with scene.cursor() as cursor:
        cursor.execute(path.read_text())
    results = look(scene)
    assert {name for name, result in results.items() if result.outcome == "fail"} == fires(path)
    assert {result.outcome for result in results.values()} == {"pass", "fail"}
    assert all(row.entity for result in results.values() for row in result.rows)


def test_every_check_and_audit_has_a_violation() -> None:
    caught = set().union(*(fires(path) for path in VIOLATIONS))
    assert caught == NAMES
