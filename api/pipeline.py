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
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from api import errors

Record: TypeAlias = Mapping[str, Any]

CONFLICT_ERRORS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
# A server that waits for a lock would not notice that nobody waits for its answer any more, and would then go on with
# the statements that it has received already.
OPTIONS = "-c plan_cache_mode=force_generic_plan -c client_connection_check_interval=1s"

# So many are told that the outcome is unknown where the server falls silent; the others, that it was busy.
DEPTH = 32


class Pipeline:
    """Statements that each are a transaction, sent one behind the other over one connection.

    The server runs them in the order of arrival and is never idle between two of them, however far away it is. Those
    for the same row wait for each other in the order they came, and not in the lock manager. In return who waits for
    a lock keeps everybody behind it waiting. The connection is made when it is first needed, and anew after it broke.
    asyncpg cannot do this, so libpq does (psycopg's binding); errors of the server are asyncpg's all the same.
    Source: PostgreSQL manual, 32.5 Pipeline Mode.
    """

    def __init__(self, database_url: str, timeout_s: float) -> None:
        self._database_url = database_url
        self._timeout_s = timeout_s
        self._session: asyncio.Task[_Session] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        session = self._live_session()
        return session is not None and bool(session.under_way)

    @property
    def waiting(self) -> int:
        """Statements that are not sent yet."""
        session = self._live_session()
        return 0 if session is None else len(session.line)

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if session := self._live_session():
            session.close(errors.DATABASE_UNAVAILABLE)

    async def fetchrow(self, statement: str, *arguments: object) -> Record | None:
        """The first row of a statement that commits by itself.

        Raises:
            ProblemError: `database_busy` or `database_unavailable`, and it was not sent; `conflict`; or
                `outcome_unknown` when it got no answer.
            asyncpg.PostgresError: any other error of the server's.
            psycopg.Error: an argument that cannot be sent.
        """
        session = self._live_session() or await self._open()
        try:
            return await session.ask(statement, arguments)
        except CONFLICT_ERRORS as error:
            raise errors.ProblemError(errors.CONFLICT) from error

    def _live_session(self) -> "_Session | None":
        attempt = self._session
        if attempt is None or not attempt.done() or attempt.exception() is not None or attempt.result().is_closed:
            return None
        return attempt.result()

    async def _open(self) -> "_Session":
        """The connection, by one attempt that everybody shares."""
        if self._session is None or self._session.done():
            self._session = asyncio.create_task(self._connect())
        return await asyncio.shield(self._session)

    async def _connect(self) -> "_Session":
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = await psycopg.AsyncConnection.connect(
                    self._database_url, application_name="stampede-api", options=OPTIONS
                )
        except (OSError, psycopg.Error) as error:
            raise errors.ProblemError(errors.DATABASE_UNAVAILABLE) from error
        return _Session(connection, self._timeout_s)


@dataclass(slots=True)
class _Prepared:
    name: bytes
    is_known: bool = False
    columns: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class _Statement:
    text: str
    values: Sequence[Buffer | None]
    answer: "asyncio.Future[Record | None]"
    prepared: _Prepared | None = None


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

    async def ask(self, text: str, arguments: tuple[object, ...]) -> Record | None:
        """Stand in line, be sent, be answered.

        Raises:
            ProblemError: `outcome_unknown`; or `database_busy` or `database_unavailable`, and it was not sent.
            asyncpg.PostgresError: the server's error.
            psycopg.Error: an argument that cannot be sent.
        """
        values = self._adapter.dump_sequence(arguments, [PyFormat.TEXT] * len(arguments))
        statement = _Statement(text, values, self._loop.create_future())
        self.line.append(statement)
        bell = self._loop.call_later(self._timeout_s, self._give_up, statement)
        self._send_line()
        try:
            return await statement.answer
        finally:
            bell.cancel()

    def _give_up(self, statement: _Statement) -> None:
        if statement in self.line:
            self.line.remove(statement)
            _settle(statement, errors.ProblemError(errors.DATABASE_BUSY))
            return
        _settle(statement, errors.ProblemError(errors.OUTCOME_UNKNOWN))
        if self._loop.time() - self._heard_s >= self._timeout_s:
            self.close(errors.DATABASE_BUSY)

    def _send_line(self) -> None:
        try:
            while self.line and len(self.under_way) < DEPTH:
                statement = self.line.popleft()
                if not statement.answer.done():  # who asked may have hung up
                    self._send(statement)
            if self._pgconn.flush():
                self._loop.add_writer(self._socket, self._flush)
        except psycopg.OperationalError:
            self.close(errors.DATABASE_UNAVAILABLE)

    def _send(self, statement: _Statement) -> None:
        if not self.under_way:
            self._heard_s = self._loop.time()
        self.under_way.append(statement)
        prepared = self._prepared.get(statement.text)
        if prepared is None:
            prepared = _Prepared(f"statement_{next(self._numbers)}".encode())
            self._prepared[statement.text] = prepared
            self._pgconn.send_prepare(prepared.name, statement.text.encode())
        statement.prepared = prepared
        self._pgconn.send_query_prepared(prepared.name, statement.values)
        self._pgconn.pipeline_sync()  # ends the transaction, too

    def _flush(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.OperationalError:
            self.close(errors.DATABASE_UNAVAILABLE)

    def _read(self) -> None:
        try:
            for _ in range(2):  # uvloop tells of a reset once, and not again after what came before it
                self._pgconn.consume_input()
                self._take_results()
        except psycopg.OperationalError:
            self.close(errors.DATABASE_UNAVAILABLE)
            return
        self._send_line()

    def _take_results(self) -> None:
        while self.under_way and not self._pgconn.is_busy():
            result = self._pgconn.get_result()
            if result is not None:  # none: the end of what belongs to one message
                self._take(result)

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
            if not prepared.is_known and self._prepared.get(statement.text) is prepared:
                del self._prepared[statement.text]
            _settle(statement, outcome)

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
                _settle(statements.popleft(), errors.ProblemError(problem))


def _settle(statement: _Statement, outcome: Record | Exception | None) -> None:
    if statement.answer.done():
        return
    if isinstance(outcome, Exception):
        statement.answer.set_exception(outcome)
    else:
        statement.answer.set_result(outcome)


def _error(result: PGresult) -> asyncpg.PostgresError:
    """The server's error as asyncpg would raise it: both name its fields by the protocol's letters."""
    fields = {
        chr(field): value.decode() for field in DiagnosticField if (value := result.error_field(field)) is not None
    }
    return asyncpg.PostgresError.new(fields)
