from pathlib import Path

import pytest

from stampede.checks import load_checks, parse_check
from stampede.errors import StampedeError
from stampede.settings import ROOT

TEXT = """-- invariant:  No seat twice.
-- population: select count(*) from seats
-- severity:   critical
select 1
"""


def test_header_of_a_check_is_read() -> None:
    check = parse_check("seats", TEXT)
    assert (check.invariant, check.population, check.severity) == (
        "No seat twice.",
        "select count(*) from seats",
        "critical",
    )


@pytest.mark.parametrize("line", ["invariant", "population", "severity"])
def test_missing_header_line_is_named(line: str) -> None:
    text = "\n".join(row for row in TEXT.splitlines() if line not in row)
    with pytest.raises(StampedeError, match=f"lacks the header line `-- {line}"):
        parse_check("seats", text)


def test_unknown_severity_is_refused() -> None:
    with pytest.raises(StampedeError, match="severity 'fatal'"):
        parse_check("seats", TEXT.replace("critical", "fatal"))


def test_folder_without_checks_is_refused() -> None:
    empty = ROOT / "sql" / "checks" / "nothing"
    with pytest.raises(StampedeError, match=str(Path("sql") / "checks" / "nothing")):
        load_checks(empty)
