"""The connections, and what may be promised when one breaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal, TypeAlias

import asyncpg

from api import errors
from api.pipeline import CONFLICT_ERRORS, Pipeline
from api.settings import Settings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
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


class Database:
    """Few connections, made when they are first needed; counts those in use and those waited for.

    Of our own, since asyncpg's pool starts a task at each release, and its queue lets a newcomer overtake those
    who wait, again and again.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: list[Connection] = []
        self._is_closed = False
        self._turn = asyncio.Semaphore(settings.connections_per_process)
        self._in_use = 0
        self._waiting = 0
        self.timeout_s = settings.database_timeout_s
        self.pipeline = Pipeline(settings.database_url, settings.database_timeout_s, SERVER_SETTINGS)

    @property
    def in_use(self) -> int:
        """Connections with something under way."""
        return self._in_use + self.pipeline.is_busy

    @property
    def waiting(self) -> int:
        """Requests that wait for a connection, or for their turn at the pipeline."""
        return self._waiting + self.pipeline.waiting

    async def close(self) -> None:
        """Close every connection that nobody uses; the others, when they are given back."""
        self._is_closed = True
        await self.pipeline.close()
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.close(timeout=self.timeout_s)
            except (*CONNECTION_ERRORS, TimeoutError):
                connection.terminate()

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
        await self._take_turn()
        self._in_use += 1
        try:
            connection = self._find_idle() or await self._connect()
            try:
                yield connection
            except CONFLICT_ERRORS as error:
                raise errors.ProblemError(errors.CONFLICT) from error
            except TimeoutError as error:
                await self._settle(connection)
                raise errors.ProblemError(errors.DATABASE_BUSY) from error
            except asyncio.CancelledError:
                await self._settle(connection)
                raise
            except CONNECTION_ERRORS as error:
                raise errors.ProblemError(errors.DATABASE_UNAVAILABLE) from error
            finally:
                self._put_back(connection)
        finally:
            self._in_use -= 1
            self._turn.release()

    async def _take_turn(self) -> None:
        if not self._turn.locked():
            await self._turn.acquire()
            return
        self._waiting += 1
        try:
            async with asyncio.timeout(self.timeout_s):
                await self._turn.acquire()
        except TimeoutError as error:
            raise errors.ProblemError(errors.DATABASE_BUSY) from error
        finally:
            self._waiting -= 1

    def _find_idle(self) -> "Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _connect(self) -> Connection:
        try:
            return await asyncpg.connect(
                self._settings.database_url,
                timeout=self.timeout_s,
                command_timeout=self.timeout_s,
                server_settings=SERVER_SETTINGS,
            )
        except (OSError, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
            raise errors.ProblemError(errors.DATABASE_UNAVAILABLE) from error

    async def _settle(self, connection: Connection) -> None:
        """Wait until a statement that was given up has ended, so that nobody else has to; or close the connection."""
        try:
            await connection.reset(timeout=self.timeout_s)
        except (*CONNECTION_ERRORS, asyncpg.PostgresError, TimeoutError):  # a cancel that comes late may hit the reset
            connection.terminate()
        except asyncio.CancelledError:
            connection.terminate()
            raise

    def _put_back(self, connection: Connection) -> None:
        """Keep a connection for the next: every setting we make ends with its transaction."""
        if connection.is_closed():
            return
        if self._is_closed or connection.is_in_transaction():  # which nobody could roll back
            connection.terminate()
        else:
            self._idle.append(connection)

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
                # What cannot be rolled back by asking is by closing.
                with suppress(*CONNECTION_ERRORS, TimeoutError):
                    await connection.execute("rollback")
                raise
            try:
                done = await connection.execute("commit")
            except (*CONNECTION_ERRORS, TimeoutError) as error:
                raise errors.ProblemError(errors.OUTCOME_UNKNOWN) from error
            if done != "COMMIT":  # a transaction that had failed unnoticed is rolled back instead
                raise errors.ProblemError(errors.CONFLICT)
