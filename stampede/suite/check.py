"""Checks and additional audits as a suite writes them: one invariant per SQL file.

`NAME.sql` holds the header and the plain query. A faster form of the query may stand beside it in `NAME.fast.sql`; it
returns the same rows, and it is what runs.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from stampede.errors import StampedeError

FAST = ".fast"
HEADER = re.compile(r"^-- (invariant|population|severity):\s*(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: the query that finds offending rows, and the query that counts the rows in scope.

    `fast` is another query for the same rows.
    """

    name: str
    invariant: str
    population: str
    severity: Literal["critical", "warning"]
    query: str
    fast: str | None = None

    @property
    def statement(self) -> str:
        """The query that runs: the fast form where there is one."""
        return self.fast or self.query


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
    return Check(name, header["invariant"], header["population"].rstrip(";"), severity, _trim(text))


def _trim(query: str) -> str:
    return query.rstrip().rstrip(";")


def load_checks(folder: Path) -> tuple[Check, ...]:
    """Every check of a folder, by name; none where the folder is missing.

    Raises:
        StampedeError: a file lacks a header line, or a fast form stands beside no check.
    """
    texts = {path.stem: path.read_text() for path in sorted(folder.glob("*.sql"))}
    fast = {name.removesuffix(FAST): _trim(text) for name, text in texts.items() if name.endswith(FAST)}
    checks = [parse_check(name, text) for name, text in texts.items() if not name.endswith(FAST)]
    for name in fast.keys() - {check.name for check in checks}:
        raise StampedeError(
            f"{folder / name}{FAST}.sql stands beside no {name}.sql, which holds the plain query: add it."
        )
    return tuple(replace(check, fast=fast.get(check.name)) for check in checks)
