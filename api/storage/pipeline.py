"""Opens connections, and shares one for single statements."""

import asyncio
from contextvars import Context

import psycopg
from psycopg.conninfo import conninfo_to_dict

from api import deadline
from api.problems import DATABASE_BUSY, DATABASE_UNAVAILABLE, ProblemError
from api.storage.session import Query, Record, Session, is_stale_plan
from api.trace import Stage


class Connector:
    """Makes connections, all with the same settings."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        given = conninfo_to_dict(url).get("options") or ""
        settings = {
            "application_name": "stampede-api",
            "timezone": "utc",  # in which JSON tells times
            # The planner estimates a custom plan for an array of one as cheaper than the generic plan, so it would plan
            # such statements at every execution, which costs more than running them.
            "plan_cache_mode": "force_generic_plan",
            # Without it a backend that waits for a lock does not notice a closed connection, and runs the statements
            # that it has received already.
            "client_connection_check_interval": "1s",
        }
        self._options = " ".join([str(given), *(f"-c {name}={value}" for name, value in settings.items())]).strip()

    async def connect(self) -> Session:
        """A new connection.

        Raises:
            ProblemError: `database_unavailable`.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = await psycopg.AsyncConnection.connect(
                    self._url, client_encoding="utf8", options=self._options
                )
        except (OSError, psycopg.Error) as error:
            raise ProblemError(DATABASE_UNAVAILABLE) from error
        # In an empty context: callbacks would otherwise keep the context of this request alive.
        return Context().run(Session, connection, self._timeout_s)


async def run_alone(session: Session, query: Query, *, commits: bool) -> list[Record]:
    """Run a statement outside a transaction; run it again if its plan was stale, since then nothing was done."""
    try:
        (rows,) = await session.run([query], deadline.current(), commits=commits)
    except ProblemError as error:
        if not (isinstance(error.__cause__, psycopg.Error) and is_stale_plan(error.__cause__)):
            raise
        (rows,) = await session.run([query], deadline.current(), commits=commits)
    return rows


class Pipeline:
    """One shared connection, for statements that each are a transaction.

    The server runs them in the order of arrival, so statements of this process for the same row never wait for each
    other's locks. The cost: a statement that waits for a lock delays all statements behind it. The connection is opened
    at the first statement, and again after it is lost.
    """

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._attempt: asyncio.Task[Session] | None = None
        self._session: Session | None = None
        self._waiting_for_attempt = 0
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether a statement is sent and not answered yet."""
        return self._session is not None and bool(self._session.under_way)

    @property
    def waiting(self) -> int:
        """Number of statements that are not sent yet."""
        return self._waiting_for_attempt + (0 if self._session is None else len(self._session.line))

    async def close(self) -> None:
        """Close the connection, and open none any more."""
        self._is_closed = True
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.wait([self._attempt])
        if self._session is not None:
            self._session.close()

    async def run(self, query: Query) -> list[Record]:
        """Run a statement that commits by itself, and return its rows.

        Raises:
            ProblemError: as `Session.run`.
            psycopg.Error, UnicodeError: likewise.
        """
        session = self._session
        if session is None or session.is_closed:
            session = await self._open()
        with Stage("database"):
            return await run_alone(session, query, commits=True)

    async def _open(self) -> Session:
        """Wait for the connection; concurrent callers share one attempt."""
        if self._is_closed:
            raise ProblemError(DATABASE_UNAVAILABLE)
        if self._attempt is None or self._attempt.done():
            self._attempt = asyncio.create_task(self._connect())
            self._attempt.add_done_callback(_look_at_error)
        self._waiting_for_attempt += 1
        try:
            with Stage("connection"):
                async with deadline.bounded(DATABASE_BUSY, in_line=True):
                    return await asyncio.shield(self._attempt)
        except asyncio.CancelledError as error:
            if not self._is_closed:
                raise
            raise ProblemError(DATABASE_UNAVAILABLE) from error
        finally:
            self._waiting_for_attempt -= 1

    async def _connect(self) -> Session:
        # Stored by the task: all callers may have given up meanwhile.
        self._session = await self._connector.connect()
        return self._session


def _look_at_error(attempt: "asyncio.Task[Session]") -> None:
    """Mark the error as seen, or asyncio reports it if no caller waits any more."""
    if not attempt.cancelled():
        attempt.exception()
