"""The connection pool, and what may be promised when a connection breaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, TypeAlias

import asyncpg

from api import errors
from api.settings import Settings

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Isolation: TypeAlias = Literal["read committed", "repeatable read", "serializable"]

CONNECTION_ERRORS = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
# A list of one looks cheaper to the planner than a list of unknown length, so it would plan each statement
# that takes lists anew at every execution, which costs more than running it.
SERVER_SETTINGS = {"application_name": "stampede-api", "plan_cache_mode": "force_generic_plan"}
CONFLICT_ERRORS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


async def _reset_if_needed(connection: Any) -> None:
    """Every setting we make ends with its transaction, so a connection outside one needs no round trip."""
    if connection.is_in_transaction():
        await connection.reset()


class Database:
    """A pool of few connections; counts those in use and those waited for."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", size: int, timeout_s: float) -> None:
        self._pool = pool
        # The pool's own queue lets a newcomer overtake those who wait, again and again; this one is fair.
        self._turn = asyncio.Semaphore(size)
        self.in_use = 0
        self.waiting = 0
        self.timeout_s = timeout_s

    @classmethod
    async def open(cls, settings: Settings) -> "Database":
        """Make the pool without connecting: a target whose database is down starts, and says so."""
        pool = await asyncpg.create_pool(
            settings.database_url,
            min_size=0,
            max_size=settings.connections_per_process,
            timeout=settings.database_timeout_s,
            command_timeout=settings.database_timeout_s,
            reset=_reset_if_needed,
            server_settings=SERVER_SETTINGS,
        )
        return cls(pool, settings.connections_per_process, settings.database_timeout_s)

    async def close(self) -> None:
        """Close every connection, waiting for those in use."""
        await self._pool.close()

    async def ping(self) -> None:
        """Reach the server once.

        Raises:
            ProblemError: as `connection`.
        """
        async with self.connection() as connection:
            await connection.execute("select 1")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for reads outside a transaction.

        Raises:
            ProblemError: `database_busy`, `database_unavailable` or `conflict`.
        """
        connection = await self._acquire()
        self.in_use += 1
        try:
            yield connection
        except CONFLICT_ERRORS as error:
            raise errors.ProblemError(errors.CONFLICT) from error
        except TimeoutError as error:
            raise errors.ProblemError(errors.DATABASE_BUSY) from error
        except CONNECTION_ERRORS as error:
            raise errors.ProblemError(errors.DATABASE_UNAVAILABLE) from error
        finally:
            self.in_use -= 1
            try:
                await self._pool.release(connection)
            finally:
                self._turn.release()

    async def _acquire(self) -> Connection:
        self.waiting += 1
        try:
            async with asyncio.timeout(self.timeout_s):
                await self._turn.acquire()
        except TimeoutError as error:
            raise errors.ProblemError(errors.DATABASE_BUSY) from error
        finally:
            self.waiting -= 1
        try:
            return await self._pool.acquire(timeout=self.timeout_s)
        except BaseException as error:
            self._turn.release()
            if isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.PostgresError):
                raise errors.ProblemError(errors.DATABASE_UNAVAILABLE) from error
            raise

    @asynccontextmanager
    async def transaction(
        self, opening: str = "", isolation: Isolation = "read committed"
    ) -> AsyncIterator[Connection]:
        """A transaction; `opening` is a statement sent along with its begin, in the same round trip.

        What fails before the commit is sent was rolled back, whatever broke.

        Raises:
            ProblemError: as `connection`, or `outcome_unknown` when the commit got no answer.
        """
        async with self.connection() as connection:
            try:
                await connection.execute(f"begin isolation level {isolation}; {opening}")
                yield connection
            except BaseException:
                # What cannot be rolled back by asking is by closing: the pool resets or drops the connection.
                with suppress(*CONNECTION_ERRORS, TimeoutError):
                    await connection.execute("rollback")
                raise
            try:
                done = await connection.execute("commit")
            except (*CONNECTION_ERRORS, TimeoutError) as error:
                raise errors.ProblemError(errors.OUTCOME_UNKNOWN) from error
            if done != "COMMIT":  # a transaction that had failed unnoticed is rolled back instead
                raise errors.ProblemError(errors.CONFLICT)

    @asynccontextmanager
    async def single_statement(self) -> AsyncIterator[Connection]:
        """A connection for one statement that writes and commits by itself.

        Raises:
            ProblemError: as `connection`, or `outcome_unknown` when the statement got no answer.
        """
        async with self.connection() as connection:
            try:
                yield connection
            except (*CONNECTION_ERRORS, TimeoutError) as error:
                raise errors.ProblemError(errors.OUTCOME_UNKNOWN) from error
