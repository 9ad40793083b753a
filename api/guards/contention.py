"""What a write contends for, and the seams between a system, the decision and the strategy that guards it.

A system says *what* it contends for, reads, decides and writes (`Decider`, `Desk`); `api/guards/decision.py` says in
which order; a strategy (`api/guards/locking.py`) says *how* that is guarded. None knows the other's name.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias
from uuid import UUID

from api.guards.writes import A, Answer, Decided, Events, Write
from api.problems import CONFLICT, Problem, ProblemError
from api.storage.database import Database, Transaction
from api.storage.session import Query, Record

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
    def row_lock(self) -> Query:
        """The statement that locks the row; it gives the row's id if there is one."""
        return Query(f"select id from {self.table} where id = $1 for no key update", (self.id,))

    def advisory_lock(self, function: str = "pg_advisory_xact_lock") -> Query:
        """The statement that takes, or gives back, the advisory lock of the row's name."""
        return Query(f"select {function}(hashtextextended($1, 0))", (self.key,))


class Desk(Protocol[A]):
    """What was read for some writes, while they are decided in their order; it remembers what each one changes."""

    @property
    def changed(self) -> int:
        """How many of the contended rows have changed."""
        ...

    def counts(self) -> dict[Row, Counts]:
        """The present counts of every contended row that there is."""
        ...

    def recount(self, row: Row, counts: Counts) -> None:
        """Decide on other counts than those that were read."""
        ...

    def decide(self, write: Write[A]) -> Decided:
        """Decide one write and apply it to what was read."""
        ...

    def write(self, *, compare_versions: bool) -> Query:
        """One statement that writes every change; asked for only where contended rows have changed.

        It gives one row, `written`: how many of the contended rows it wrote. With `compare_versions`, it leaves out a
        row that no longer has the version that was read.
        """
        ...


class Decider(Protocol[A]):
    """How a system decides its contended writes."""

    @property
    def events(self) -> Events:
        """Where decided writes are stored."""
        ...

    @property
    def violations(self) -> Mapping[str, Problem]:
        """What a violated constraint tells the client, by the constraint's name."""
        ...

    def read(self, rows: Sequence[Row], writes: Sequence[Write[A]]) -> Query:
        """The statement that reads all that the decisions need."""
        ...

    def open(self, rows: Sequence[Row], found: Sequence[Record]) -> Desk[A]:
        """What was found, ready to decide on."""
        ...

    def at_once(self, write: Write[A]) -> Query:
        """The statement that decides one write inside the database; it guards itself and commits by itself.

        It gives one row, for `Events.answer`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Contended(Generic[A]):
    """The rows that a write contends for, in locking order, and the decider of the write.

    `before_write` is awaited once the writes are decided, before anything is written: for targets that lie on purpose.
    """

    rows: tuple[Row, ...]
    decider: Decider[A]
    before_write: Callable[[Sequence[Write[A]], Sequence[Answer]], Awaitable[None]] | None = None

    @property
    def key(self) -> str:
        """One text per set of rows."""
        return ", ".join(row.key for row in self.rows)


class Guarded:
    """What a strategy gives to a decision: its transaction, in which the last statement commits."""

    compare_versions = False

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction

    async def recall(self, desk: Desk[Any]) -> None:
        """Called before anything is decided; other counts may be put in place of those read."""

    async def remember(self, desk: Desk[Any]) -> None:
        """Called before the changes are written."""

    async def write(self, desk: Desk[Any], queries: Sequence[Query]) -> None:
        """Write all changes and events, and commit in the same round trip."""
        await self.transaction.write(*queries, commits=True)


class Locked(Guarded):
    """Every contended row was locked when the transaction opened."""

    def __init__(self, transaction: Transaction, rows: Sequence[Row]) -> None:
        super().__init__(transaction)
        self._rows = rows

    async def recall(self, desk: Desk[Any]) -> None:
        """Check that every row read is locked. A row inserted after the lock statement and before the read is not.

        Raises:
            ProblemError: `conflict`.
        """
        found = desk.counts()
        if any(row in found and not lock for row, lock in zip(self._rows, self.transaction.opened, strict=True)):
            raise ProblemError(CONFLICT)


class Versioned(Guarded):
    """Nothing is locked: a row is written only where it still has the version that was read."""

    compare_versions = True

    async def write(self, desk: Desk[Any], queries: Sequence[Query]) -> None:
        """Write all changes or none.

        Raises:
            ProblemError: `conflict`, where a version has changed.
        """
        first, *_ = await self.transaction.write(*queries)
        if desk.changed and first[0]["written"] != desk.changed:
            raise ProblemError(CONFLICT)


class Strategy(Protocol):
    """Has a write decided in one transaction, guarded in its own way."""

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Guard, let decide, commit; give the answer to the write.

        Raises:
            ProblemError: the database's own problems, or `conflict`, when the deadline ends its retries.
        """
        ...
