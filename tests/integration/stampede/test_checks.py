from collections.abc import Iterator

import pytest

from stampede.suite.check import Check
from stampede.verify.checks import NO_ROWS, VALUE_LENGTH, Connection, run_check, run_checks
from stampede.verify.database import snapshot
from stampede.verify.results import ROWS_KEPT, CheckResult, Offender

ITEMS = "create table items (id int, sold int); insert into items select n, 10 - n from generate_series(1, 30) as n"
OVERSOLD = """-- invariant: Nothing is oversold.
select 'item ' || id as entity, 'at least 0' as expected, sold as actual, null as detail
from items where sold < 0 order by id
"""


def check(query: str = OVERSOLD, population: str = "select count(*) from items", name: str = "oversold") -> Check:
    return Check(name, "Nothing is oversold.", population, "critical", query)


@pytest.fixture
def items(connection: Connection) -> Iterator[Connection]:
    connection.cursor().execute(ITEMS)
    connection.commit()
    with snapshot(connection):
        yield connection


def found(connection: Connection, query: str = OVERSOLD, **fields: str) -> CheckResult:
    return run_check(connection, check(query, **fields))


def test_offending_rows_are_found(items: Connection) -> None:
    result = found(items)
    assert (result.outcome, result.population, result.offenders) == ("fail", 30, 20)
    assert result.rows[0] == Offender("item 11", "at least 0", "-1", "")
    assert result.duration_ms > 0


def test_more_rows_are_counted_than_kept(items: Connection) -> None:
    result = found(items, OVERSOLD.replace("sold < 0", "sold < 5"))
    assert (result.offenders, len(result.rows)) == (25, ROWS_KEPT)


def test_no_offender_passes(items: Connection) -> None:
    result = found(items, OVERSOLD.replace("sold < 0", "sold < -100"))
    assert (result.outcome, result.population, result.rows, result.reason) == ("pass", 30, (), "")


@pytest.mark.parametrize("population", ["count(*)", "sum(sold)"])
def test_empty_population_is_unknown(items: Connection, population: str) -> None:
    result = found(items, "select 1 as entity, 1 as expected, 1 as actual, 1 as detail where false",
                   population=f"select {population} from items where id > 100")  # fmt: skip
    assert (result.outcome, result.population, result.reason) == ("unknown", 0, NO_ROWS)


def test_offenders_of_an_empty_population_fail(items: Connection) -> None:
    assert found(items, population="select 0").outcome == "fail"


@pytest.mark.parametrize(
    ("query", "population", "told"),
    [
        ("select 1 / 0", "select 1", "did not run: column offending.entity does not exist"),
        (OVERSOLD.replace("sold < 0", "sold / 0 < 0"), "select 1", "did not run: division by zero"),
        (OVERSOLD, "select count(*) from nothing", 'did not run: relation "nothing" does not exist'),
        ("", "select 1", "did not run: syntax error"),
        ("delete from items returning 'a' as entity", "select 1", "did not run: "),
    ],
)
def test_crashed_check_is_unknown(items: Connection, query: str, population: str, told: str) -> None:
    result = found(items, query, population=population)
    assert result.outcome == "unknown"
    assert result.reason.startswith(told)


def test_check_that_times_out_is_unknown(items: Connection) -> None:
    items.cursor().execute("set local statement_timeout = '100ms'")
    result = found(items, OVERSOLD.replace("sold < 0", "sold < 0 and pg_sleep(5) is null"))
    assert result.outcome == "unknown"
    assert "statement timeout" in result.reason


def test_crash_does_not_stop_the_next(items: Connection) -> None:
    checks = [check(name="first"), check("nonsense", name="second"), check(name="third")]
    results = run_checks(items, checks)
    assert [(one.name, one.outcome) for one in results] == [("first", "fail"), ("second", "unknown"), ("third", "fail")]


def test_lost_connection_leaves_all_unknown(items: Connection) -> None:
    die = OVERSOLD.replace("sold < 0", "pg_terminate_backend(pg_backend_pid())")
    results = run_checks(items, [check(die), check(), check()])
    assert [one.outcome for one in results] == ["unknown"] * 3
    assert all(one.reason for one in results)


def test_percent_sign_is_no_parameter(items: Connection) -> None:
    assert found(items, OVERSOLD.replace("sold < 0", "id % 30 = 0 or 'a' like '%b'")).offenders == 1


def test_query_may_end_in_a_comment(items: Connection) -> None:
    assert found(items, f"{OVERSOLD}-- the end").offenders == 20


def test_long_value_is_shortened(items: Connection) -> None:
    (row,) = found(items, "select repeat('x', 999) as entity, 1 as expected, 2 as actual, 'ü' as detail").rows
    assert row == Offender("x" * (VALUE_LENGTH - 1) + "…", "1", "2", "ü")
