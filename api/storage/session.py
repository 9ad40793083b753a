"""One connection to PostgreSQL in pipeline mode: statements are sent without waiting for earlier results.

Source: PostgreSQL manual, 32.5 Pipeline Mode.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.types.string import TextLoader

from api.deadline import Deadline
from api.problems import (
    CONFLICT,
    DATABASE_BUSY,
    DATABASE_UNAVAILABLE,
    OUTCOME_UNKNOWN,
    Problem,
    ProblemError,
)

Record: TypeAlias = Mapping[str, Any]

# Class 40 is a transaction that was rolled back, 40001 for serialization, 40P01 by a deadlock.
CONFLICTS = ("40000", "40001", "40P01")
# Maximum unanswered groups. If the server stalls, those end as OUTCOME_UNKNOWN, queued ones as DATABASE_BUSY.
DEPTH = 32
# The session checks for expired groups this many times per timeout.
CHECKS = 20


class Query(NamedTuple):
    """A statement and its arguments, `$1` first."""

    text: str
    arguments: tuple[object, ...] = ()


def id_list(ids: Iterable[UUID | int]) -> str:
    """Ids as one array argument. psycopg converts lists in Python, which costs more than running most statements."""
    return f"{{{','.join(map(str, ids))}}}"


@dataclass(slots=True)
class _Prepared:
    name: bytes
    is_known: bool = False
    columns: tuple[str, ...] = ()


@dataclass(slots=True)
class _Group:
    """Statements that succeed or fail together; the result is the rows of each, or the first error."""

    queries: Sequence[Query]
    values: list[Sequence[Buffer | None]]
    commits: bool
    deadline: Deadline
    answer: "asyncio.Future[list[list[Record]]]"
    prepared: list[_Prepared] = field(default_factory=list)
    results: list[list[Record]] = field(default_factory=list)
    error: psycopg.Error | None = None

    def refuse(self, problem: Problem, cause: BaseException | None = None) -> None:
        """Fail with a problem, if the caller still waits."""
        if not self.answer.done():
            told = ProblemError(problem)
            told.__cause__ = self.error or cause
            self.answer.set_exception(told)

    def settle(self) -> None:
        """Pass the server's results or error on, if the caller still waits."""
        if self.answer.done():
            return
        if self.error is None:
            self.answer.set_result(self.results)
        elif (problem := problem_of(self.error)) is not None:
            self.refuse(problem)
        else:
            self.answer.set_exception(self.error)


def problem_of(error: psycopg.Error) -> Problem | None:
    """Map a server error to a problem; None for a programming error of the target.

    Source: PostgreSQL manual, appendix A. Class 08: connection (08P01: a malformed message, so a programming error);
    53: insufficient resources; 57: operator intervention; 25P03: idle transaction timeout.
    """
    code = error.sqlstate or ""
    if code in CONFLICTS or is_stale_plan(error):
        return CONFLICT
    if code == "57014":  # canceled
        return DATABASE_BUSY
    is_lost = (code[:2] in ("08", "53", "57") and code != "08P01") or code == "25P03"
    return DATABASE_UNAVAILABLE if is_lost else None


def is_stale_plan(error: psycopg.Error) -> bool:
    """Whether the prepared statement is unknown to the server, or its result columns have changed."""
    return error.sqlstate == "26000" or error.diag.source_function == "RevalidateCachedQuery"


