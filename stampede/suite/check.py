"""Checks and additional audits as a suite writes them: one invariant per SQL file."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stampede.errors import StampedeError

HEADER = re.compile(r"^-- (invariant|population|severity):\s*(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: the query that finds offending rows, and the query that counts the rows in scope."""

    name: str
    invariant: str
    population: str
    severity: Literal["critical", "warning"]
    query: str


def parse_check(name: str, text: str) -> Check:
    """Parse a check file: header lines `-- key: value`, then the query.

    Raises:
        StampedeError: a header line is missing or the severity is unknown.
    """
    header = dict(HEADER.findall(text))
    for key in ("invariant", "population", "severity"):
        if key not in header:
            raise StampedeError(f"The check {name} lacks the header line `-- {key}: …`.")
    severity = header["severity"]
    if severity not in ("critical", "warning"):
        raise StampedeError(f"The check {name} has the severity {severity!r}; it is critical or warning.")
    return Check(name, header["invariant"], header["population"].rstrip(";"), severity, text.rstrip().rstrip(";"))


def load_checks(folder: Path) -> tuple[Check, ...]:
    """Every check of a folder, by name; none where the folder is missing.

    Raises:
        StampedeError: a file lacks a header line.
    """
    return tuple(parse_check(path.stem, path.read_text()) for path in sorted(folder.glob("*.sql")))
