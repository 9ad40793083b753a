from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.suite.check import load_checks, parse_check

TEXT = """-- invariant:  No seat twice.
-- population: select count(*) from seats
-- severity:   critical
select 1
"""


def test_header_is_parsed() -> None:
    check = parse_check("seats", TEXT)
    header = (check.invariant, check.population, check.severity)
    assert header == ("No seat twice.", "select count(*) from seats", "critical")


@pytest.mark.parametrize("line", ["invariant", "population", "severity"])
def test_missing_header_line_is_named(line: str) -> None:
    text = "\n".join(row for row in TEXT.splitlines() if line not in row)
    with pytest.raises(StampedeError, match=f"seats lacks the header line `-- {line}"):
        parse_check("seats", text)


def test_unknown_severity_is_refused() -> None:
    with pytest.raises(StampedeError, match="seats has the severity 'fatal'"):
        parse_check("seats", TEXT.replace("critical", "fatal"))


def test_semicolons_at_the_ends_are_dropped() -> None:
    check = parse_check("seats", TEXT.replace("from seats", "from seats;").replace("select 1\n", "select 1;\n\n"))
    assert check.query.endswith("select 1")
    assert check.population == "select count(*) from seats"


def test_folder_is_read_by_name(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.sql").write_text(TEXT)
    (tmp_path / "notes.txt").write_text("no check")
    assert [check.name for check in load_checks(tmp_path)] == ["a", "b"]


def test_missing_folder_has_no_checks(tmp_path: Path) -> None:
    assert load_checks(tmp_path / "nothing") == ()


def test_fast_form_runs_in_place_of_the_query(tmp_path: Path) -> None:
    (tmp_path / "seats.sql").write_text(TEXT)
    (tmp_path / "seats.fast.sql").write_text("-- By an index.\nselect 2;\n")
    (check,) = load_checks(tmp_path)
    assert check.name == "seats"
    assert check.query.endswith("select 1")
    assert check.statement == check.fast == "-- By an index.\nselect 2"


def test_query_runs_where_there_is_no_fast_form() -> None:
    check = parse_check("seats", TEXT)
    assert check.statement == check.query


def test_fast_form_without_its_check_is_refused(tmp_path: Path) -> None:
    (tmp_path / "seats.fast.sql").write_text("select 2")
    with pytest.raises(StampedeError, match=r"seats\.fast\.sql stands beside no seats\.sql"):
        load_checks(tmp_path)
