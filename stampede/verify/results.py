"""What a check or an audit found."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["critical", "warning"]
Outcome = Literal["pass", "fail", "unknown", "skipped"]

ROWS_KEPT = 20


@dataclass(frozen=True, slots=True)
class Offender:
    """One offending row, as text."""

    entity: str
    expected: str
    actual: str
    detail: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of a check or audit: rows in scope, offending rows, the first `ROWS_KEPT` of these, duration.

    `unknown` did not run or had nothing in scope; `skipped` needs a part that the suite does not have.
    """

    name: str
    invariant: str
    severity: Severity
    outcome: Outcome
    population: int
    offenders: int
    rows: tuple[Offender, ...]
    duration_ms: float
    reason: str = ""
