"""The seam between a service and the strategy that guards it.

A service says *what* it contends for and how it decides; a strategy (api/locking.py) says *how* the
decision is guarded. Neither knows the other's name.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

from api.database import Connection, Database
from api.pipeline import Pipeline

R = TypeVar("R")
T = TypeVar("T")
# The numbers that decisions hang on, by column name of the contended row; `version` is one of them.
Counts: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """A row that requests compete for: a table's own name, never input, and the row's id."""

    table: str
    id: UUID | int

    @property
    def key(self) -> str:
        """One text per row, over all tables."""
        return f"{self.table} {self.id}"

    @property
    def lock_number(self) -> str:
        """The row's number among advisory locks, as an SQL expression."""
        return f"hashtextextended('{self.key}', 0)"


def advisory_locks(rows: Sequence[Row], function: str = "pg_advisory_xact_lock") -> str:
    """The statements that take, or give back, every row's advisory lock."""
    return "; ".join(f"select {function}({row.lock_number})" for row in rows)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a strategy gives to a decision.

    `version_matters`: write only where the contended rows still have the versions that were read, and
    raise `errors.CONFLICT` where one has not.
    """

    connection: Connection
    version_matters: bool = False

    async def recall(self, row: Row, stored: Counts) -> Counts:
        """The counts to decide on, given those stored in the row."""
        return stored

    async def remember(self, row: Row, counts: Counts) -> None:
        """Called with the new counts before they are written to the row."""


@dataclass(frozen=True, slots=True)
class Contended(Generic[R, T]):
    """The rows that a request competes for, in the order in which everybody locks them.

    `decide` reads the rows, decides any number of requests for them in their order, and writes, all
    through the connection it is given. `decide_at_once` is the same for one request in one statement,
    which guards itself and commits by itself.
    """

    rows: tuple[Row, ...]
    decide: Callable[[Guarded, Sequence[R]], Awaitable[list[T]]]
    decide_at_once: Callable[[Pipeline, R], Awaitable[T]]

    @property
    def key(self) -> str:
        """One text per set of rows."""
        return ", ".join(row.key for row in self.rows)


class Strategy(Protocol):
    """Has a request decided in one transaction, guarded in its own way."""

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Guard, let decide, commit; give the answer to the request.

        Raises:
            ProblemError: the database's own problems, or `conflict` after too many retries.
        """
        ...
