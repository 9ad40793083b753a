"""The seam between a service and the strategy that guards it.

A service says *what* it contends for and how it decides; a strategy (api/locking.py) says *how* the
decision is guarded. Neither knows the other's name.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

from api.database import Connection, Database

R = TypeVar("R")
T = TypeVar("T")
# The numbers that decisions hang on, by column name of the contended row; `version` is one of them.
Counts: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a strategy gives to a decision.

    `version_matters`: write only where the contended row still has the version that was read, and
    raise `errors.CONFLICT` where it has not.
    """

    connection: Connection
    version_matters: bool = False

    async def recall(self, stored: Counts) -> Counts:
        """The counts to decide on, given those stored in the row."""
        return stored

    async def remember(self, counts: Counts) -> None:
        """Called with the new counts before they are written to the row."""


@dataclass(frozen=True, slots=True)
class Contended(Generic[R, T]):
    """The parent row that requests compete for: a table's own name, never input, and the row's id.

    `decide` reads the row, decides any number of requests for it in their order, and writes, all
    through the connection it is given. `decide_at_once` is the same for one request in one statement,
    which guards itself and commits by itself.
    """

    table: str
    id: UUID
    decide: Callable[[Guarded, Sequence[R]], Awaitable[list[T]]]
    decide_at_once: Callable[[Connection, R], Awaitable[T]]

    @property
    def lock_number(self) -> str:
        """The row's number among advisory locks, as an SQL expression."""
        return f"hashtextextended('{self.key}', 0)"

    @property
    def key(self) -> str:
        """One text per row, over all tables."""
        return f"{self.table} {self.id}"


class Strategy(Protocol):
    """Has a request decided in one transaction, guarded in its own way."""

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Guard, let decide, commit; give the answer to the request.

        Raises:
            ProblemError: the database's own problems, or `conflict` after too many retries.
        """
        ...
