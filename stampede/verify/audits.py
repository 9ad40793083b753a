"""Audits: whether what clients were told agrees with what the database holds, from the evidence files alone.

Each audit is one SQL file in `sql/audits`; what several need is built once, from `sql/shared` and `facts`.
An audit that fails or times out is unknown and stops no other.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from stampede.errors import StampedeError
from stampede.evidence.engine import MEMORY_LIMIT, THREADS, engine, literal
from stampede.evidence.manifest import Manifest, Part, read_manifest, verify_manifest
from stampede.verify.facts import build_differing, build_items
from stampede.verify.results import ROWS_KEPT, CheckResult, Offender, Outcome, Severity

SQL = Path(__file__).parent / "sql"
TIMEOUT_S = 120.0
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
FILES = {
    "operations": ("operations",),
    "effects": ("effects",),
    "states": ("states",),
    "frozen": ("frozen_before", "frozen_after"),
}
BUILT: dict[str, tuple[tuple[str, ...], Callable[[duckdb.DuckDBPyConnection], None]]] = {
    "items": (("spans",), build_items),
    "differing": (("links",), build_differing),
}
Extra = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit: `needs` shared tables, `parts` of the evidence; `setup` runs before the query."""

    name: str
    invariant: str
    population: str
    severity: Severity
    query: str
    setup: str = ""
    needs: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    unknown_with_gaps: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How many operations of one action and kind had an outcome."""

    kind: str
    action: str
    outcome: str
    code: str
    operations: int


def parse_audit(name: str, text: str) -> Audit:
    """Read an audit file: header lines `-- name: value`, optional statements and a line `---`, the query.

    Raises:
        StampedeError: a header line is missing or the severity is unknown.
    """
    header = dict(re.findall(r"^-- (invariant|population|severity|needs|parts|gaps):\s*(.+?)\s*$", text, re.MULTILINE))
    for key in ("invariant", "population", "severity"):
        if key not in header:
            raise StampedeError(f"The audit {name} lacks the header line `-- {key}: …`.")
    severity = header["severity"]
    if severity not in ("critical", "warning"):
        raise StampedeError(f"The audit {name} has the severity {severity!r}; expected critical or warning.")
    setup, _, query = text.rpartition("\n---\n")
    return Audit(
        name,
        header["invariant"],
        header["population"],
        severity,
        query,
        setup,
        _list(header.get("needs", "")),
        _list(header.get("parts", "")),
        header.get("gaps") == "unknown",
    )


def run_audits(
    folder: Path,
    *,
    extra: Sequence[Extra] = (),
    memory_limit: str = MEMORY_LIMIT,
    threads: int = THREADS,
    timeout_s: float = TIMEOUT_S,
    rows_kept: int = ROWS_KEPT,
) -> tuple[CheckResult, ...]:
    """Run the audits, and the suite's own (`extra`: name and text of each file), over an evidence folder.

    Damaged evidence makes every audit unknown, with the finding as the reason.

    Raises:
        StampedeError: an extra audit's header is incomplete.
    """
    audits = [parse_audit(name, (SQL / "audits" / f"{name}.sql").read_text()) for name in AUDITS]
    further = [parse_audit(name, text) for name, text in extra]
    findings = verify_manifest(folder)
    if findings:
        return tuple(_result(audit, "unknown", reason=" ".join(findings)) for audit in [*audits, *further])
    manifest = read_manifest(folder)
    with engine(memory_limit, threads) as connection:
        _open(connection, folder, manifest)
        shared = _Shared(connection, rows_kept)
        results = [_run(connection, shared, audit, manifest, timeout_s) for audit in audits]
        return tuple(results + [_run_extra(connection, shared, audit, manifest, timeout_s) for audit in further])


def count_operations(folder: Path) -> tuple[Counted, ...]:
    """Count the operations by kind, action, outcome and code: the last attempt of each."""
    query = """select kind, action, outcome, coalesce(code, ''), count(*) from (
        select kind, arg_max_null(action, attempt) as action, arg_max_null(outcome, attempt) as outcome,
            arg_max_null(code, attempt) as code
        from operations group by op_id, kind) group by all order by all"""
    return tuple(Counted(*row) for row in run_query(folder, query))


def run_query(folder: Path, query: str, *, timeout_s: float = TIMEOUT_S) -> list[tuple[Any, ...]]:
    """Run a query over the views operations, effects, states, frozen_before and frozen_after.

    Raises:
        StampedeError: the query failed or timed out.
    """
    with engine() as connection:
        _open(connection, folder, read_manifest(folder))
        try:
            with _deadline(connection, timeout_s):
                return connection.execute(query).fetchall()
        except duckdb.Error as error:
            raise StampedeError(f"The query over the evidence failed: {_first_line(error)}") from error


def _open(connection: duckdb.DuckDBPyConnection, folder: Path, manifest: Manifest) -> None:
    """Create the views over the files, and what the manifest says as tables; then close the file system."""
    for part, files in FILES.items():
        if manifest.parts.get(part, Part("absent")).state == "present":
            for file in files:
                path = literal((folder / f"{file}.parquet").resolve())
                connection.execute(
                    f"create view {file} as select * exclude (file_row_number), file_row_number as row_id"
                    f" from read_parquet({path}, file_row_number = true)"
                )
    for name in ("absent_entity", "absent_actor", "kept_refusals"):
        _table(connection, f"{name} (code varchar)", [(code,) for code in sorted(getattr(manifest.rules, name))])
    _table(connection, "row_rules (table_name varchar, rows varchar)", list(manifest.row_rules.items()))
    clocks = [(str(clock.rank), 2 * clock.error_s) for clock in manifest.workers.values()]
    _table(connection, "clocks (worker varchar, slack double)", clocks)
    _table(
        connection,
        "database_clock (clock_offset double, clock_error double)",
        [(manifest.database_offset_s, manifest.database_error_s)],
    )
    connection.execute((SQL / "macros.sql").read_text())
    connection.execute(f"set allowed_directories = [{literal(folder.resolve())}]")
    connection.execute("set enable_external_access = false")


def _table(connection: duckdb.DuckDBPyConnection, definition: str, rows: list[tuple[Any, ...]]) -> None:
    connection.execute(f"create table {definition}")
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"insert into {definition.split()[0]} values ({marks})", rows)


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
            return _result(audit, "skipped", reason=f"Not verified: the suite has no {part}.")
        if state.state == "failed":
            return _result(audit, "unknown", reason=f"The {part} could not be exported: {state.reason}")
    started = time.perf_counter()
    try:
        with _deadline(connection, timeout_s):
            for name in audit.needs:
                shared.require(name)
            population, offenders, rows = _offenders(connection, audit, shared.rows_kept)
    except duckdb.InterruptException:
        return _result(audit, "unknown", started=started, reason=f"Timed out after {timeout_s:g} s.")
    except (duckdb.Error, StampedeError) as error:
        return _result(audit, "unknown", started=started, reason=_first_line(error))
    outcome: Outcome = "fail" if offenders else "pass"
    reason = ""
    if offenders and audit.unknown_with_gaps and manifest.gaps:
        outcome, reason = "unknown", "Operations are missing from the history, which may have asked for these."
    return _result(audit, outcome, population, offenders, rows, started, reason)


def _run_extra(
    connection: duckdb.DuckDBPyConnection, shared: _Shared, audit: Audit, manifest: Manifest, timeout_s: float
) -> CheckResult:
    """Run an audit of the suite; it needs the parts whose views it names."""
    parts = tuple(
        part for part, files in FILES.items() if any(re.search(rf"\b{file}\b", audit.query) for file in files)
    )
    needed = Audit(audit.name, audit.invariant, audit.population, audit.severity, audit.query, audit.setup, (), parts)
    return _run(connection, shared, needed, manifest, timeout_s)


def _offenders(
    connection: duckdb.DuckDBPyConnection, audit: Audit, rows_kept: int
) -> tuple[int, int, tuple[Offender, ...]]:
    if audit.setup:
        connection.execute(audit.setup)
    counted = connection.execute(audit.population).fetchone()
    query = audit.query.strip().rstrip(";")
    connection.execute(
        f"create or replace temp table found as select entity, expected, actual, detail from (\n{query}\n)"
    )
    total = connection.execute("select count(*) from found").fetchone()
    assert counted is not None
    assert total is not None
    rows = connection.execute(f"select * from found order by all limit {rows_kept}").fetchall() if total[0] else []
    connection.execute("drop table found")
    return int(counted[0]), int(total[0]), tuple(Offender(*("" if v is None else str(v) for v in row)) for row in rows)


@contextmanager
def _deadline(connection: duckdb.DuckDBPyConnection, timeout_s: float) -> Iterator[None]:
    """Interrupt the connection's statement after the timeout."""
    timer = threading.Timer(timeout_s, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


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
        audit.name, audit.invariant, audit.severity, outcome, population, offenders, rows, duration_ms, reason
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
