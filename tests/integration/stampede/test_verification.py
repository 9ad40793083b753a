from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from stampede.errors import StampedeError
from stampede.lab.verification import check_fresh_world, run_all_checks, verify_and_export
from stampede.suite.model import Database, Suite, System
from tests.conftest import Database as Made
from tests.unit.stampede.builders import make_suite

TABLE = "create table items (id int primary key, left_over int); insert into items values (1, 5), (2, 0)"
CHECK = """-- invariant: Nothing is oversold.
-- population: select count(*) from items
-- severity: {severity}
select id as entity, 'at least 0' as expected, left_over as actual, '' as detail from items where left_over < 0;
"""
EFFECTS = "select 'sell' as action, 'item ' || id as entity, 1 as version from items"
STATES = "select 'item ' || id as entity, 0 as version, null as facts, null as allows from items"


@pytest.fixture
def shop(empty_database: Made, tmp_path: Path) -> Suite:
    """A stranger's suite: one table and one check."""
    execute(empty_database.url, TABLE)
    for folder in ("checks/shop", "effects", "states"):
        (tmp_path / "sql" / folder).mkdir(parents=True)
    (tmp_path / "sql" / "checks" / "shop" / "oversold.sql").write_text(CHECK.format(severity="critical"))
    return make_suite(tmp_path, database=Database(empty_database.url), systems={"shop": System()})


