"""A connection on which no statement waits for the answer to the one before."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

import asyncpg
import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from api import errors

Record: TypeAlias = Mapping[str, Any]

CONFLICT_ERRORS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
# What a prepared statement meets where the server has none of that name, or has one whose columns have changed since.
STALE_ERRORS = (asyncpg.InvalidSQLStatementNameError, asyncpg.FeatureNotSupportedError)
# A server that waits for a lock would not notice that nobody waits for its answer any more, and would then go on with
# the statements that it has received already.
NOTICES_A_LOST_CLIENT = {"client_connection_check_interval": "1s"}
# So many are told that the outcome is unknown where the server falls silent; the others, that it was busy.
DEPTH = 32


class Pipeline:
    """Statements that each are a transaction, sent one behind the other over one connection.

    The server runs them in the order of arrival and need not wait for the client between two of them, while there are
    more than fit into a round trip, up to `DEPTH`. Those for the same row wait for each other in the order they came,
    and not in the lock manager, where they only meet those of other processes. In return who waits for a lock keeps
    everybody behind it waiting. The connection is made when it is first needed, and anew after it broke.
    asyncpg cannot do this, so libpq does (psycopg's binding); errors of the server are asyncpg's all the same.
    Source: PostgreSQL manual, 32.5 Pipeline Mode.
    """

    def __init__(self, database_url: str, timeout_s: float, server_settings: Mapping[str, str]) -> None:
        self._database_url = database_url
        self._timeout_s = timeout_s
        settings = {**server_settings, **NOTICES_A_LOST_CLIENT}
        self._options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._attempt: asyncio.Task[_Session] | None = None
        self._session: _Session | None = None
        self._waiting_for_attempt = 0
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return self._session is not None and bool(self._session.under_way)

    @property
    def waiting(self) -> int:
        """Statements that are not sent yet."""
        return self._waiting_for_attempt + (0 if self._session is None else len(self._session.line))

    async def close(self) -> None:
        """Close the connection, if there is one or will be; there will be none after it."""
        self._is_closed = True
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.wait([self._attempt])
        if self._session is not None:
            self._session.close(errors.DATABASE_UNAVAILABLE)

    async def fetchrow(self, statement: str, *arguments: object) -> Record | None:
        """The first row of a statement that commits by itself.

        Raises:
            ProblemError: `database_busy` or `database_unavailable`, and it was not run; `conflict`; or
                `outcome_unknown` when it got no answer.
            asyncpg.PostgresError: any other error of the server's.
            psycopg.Error, UnicodeError: an argument that cannot be sent.
        """
        session = self._session
        if session is None or session.is_closed:
            session = await self._open()
        try:
            try:
                return await session.ask(statement, arguments)
            except STALE_ERRORS:  # nothing was done, and now it is prepared anew
                return await session.ask(statement, arguments)
        except CONFLICT_ERRORS as error:
            raise errors.ProblemError(errors.CONFLICT) from error

    async def _open(self) -> "_Session":
        """The connection, by one attempt that everybody shares."""
        if self._is_closed:
            raise errors.ProblemError(errors.DATABASE_UNAVAILABLE)
        if self._attempt is None or self._attempt.done():
            self._attempt = asyncio.create_task(self._connect())
        self._waiting_for_attempt += 1
        try:
            return await asyncio.shield(self._attempt)
        finally:
            self._waiting_for_attempt -= 1

    async def _connect(self) -> "_Session":
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = await psycopg.AsyncConnection.connect(
                    self._database_url, client_encoding="utf8", options=self._options
                )
        except (OSError, psycopg.Error, asyncio.CancelledError) as error:  # cancelled by `close` alone
            raise errors.ProblemError(errors.DATABASE_UNAVAILABLE) from error
        self._session = _Session(connection, self._timeout_s)
        return self._session


@dataclass(slots=True)
class _Prepared:
    name: bytes
    is_known: bool = False
    columns: tuple[str, ...] = ()


@dataclass(slots=True)
class _Statement:
    text: str
    values: Sequence[Buffer | None]
    answer: "asyncio.Future[Record | None]"
    asked_s: float
    prepared: _Prepared | None = None

    def settle(self, outcome: Record | Exception | None) -> None:
        """Answer who still waits."""
        if self.answer.done():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class _Session:
    """A connection in pipeline mode: what is to be sent, what is under way, and whom its answers are for."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]", timeout_s: float) -> None:
        self.line: deque[_Statement] = deque()
        self.under_way: deque[_Statement] = deque()
        self.is_closed = False
        self._pgconn = connection.pgconn
        self._socket = connection.fileno()  # libpq forgets it when it loses the connection
        self._adapter = Transformer(connection)
        self._loop = asyncio.get_running_loop()
        self._timeout_s = timeout_s
        self._heard_s = self._loop.time()
        self._prepared: dict[str, _Prepared] = {}
        self._numbers = count()
        self._outcome: Record | Exception | None = None
        self._pgconn.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._read)
        self._watch()

    async def ask(self, text: str, arguments: tuple[object, ...]) -> Record | None:
        """Stand in line, be sent, be answered.

        Raises:
            ProblemError: `outcome_unknown`; or `database_busy` or `database_unavailable`, and it was not run.
            asyncpg.PostgresError: the server's error.
            psycopg.Error, UnicodeError: an argument that cannot be sent.
        """
        if self.is_closed:
            raise errors.ProblemError(errors.DATABASE_UNAVAILABLE)
        values = self._adapter.dump_sequence(arguments, [PyFormat.TEXT] * len(arguments))
        statement = _Statement(text, values, self._loop.create_future(), self._loop.time())
        self.line.append(statement)
        self._send_line()
        return await statement.answer

    def _watch(self) -> None:
        """Let nobody wait too long: about half the time in line, so that who is sent has the other half left."""
        if self.is_closed:
            return
        self._read()  # what came while nobody looked has come
        now_s = self._loop.time()
        while self.line and now_s - self.line[0].asked_s >= self._timeout_s / 2:
            self.line.popleft().settle(errors.ProblemError(errors.DATABASE_BUSY))
        for statement in self.under_way:
            if now_s - statement.asked_s >= self._timeout_s:
                statement.settle(errors.ProblemError(errors.OUTCOME_UNKNOWN))
        if self.under_way and now_s - self._heard_s >= self._timeout_s:
            self.close(errors.DATABASE_BUSY)
        self._loop.call_later(self._timeout_s / 10, self._watch)

    def _send_line(self) -> None:
        try:
            while self.line and len(self.under_way) < DEPTH:
                if self.line[0].answer.done():  # who asked has hung up
                    self.line.popleft()
                else:
                    self._send_first()
            if self._pgconn.flush():  # which each sync did already, as far as the socket took it
                self._loop.add_writer(self._socket, self._flush)
        except psycopg.OperationalError:
            self.close(errors.DATABASE_UNAVAILABLE)
        except BaseException:  # of ours; what is half sent must not be sent again
            self.close(errors.DATABASE_UNAVAILABLE)
            raise

    def _send_first(self) -> None:
        statement = self.line[0]
        prepared = self._prepared.get(statement.text)
        if prepared is None:
            prepared = _Prepared(f"statement_{next(self._numbers)}".encode())
            self._prepared[statement.text] = prepared
            self._pgconn.send_prepare(prepared.name, statement.text.encode())
        statement.prepared = prepared
        self._pgconn.send_query_prepared(prepared.name, statement.values)
        if not self.under_way:
            self._heard_s = self._loop.time()
        self.under_way.append(self.line.popleft())
        self._pgconn.pipeline_sync()  # before it, nothing can have been committed

    def _flush(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.OperationalError:
            self.close(errors.DATABASE_UNAVAILABLE)

    def _read(self) -> None:
        try:
            # uvloop tells of a reset once, and not again after what came before it. What is still unseen after a
            # second look, the watch finds.
            for _ in range(2):
                self._pgconn.consume_input()
                self._take_results()
        except psycopg.OperationalError:
            self.close(errors.DATABASE_UNAVAILABLE)
        except BaseException:  # of ours; nobody may wait in vain for what it kept from being read
            self.close(errors.DATABASE_UNAVAILABLE)
            raise
        else:
            self._send_line()

    def _take_results(self) -> None:
        while self.under_way and not self._pgconn.is_busy():
            result = self._pgconn.get_result()
            if result is not None:
                self._take(result)
            elif self._pgconn.status == ConnStatus.BAD:  # else it ends what belongs to one message
                raise psycopg.OperationalError("libpq gave the connection up")

    def _take(self, result: PGresult) -> None:
        prepared = self.under_way[0].prepared
        assert prepared is not None
        if result.status == ExecStatus.TUPLES_OK:
            self._outcome = self._row(prepared, result)
        elif result.status == ExecStatus.COMMAND_OK:
            prepared.is_known = True
        elif result.status == ExecStatus.FATAL_ERROR:
            self._outcome = _error(result)
        elif result.status == ExecStatus.PIPELINE_SYNC:
            statement, outcome, self._outcome = self.under_way.popleft(), self._outcome, None
            self._heard_s = self._loop.time()
            is_stale = isinstance(outcome, STALE_ERRORS) or not prepared.is_known
            if is_stale and self._prepared.get(statement.text) is prepared:
                del self._prepared[statement.text]
            statement.settle(outcome)

    def _row(self, prepared: _Prepared, result: PGresult) -> Record | None:
        if not result.ntuples:
            return None
        if not prepared.columns:
            prepared.columns = tuple((result.fname(place) or b"").decode() for place in range(result.nfields))
        self._adapter.set_pgresult(result)
        return dict(zip(prepared.columns, self._adapter.load_row(0, tuple), strict=True))

    def close(self, unsent: errors.Problem) -> None:
        """Hang up. Of those under way nothing is known; those that are not sent meet a problem."""
        if self.is_closed:
            return
        self.is_closed = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._pgconn.finish()
        for statements, problem in ((self.under_way, errors.OUTCOME_UNKNOWN), (self.line, unsent)):
            while statements:
                statements.popleft().settle(errors.ProblemError(problem))


def _error(result: PGresult) -> asyncpg.PostgresError:
    """The server's error as asyncpg would raise it: both name its fields by the protocol's letters."""
    fields = {
        chr(field): value.decode() for field in DiagnosticField if (value := result.error_field(field)) is not None
    }
    return asyncpg.PostgresError.new(fields)
