"""How a contended operation is protected: one setting, `LOCKING`, and one strategy behind it.

A service says *what* it contends for, the strategy says *how* it is guarded. Nothing outside this
module knows a strategy's name.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar
from uuid import UUID

from api.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Contended:
    """The parent row that requests compete for: a table's own name, never input, and the row's id."""

    table: str
    id: UUID


T = TypeVar("T")
Decide: TypeAlias = Callable[[Connection], Awaitable[T]]


class Strategy(Protocol):
    """Runs `decide` in one transaction, guarded in its own way.

    `decide` reads the contended row, decides, and writes, all through the connection it is given.
    """

    async def decide(self, database: Database, contended: Contended, decide: Decide[T]) -> T:
        """Guard, let decide, commit; give what `decide` gave."""
        ...


class RowLock:
    """`select … for no key update` on the parent row: one decision at a time per row.

    Right, because everything is read after the lock is held, in statements of their own: under READ
    COMMITTED each sees what the last holder committed. Weaker than FOR UPDATE, so the foreign-key
    checks of other transactions (FOR KEY SHARE) do not wait. The lock is taken in the round trip of
    the begin; it costs waiting while it is held over the three that follow.
    Source: PostgreSQL manual, 13.2.1 Read Committed, 13.3.2 Row-Level Locks.
    """

    async def decide(self, database: Database, contended: Contended, decide: Decide[T]) -> T:
        """Lock the row, decide, commit."""
        lock = f"select from {contended.table} where id = '{contended.id}' for no key update"
        async with database.transaction(lock) as connection:
            return await decide(connection)


class Unprotected:
    """Read, decide, write. Wrong: two transactions that read the same row take the same seat.

    It exists to prove that the referee sees through it. Nothing is held between the read and the
    write, so the later write overwrites the earlier one's counters (a lost update).
    """

    async def decide(self, database: Database, contended: Contended, decide: Decide[T]) -> T:
        """Decide, commit."""
        async with database.transaction() as connection:
            return await decide(connection)


STRATEGIES: dict[str, Callable[[], Strategy]] = {"row_lock": RowLock, "none": Unprotected}


def strategy(name: str) -> Strategy:
    """The strategy of that name.

    Raises:
        KeyError: no strategy bears it; the settings let none through.
    """
    return STRATEGIES[name]()