def execute(url: str, *statements: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def oversell(suite: Suite) -> None:
    assert suite.database
    execute(suite.database.url, "update items set left_over = -1 where id = 2")


def test_checks_of_the_suite_are_run(shop: Suite) -> None:
    assert [one.outcome for one in run_all_checks(shop, "shop").checks] == ["pass"]
    oversell(shop)
    found = run_all_checks(shop, "shop")
    assert [(one.name, one.outcome) for one in found.checks] == [("oversold", "fail")]
    assert found.checks[0].rows[0].entity == "2"
    assert found.troubles == ()


def test_missing_parts_are_absent(shop: Suite, tmp_path: Path) -> None:
    parts = verify_and_export(shop, "shop", tmp_path).parts
    assert parts
    assert (parts["effects"].state, parts["states"].state) == ("absent", "absent")
    assert "sql/effects/shop.sql is missing" in parts["effects"].reason


def test_parts_are_exported(shop: Suite, tmp_path: Path) -> None:
    (tmp_path / "sql" / "effects" / "shop.sql").write_text(EFFECTS)
    (tmp_path / "sql" / "states" / "shop.sql").write_text(STATES)
    check_fresh_world(shop, "shop", tmp_path)
    found = verify_and_export(shop, "shop", tmp_path)
    assert found.parts
    assert {part.state for part in found.parts.values()} == {"present"}
    files = {"effects", "states", "frozen_before", "frozen_after"}
    assert {path.stem for path in tmp_path.glob("*.parquet")} == files
    assert abs(found.clock[0]) < 1


def test_failing_part_does_not_stop_the_others(shop: Suite, tmp_path: Path) -> None:
    (tmp_path / "sql" / "effects" / "shop.sql").write_text("select * from nothing")
    (tmp_path / "sql" / "states" / "shop.sql").write_text(STATES)
    check_fresh_world(shop, "shop", tmp_path)
    found = verify_and_export(shop, "shop", tmp_path)
    assert found.parts
    assert {name: part.state for name, part in found.parts.items()} == {
        "effects": "failed",
        "states": "present",
        "frozen": "present",
    }
    assert 'relation "nothing" does not exist' in found.parts["effects"].reason
    assert [one.outcome for one in found.checks] == ["pass"]


def test_failing_fingerprints_are_told(shop: Suite, tmp_path: Path) -> None:
    (tmp_path / "frozen_before.parquet").write_text("damaged")
    found = verify_and_export(shop, "shop", tmp_path)
    assert found.parts
    assert found.parts["frozen"].state == "failed"
    assert [one.outcome for one in found.checks] == ["pass"]


def test_wrong_world_stops_the_run(shop: Suite, tmp_path: Path) -> None:
    oversell(shop)
    with pytest.raises(StampedeError, match=r"The check oversold does not pass on the fresh world \(it finds rows"):
        check_fresh_world(shop, "shop", tmp_path)


def test_empty_world_stops_the_run(shop: Suite, tmp_path: Path) -> None:
    assert shop.database
    execute(shop.database.url, "delete from items")
    with pytest.raises(StampedeError, match="had no rows in scope"):
        check_fresh_world(shop, "shop", tmp_path)


def test_warning_does_not_stop_the_run(shop: Suite, tmp_path: Path) -> None:
    (tmp_path / "sql" / "checks" / "shop" / "oversold.sql").write_text(CHECK.format(severity="warning"))
    oversell(shop)
    check_fresh_world(shop, "shop", tmp_path)


def test_lost_database_is_a_trouble(shop: Suite, tmp_path: Path) -> None:
    lost = replace(shop, database=Database("postgresql://127.0.0.1:1/shop"))
    (trouble,) = verify_and_export(lost, "shop", tmp_path).troubles
    assert trouble.startswith("the verification did not run: The database does not answer")
    with pytest.raises(StampedeError, match="does not answer"):
        check_fresh_world(lost, "shop", tmp_path)


def test_suite_without_database_verifies_nothing(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    assert run_all_checks(suite, "shop").troubles == ("the suite names no database, so nothing can be verified",)
    check_fresh_world(suite, "shop", tmp_path)


def test_role_with_select_is_enough(shop: Suite, tmp_path: Path, plain_role: Callable[[str], str]) -> None:
    assert shop.database
    url = plain_role(shop.database.url)
    role = url.split("//")[1].split(":")[0]
    execute(shop.database.url, f"grant select on items to {role}")
    mine = replace(shop, database=Database(url))
    check_fresh_world(mine, "shop", tmp_path)
    found = verify_and_export(mine, "shop", tmp_path)
    assert [one.outcome for one in found.checks] == ["pass"]
    assert found.parts
    assert found.parts["frozen"].state == "present"
    assert found.troubles == ()
    execute(shop.database.url, f"revoke all on items from {role}")


@pytest.mark.parametrize("verify", [check_fresh_world, verify_and_export])
def test_owner_analyzes_what_another_role_reads(
    shop: Suite, tmp_path: Path, plain_role: Callable[[str], str], verify: Callable[[Suite, str, Path], object]
) -> None:
    assert shop.database
    url = plain_role(shop.database.url)
    role = url.split("//")[1].split(":")[0]
    execute(shop.database.url, f"grant select on items to {role}")
    verify(replace(shop, database=Database(url, owner_url=shop.database.url)), "shop", tmp_path)
    with closing(psycopg2.connect(shop.database.url)) as connection, connection.cursor() as cursor:
        cursor.execute("select reltuples > 0 from pg_class where relname = 'items'")
        assert cursor.fetchone() == (True,)
    execute(shop.database.url, f"revoke all on items from {role}")


@pytest.mark.parametrize("system", ["registration", "inventory"])
def test_queries_of_this_repository_run(lab_suite: Suite, tmp_path: Path, system: str) -> None:
    found = verify_and_export(lab_suite, system, tmp_path)
    assert found.parts
    assert {part.state for name, part in found.parts.items() if name != "frozen"} == {"present"}
    assert not any(one.reason.startswith("did not run") for one in found.checks)


LIST_COLUMNS = """
select table_schema || '.' || table_name, array_agg(column_name::text) from information_schema.columns
where table_schema = any (%s) group by 1
"""


def test_what_may_change_is_in_the_schema(lab_suite: Suite) -> None:
    assert lab_suite.database
    with closing(psycopg2.connect(lab_suite.database.url)) as connection, connection.cursor() as cursor:
        for system in lab_suite.systems.values():
            cursor.execute(LIST_COLUMNS, (list(system.schemas),))
            tables = dict(cursor.fetchall())
            assert system.changes.keys() <= tables.keys()
            for name, changes in system.changes.items():
                assert set(changes.columns) <= set(tables[name])