class Session:
    """A connection in pipeline mode. `line`: groups not sent yet; `under_way`: groups sent and not answered yet.

    Up to `DEPTH` groups are sent ahead, so the server never waits for a round trip between two of them. A group outside
    `begin` and `commit` is a transaction by itself.
    """

    def __init__(self, connection: "psycopg.AsyncConnection[Any]", timeout_s: float) -> None:
        self.line: deque[_Group] = deque()
        self.under_way: deque[_Group] = deque()
        self.is_closed = False
        self._connection = connection
        self._pgconn = connection.pgconn
        self._socket = connection.fileno()  # libpq forgets it when it loses the connection
        for name in ("json", "jsonb"):  # documents pass through as they are
            connection.adapters.register_loader(name, TextLoader)
        self._adapter = Transformer(connection)
        self._loop = asyncio.get_running_loop()
        self._timeout_s = timeout_s
        self._heard_s = self._loop.time()
        self._prepared: dict[str, _Prepared] = {}
        self._numbers = count()
        self._pgconn.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._read)
        self._watch()

    @property
    def is_busy(self) -> bool:
        """Whether any group is unsent or unanswered."""
        return bool(self.under_way or self.line)

    async def run(self, queries: Sequence[Query], deadline: Deadline, *, commits: bool) -> list[list[Record]]:
        """Run a group of statements and return the rows of each. `commits`: the group commits its transaction.

        Raises:
            ProblemError: `conflict`, `database_busy` or `database_unavailable` if nothing was committed;
                `outcome_unknown` if a group that commits got no answer.
            psycopg.Error: any other server error, or an argument that psycopg cannot convert.
            UnicodeError: an argument that cannot be encoded.
        """
        if self.is_closed:
            raise ProblemError(DATABASE_UNAVAILABLE)
        values = [self._dump(query.arguments) for query in queries]
        group = _Group(queries, values, commits, deadline, self._loop.create_future())
        self.line.append(group)
        self._send_line()
        return await group.answer

    def _dump(self, arguments: tuple[object, ...]) -> Sequence[Buffer | None]:
        return self._adapter.dump_sequence(arguments, [PyFormat.TEXT] * len(arguments)) if arguments else ()

    def _watch(self) -> None:
        """Fail groups at their deadline, and unsent ones halfway. Repeats until the session is closed."""
        if self.is_closed:
            return
        self._read()  # results may have arrived without a readable event
        now_s = self._loop.time()
        for group in [one for one in self.line if now_s >= one.deadline.halfway_s]:
            self.line.remove(group)
            group.refuse(DATABASE_BUSY)
        for group in self.under_way:
            if now_s >= group.deadline.at_s:
                group.refuse(OUTCOME_UNKNOWN if group.commits else DATABASE_BUSY)
        if self.under_way and now_s - self._heard_s >= self._timeout_s:
            self.close(DATABASE_BUSY)
        self._loop.call_later(self._timeout_s / CHECKS, self._watch)

    def _send_line(self) -> None:
        try:
            while self.line and len(self.under_way) < DEPTH:
                if self.line[0].answer.done() or self.line[0].deadline.is_over:
                    self.line.popleft().refuse(DATABASE_BUSY)
                else:
                    self._send_first()
            if self._pgconn.flush():  # each sync flushed already; the rest waits until the socket is writable
                self._loop.add_writer(self._socket, self._flush)
        except psycopg.OperationalError as error:
            self.close(DATABASE_UNAVAILABLE, error)
        except BaseException as error:  # a programming error; a group that is half sent must not be sent again
            self.close(DATABASE_UNAVAILABLE, error)
            raise

    def _send_first(self) -> None:
        group = self.line[0]
        for query, values in zip(group.queries, group.values, strict=True):
            prepared = self._prepared.get(query.text)
            if prepared is None:
                prepared = _Prepared(f"statement_{next(self._numbers)}".encode())
                self._prepared[query.text] = prepared
                self._pgconn.send_prepare(prepared.name, query.text.encode())
            group.prepared.append(prepared)
            self._pgconn.send_query_prepared(prepared.name, values)
        if not self.under_way:
            self._heard_s = self._loop.time()
        self.under_way.append(self.line.popleft())
        self._pgconn.pipeline_sync()  # a group outside a transaction commits here

    def _flush(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.OperationalError as error:
            self.close(DATABASE_UNAVAILABLE, error)
        else:
            self._read()  # libpq may have received while it could not send

    def _read(self) -> None:
        try:
            # uvloop reports data and the reset behind it as one event, so a second read finds the reset. It is left out
            # after a good result, to save a system call; then `_watch` finds the reset.
            for _ in range(2):
                self._pgconn.consume_input()
                if self._take_results():
                    break
        except psycopg.OperationalError as error:
            self.close(DATABASE_UNAVAILABLE, error)
        except BaseException as error:  # a programming error; the callers must not wait for results
            self.close(DATABASE_UNAVAILABLE, error)
            raise
        else:
            self._send_line()

    def _take_results(self) -> bool:
        """Take all results that have arrived; whether a group ended without an error."""
        is_good = False
        while self.under_way and not self._pgconn.is_busy():
            result = self._pgconn.get_result()
            if result is not None:
                is_good |= self._take(self.under_way[0], result)
            elif self._pgconn.status == ConnStatus.BAD:  # otherwise None ends the results of one statement
                raise psycopg.OperationalError("the connection is lost")
        return is_good

    def _take(self, group: _Group, result: PGresult) -> bool:
        if result.status == ExecStatus.TUPLES_OK:
            group.results.append(self._rows(group.prepared[len(group.results)], result))
        elif result.status == ExecStatus.COMMAND_OK:
            prepared = group.prepared[len(group.results)]
            if prepared.is_known:
                group.results.append([])
                if group.commits and result.command_status == b"ROLLBACK":  # of a transaction that had failed unnoticed
                    group.error = psycopg.errors.TransactionRollback("rolled back instead of committed")
            prepared.is_known = True
        elif result.status == ExecStatus.FATAL_ERROR:
            group.error = error_from_result(result)
        elif result.status == ExecStatus.PIPELINE_SYNC:
            self.under_way.popleft()
            self._heard_s = self._loop.time()
            self._forget_stale(group)
            group.settle()
            return group.error is None
        return False

    def _forget_stale(self, group: _Group) -> None:
        """Prepare statements again that the server does not know, or whose columns have changed."""
        is_stale = group.error is not None and is_stale_plan(group.error)
        for query, prepared in zip(group.queries, group.prepared, strict=True):
            if (is_stale or not prepared.is_known) and self._prepared.get(query.text) is prepared:
                del self._prepared[query.text]

    def _rows(self, prepared: _Prepared, result: PGresult) -> list[Record]:
        if not result.ntuples:
            return []
        if not prepared.columns:
            prepared.columns = tuple((result.fname(place) or b"").decode() for place in range(result.nfields))
        self._adapter.set_pgresult(result)
        values = self._adapter.load_rows(0, result.ntuples, tuple)
        return [dict(zip(prepared.columns, row, strict=True)) for row in values]

    def close(self, unsent: Problem = DATABASE_UNAVAILABLE, cause: BaseException | None = None) -> None:
        """Close the connection, which rolls back an open transaction.

        Groups fail with `unsent`, but for those under way that commit: their outcome is unknown.
        """
        if self.is_closed:
            return
        self.is_closed = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._pgconn.finish()
        while self.under_way:
            group = self.under_way.popleft()
            group.refuse(OUTCOME_UNKNOWN if group.commits else unsent, cause)
        while self.line:
            self.line.popleft().refuse(unsent, cause)
