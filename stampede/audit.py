"""The audit: what clients were told, against what the database holds."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import psycopg2

from stampede.checks import NO_ROWS, Check, CheckResult, Connection, run_check
from stampede.history import Operation, count_outcomes

UNEXPECTED = "unexpected"

CREATE_OPERATIONS = """
create temporary table operations (
    op_id text, attempt integer, worker text, actor text, action text, entity text, args jsonb,
    invoked_at double precision, completed_at double precision, outcome text, status integer, answer jsonb
)
"""


@dataclass(frozen=True, slots=True)
class Audit:
    """How many writes ended how, what became of the indeterminate ones, and what the queries found.

    Without a history nothing can be lost or phantom, and nothing unexpected: `unattributed` then
    counts the effects in the database that no known operation asked for.
    """

    complete: bool
    operations: int
    ok: int
    fail: int
    info: int
    recovered: int
    absent: int
    unattributed: int
    results: tuple[CheckResult, ...]


def load_operations(connection: Connection, operations: Iterable[Operation]) -> None:
    """Put the history beside the database, in a temporary table of this session; commits."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for operation in operations:
        writer.writerow(
            (
                operation.op_id,
                operation.attempt,
                operation.worker,
                operation.actor,
                operation.action,
                operation.entity,
                _json(operation.args),
                operation.invoked_at,
                operation.completed_at,
                operation.outcome,
                operation.status,
                _json(operation.answer),
            )
        )
    buffer.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(CREATE_OPERATIONS)
        cursor.copy_expert("copy operations from stdin with (format csv)", buffer)
        cursor.execute("create index on operations (op_id)")
        cursor.execute("analyze operations")
    connection.commit()


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value)


# Every system keeps its effects in a table `events`; a row with a refusal changed nothing.
COUNT_RECOVERED = """
select count(*) from operations o
where o.outcome = 'info' and exists (
    select from {system}.events e where e.op_id = o.op_id and e.refusal is null
)
"""


def run_audit(
    connection: Connection,
    system: str,
    checks: Sequence[Check],
    operations: Sequence[Operation] | None,
    gaps: bool = False,
) -> Audit:
    """Run the audit queries in the connection's snapshot; without a history, only count the unattributed.

    `gaps` says that part of the history was lost: then an effect that no known write asked for may
    be the lost part's, and is unknown rather than unexpected.
    """
    if operations is None:
        unexpected = next(check for check in checks if check.name == UNEXPECTED)
        counted = run_check(connection, unexpected)
        unknown = (counted,) if counted.reason not in ("", NO_ROWS) else ()
        return Audit(False, 0, 0, 0, 0, 0, 0, counted.offenders, unknown)
    counts = count_outcomes(operations)
    results = tuple(run_check(connection, check) for check in checks)
    if gaps:
        results = tuple(_excuse(result) if result.name == UNEXPECTED else result for result in results)
    recovered = _count_recovered(connection, system)
    return Audit(
        True,
        len(operations),
        counts["ok"],
        counts["fail"],
        counts["info"],
        recovered,
        counts["info"] - recovered,
        0,
        results,
    )


def _excuse(result: CheckResult) -> CheckResult:
    if result.outcome != "fail":
        return result
    reason = f"cannot tell: {result.offenders} effects may belong to the lost part of the history"
    return replace(result, outcome="unknown", reason=reason, rows=())


def _count_recovered(connection: Connection, system: str) -> int:
    try:
        with connection.cursor() as cursor:
            cursor.execute(COUNT_RECOVERED.format(system=system))
            row = cursor.fetchone()
    except psycopg2.Error:
        return 0  # the connection is gone: every query after that is unknown, and those before it stand
    return int(row[0]) if row else 0
