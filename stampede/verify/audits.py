"""Audits: whether what clients were told agrees with what the database holds, from the evidence files alone.

Each audit is one SQL file in `sql/audits`; what several need is built once, from `sql/shared` and `facts`.
An audit that fails or times out is unknown and stops no other.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from stampede.errors import StampedeError
from stampede.evidence.engine import THREADS, engine, limit_memory
from stampede.evidence.manifest import Manifest, Part, read_manifest, verify_manifest
from stampede.suite.check import Check, parse_check
from stampede.verify.facts import build_differing, build_items
from stampede.verify.results import ROWS_KEPT, CheckResult, Offender, Outcome
from stampede.verify.views import FILES, SQL, TIMEOUT_S, count_operations, deadline, first_line, open_views, run_query

__all__ = ["AUDITS", "count_operations", "run_audits", "run_query"]

AUDITS = (
    "lost",
    "phantom",
    "unexpected",
    "duplicated",
    "mismatched",
    "reordered",
    "refused_wrongly",
    "read_wrongly",
    "went_back",
    "answered_twice",
    "changed",
)
BUILT: dict[str, tuple[tuple[str, ...], Callable[[duckdb.DuckDBPyConnection], None]]] = {
    "items": (("spans",), build_items),
    "differing": (("links",), build_differing),
}


HEADER = re.compile(r"^-- (needs|parts|gaps|drops):\s*(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit: `needs` shared tables, `parts` of the evidence; `setup` runs before the query.

    `drops`: tables that no later audit needs; with 10 M operations memory is short.
    """

    check: Check
    setup: str = ""
    needs: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    unknown_with_gaps: bool = False
    drops: tuple[str, ...] = ()


def load_audit(name: str) -> Audit:
    """Read one of the audits: header, optional statements and a line `---`, the query."""
    text = (SQL / "audits" / f"{name}.sql").read_text()
    check, header = parse_check(name, text), dict(HEADER.findall(text))
    setup, _, query = text.rpartition("\n---\n")
    return Audit(
        replace(check, query=query),
        setup,
        _list(header.get("needs", "")),
        _list(header.get("parts", "")),
        header.get("gaps") == "unknown",
        _list(header.get("drops", "")),
    )


def _audit_of(check: Check) -> Audit:
    """A suite's audit needs the parts whose views it names."""
    text = check.query + check.population
    parts = [part for part, files in FILES.items() if any(re.search(rf"\b{file}\b", text) for file in files)]
    return Audit(check, parts=tuple(parts))


def run_audits(
    folder: Path,
    *,
    extra: Sequence[Check] = (),
    memory_limit: str = "",
    threads: int = THREADS,
    timeout_s: float = TIMEOUT_S,
    rows_kept: int = ROWS_KEPT,
) -> tuple[CheckResult, ...]:
    """Run the audits, and the suite's own (`extra`), over an evidence folder.

    Damaged evidence makes every audit unknown, with the finding as the reason. Unless it is given, the memory limit
    grows with the size of the evidence.
    """
    audits = [load_audit(name) for name in AUDITS]
    further = [_audit_of(check) for check in extra]
    findings = verify_manifest(folder)
    if findings:
        return tuple(_result(audit, "unknown", reason=" ".join(findings)) for audit in [*audits, *further])
    manifest = read_manifest(folder)
    with engine(memory_limit or limit_memory(folder), threads) as connection:
        open_views(connection, folder, manifest)
        shared = _Shared(connection, rows_kept)
        results = [_run(connection, shared, audit, manifest, timeout_s) for audit in [*audits, *further]]
        return tuple(results)


class _Shared:
    """Tables that several audits need, built once; an error is kept and raised for each of them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, rows_kept: int) -> None:
        self._connection = connection
        self.rows_kept = rows_kept
        self._outcomes: dict[str, Exception | None] = {}

    def require(self, name: str) -> None:
        """Build a table and what it needs.

        Raises:
            Exception: the one that stopped the first attempt.
        """
        if name not in self._outcomes:
            try:
                self._build(name)
            except (duckdb.Error, StampedeError) as error:
                self._outcomes[name] = error
            else:
                self._outcomes[name] = None
        failure = self._outcomes[name]
        if failure is not None:
            raise failure

    def _build(self, name: str) -> None:
        if name in BUILT:
            needs, build = BUILT[name]
            for other in needs:
                self.require(other)
            build(self._connection)
            return
        text = (SQL / "shared" / f"{name}.sql").read_text()
        for other in _list("".join(re.findall(r"^-- needs: (.+)$", text, re.MULTILINE))):
            self.require(other)
        self._connection.execute(text)


def _run(
    connection: duckdb.DuckDBPyConnection, shared: _Shared, audit: Audit, manifest: Manifest, timeout_s: float
) -> CheckResult:
    """Run one audit; an error becomes an unknown with its reason."""
    for part in ("operations", *audit.parts):
        state = manifest.parts.get(part, Part("absent"))
        if state.state == "absent":
            lacks = "no operations were recorded" if part == "operations" else f"the suite has no {part}"
            return _result(audit, "skipped", reason=f"Not verified: {lacks}.")
        if state.state == "failed":
            return _result(audit, "unknown", reason=f"The {part} could not be exported: {state.reason}")
    started = time.perf_counter()
    try:
        with deadline(connection, timeout_s):
            for name in audit.needs:
                shared.require(name)
            population, offenders, rows = _offenders(connection, audit, shared.rows_kept)
            for name in audit.drops:
                connection.execute(f"drop table if exists {name}")
    except duckdb.InterruptException:
        return _result(audit, "unknown", started=started, reason=f"Timed out after {timeout_s:g} s.")
    except (duckdb.Error, StampedeError) as error:
        return _result(audit, "unknown", started=started, reason=first_line(error))
    outcome: Outcome = "fail" if offenders else "pass"
    reason = ""
    if offenders and audit.unknown_with_gaps and manifest.gaps:
        outcome, reason = "unknown", "Operations are missing from the history, which may have asked for these."
    return _result(audit, outcome, population, offenders, rows, started, reason)


def _offenders(
    connection: duckdb.DuckDBPyConnection, audit: Audit, rows_kept: int
) -> tuple[int, int, tuple[Offender, ...]]:
    if audit.setup:
        connection.execute(audit.setup)
    counted = connection.execute(audit.check.population).fetchone()
    query = audit.check.query.strip().rstrip(";")
    connection.execute(
        f"create or replace temp table found as select entity, expected, actual, detail from (\n{query}\n)"
    )
    total = connection.execute("select count(*) from found").fetchone()
    assert counted is not None
    assert total is not None
    rows = connection.execute(f"select * from found order by all limit {rows_kept}").fetchall() if total[0] else []
    connection.execute("drop table found")
    return (
        _count(counted[0]),
        int(total[0]),
        tuple(Offender(*("" if v is None else str(v) for v in row)) for row in rows),
    )


def _count(value: object) -> int:
    """The number that a population query returned; null is 0.

    Raises:
        StampedeError: it is no number.
    """
    if value is not None and not isinstance(value, int):
        raise StampedeError(f"The population is {value!r}; expected a whole number.")
    return value or 0


def _result(
    audit: Audit,
    outcome: Outcome,
    population: int = 0,
    offenders: int = 0,
    rows: tuple[Offender, ...] = (),
    started: float | None = None,
    reason: str = "",
) -> CheckResult:
    duration_ms = 0.0 if started is None else (time.perf_counter() - started) * 1000
    return CheckResult(
        audit.check.name,
        audit.check.invariant,
        audit.check.severity,
        outcome,
        population,
        offenders,
        rows,
        duration_ms,
        reason,
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())
