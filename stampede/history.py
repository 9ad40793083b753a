"""The history as the load generator recorded it, read back into operations."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Outcome = Literal["ok", "fail", "info"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One write as a client sent it and was told of it; times are unix seconds.

    `ok`: it happened. `fail`: it was refused, nothing happened. `info`: nobody knows.
    """

    op_id: str
    attempt: int
    actor: str
    action: str
    entity: str
    args: dict[str, Any] | None
    invoked_at: float
    outcome: Outcome = "info"
    status: int | None = None
    answer: dict[str, Any] | None = None
    completed_at: float | None = None

    @property
    def worker(self) -> str:
        """The rank of the worker that sent it: an op_id is `run.rank.number`."""
        return self.op_id.split(".")[-2]


def read_history(path: Path) -> list[Operation]:
    """The operations of a gzip history file, in the order of invocation per worker.

    Raises:
        ValueError: the file is damaged, or a completion has no invocation.
    """
    try:
        with gzip.open(path, "rt") as file:
            return list(pair_records(json.loads(line) for line in file))
    except (OSError, EOFError, json.JSONDecodeError) as error:
        raise ValueError(f"the history does not read: {error}") from error


def pair_records(records: Iterable[list[Any]]) -> Iterator[Operation]:
    """Join invocations with their completions; an invocation without one is an `info`.

    Raises:
        ValueError: a completion has no invocation.
    """
    open_operations: dict[tuple[str, int], Operation] = {}
    for kind, op_id, attempt, *rest in records:
        if kind == "i":
            open_operations[op_id, attempt] = Operation(op_id, attempt, *rest)
            continue
        invoked = open_operations.pop((op_id, attempt), None)
        if invoked is None:
            raise ValueError(f"the history completes {op_id}, which it never invoked")
        outcome, status, answer, completed_at = rest
        yield Operation(
            op_id,
            attempt,
            invoked.actor,
            invoked.action,
            invoked.entity,
            invoked.args,
            invoked.invoked_at,
            outcome,
            status,
            answer,
            completed_at,
        )
    yield from open_operations.values()


def count_outcomes(operations: Iterable[Operation]) -> Counter[str]:
    """How many operations ended how."""
    return Counter(operation.outcome for operation in operations)
