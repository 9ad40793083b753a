"""The connections to PostgreSQL, and the transactions on them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Literal, TypeAlias

from api import deadline
from api.deadline import Deadline
from api.problems import DATABASE_BUSY, Problem, ProblemError
from api.storage.pipeline import Connector, Pipeline, run_alone
from api.storage.session import Query, Record, Session
from api.trace import Stage

Isolation: TypeAlias = Literal["read committed", "repeatable read", "serializable"]

COMMIT, ROLLBACK = Query("commit"), Query("rollback")
ROLLBACK_S = 1.0


class Transaction:
    """An open transaction; made by `Database.transaction`."""

    def __init__(self, session: Session, opening: Sequence[Query]) -> None:
        self._session = session
        self._deadline = deadline.current()
        self._unsent = list(opening)
        self._has_written = False
        self.is_open = True
        # The rows of each opening statement after `begin`; empty until the first statement.
        self.opened: list[list[Record]] = []

    async def write(self, *queries: Query, commits: bool = False) -> list[list[Record]]:
        """Run statements that write, in one round trip, and return the rows of each. `commits`: commit in it, too.

        Raises:
            ProblemError: as `Session.run`.
            psycopg.Error, UnicodeError: likewise.
        """
        self._has_written = True
        return await self._run(queries, commits=commits)

    async def fetch(self, *queries: Query) -> list[list[Record]]:
        """Run statements that only read, in one round trip, and return the rows of each. Raises as `write`."""
        return await self._run(queries, commits=False)

    async def _run(self, queries: Sequence[Query], *, commits: bool) -> list[list[Record]]:
        """Send `begin` and the opening statements along with the first statements."""
        opening, self._unsent = self._unsent, []
        ending = [COMMIT] if commits else []
        results = await self._session.run([*opening, *queries, *ending], self._deadline, commits=commits)
        self.is_open = not commits
        if opening:
            self.opened = results[1 : len(opening)]
        return results[len(opening) : len(opening) + len(queries)]

    def hang_up(self) -> None:
        """Close the connection, which also releases its session-level locks."""
        self._session.close()

    async def commit(self) -> None:
        """Commit. A commit without an answer is `outcome_unknown` only if the transaction has written."""
        if not self._unsent:
            await self._session.run([COMMIT], self._deadline, commits=self._has_written)
        self.is_open = False

    async def roll_back(self) -> None:
        """Roll back, within a time of its own: the request's may be over."""
        if not self._unsent:
            await self._session.run([ROLLBACK], Deadline(ROLLBACK_S), commits=False)
        self.is_open = False


class Database:
    """A small pool of connections, opened on demand. Reads may use all but one, so that they cannot starve writes."""

    def __init__(self, url: str, connections: int, timeout_s: float) -> None:
        self._connector = Connector(url, timeout_s)
        self._idle: list[Session] = []
        self._is_closed = False
        self._turn = asyncio.Semaphore(connections)
        self._reads = asyncio.Semaphore(max(1, connections - 1))
        self._in_use = 0
        self._waiting = 0
        self.pipeline = Pipeline(self._connector)

    @property
    def in_use(self) -> int:
        """Number of connections in use."""
        return self._in_use + self.pipeline.is_busy

    @property
    def waiting(self) -> int:
        """Number of requests that wait for a connection, or to be sent through the pipeline."""
        return self._waiting + self.pipeline.waiting

    async def close(self) -> None:
        """Close idle connections now, and the others when they are released."""
        self._is_closed = True
        await self.pipeline.close()
        while self._idle:
            self._idle.pop().close()

    async def ping(self) -> None:
        """Reach the server once.

        Raises:
            ProblemError: as `fetch`.
        """
        await self.fetch(Query("select 1"))

    async def fetch(self, query: Query, *, for_write: bool = False) -> list[Record]:
        """Run a read outside a transaction and return its rows. `for_write`: it may use the connection kept for writes.

        Raises:
            ProblemError: `database_busy`, `database_unavailable` or `conflict`.
            psycopg.Error, UnicodeError: a programming error.
        """
        turn = nullcontext() if for_write else self._turn_at(self._reads)
        async with turn, self._connection() as session:
            return await run_alone(session, query, commits=False)

    async def fetch_json(self, query: Query, missing: Problem | None = None) -> str:
        """The document in the only column of the only row.

        Raises:
            ProblemError: as `fetch`, or `missing` where there is no row.
        """
        rows = await self.fetch(query)
        if not rows and missing is not None:
            raise ProblemError(missing)
        (document,) = rows[0].values()
        return str(document)

    @asynccontextmanager
    async def transaction(
        self, opening: Sequence[Query] = (), isolation: Isolation = "read committed"
    ) -> AsyncIterator[Transaction]:
        """Open a transaction, and commit it at the end of the block unless its last write did.

        `opening` statements, such as locks, are sent along with `begin` and the first statement. An error in the block
        rolls back.

        Raises:
            ProblemError: as `fetch`, or `outcome_unknown` when the commit got no answer.
        """
        async with self._connection() as session:
            transaction = Transaction(session, [Query(f"begin isolation level {isolation}"), *opening])
            try:
                yield transaction
                if transaction.is_open:
                    await transaction.commit()
            except Exception:
                if not session.is_busy:
                    with suppress(ProblemError):
                        await transaction.roll_back()
                raise
            finally:
                if transaction.is_open:  # the rollback failed or was not sent; closing rolls back, too
                    session.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Session]:
        async with self._turn_at(self._turn):
            self._in_use += 1
            session: Session | None = None
            try:
                session = self._find_idle() or await self._connect()
                with Stage("database"):
                    yield session
            finally:
                self._in_use -= 1
                if session is not None:
                    self._put_back(session)

    @asynccontextmanager
    async def _turn_at(self, turns: asyncio.Semaphore) -> AsyncIterator[None]:
        """Hold one of the turns during the block."""
        if turns.locked():
            self._waiting += 1
            try:
                with Stage("connection"):
                    async with deadline.bounded(DATABASE_BUSY, in_line=True):
                        await turns.acquire()
            finally:
                self._waiting -= 1
        else:
            await turns.acquire()
        try:
            if deadline.current().is_over:
                raise ProblemError(DATABASE_BUSY)
            yield
        finally:
            turns.release()

    def _find_idle(self) -> Session | None:
        while self._idle:
            session = self._idle.pop()
            if not session.is_closed:
                return session
        return None

    async def _connect(self) -> Session:
        with Stage("connection"):
            async with deadline.bounded(DATABASE_BUSY):
                return await self._connector.connect()

    def _put_back(self, session: Session) -> None:
        """Keep the connection for reuse, unless a statement is unanswered."""
        if self._is_closed or session.is_busy:
            session.close()
        elif not session.is_closed:
            self._idle.append(session)
