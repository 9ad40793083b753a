"""How a contended operation is protected: one setting, `LOCKING`, and one strategy behind it.

No service knows a strategy's name.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import uniform
from typing import Any, TypeVar

import asyncpg

from api import errors, metrics
from api.contention import Contended, Guarded, R, Row, Strategy, T, advisory_locks
from api.database import Database, Isolation
from api.settings import Settings
from api.turnstile import Turnstile
from api.unsafe_locking import EarlyUnlock, RedisOnly, Snapshot, Unprotected

# A conflict costs the loser its whole transaction. Who tries again waits a random time that grows:
# losers that meet again at once would only lose again. The bound ends an endless defeat with a 503.
RETRIES = 100
FIRST_PAUSE_S = 0.002
LONGEST_PAUSE_S = 0.05
Answer = TypeVar("Answer")


async def _decide_one(
    database: Database,
    contended: Contended[R, T],
    request: R,
    opening: str = "",
    isolation: Isolation = "read committed",
    *,
    version_matters: bool = False,
) -> T:
    async with database.transaction(opening, isolation) as connection:
        (answer,) = await contended.decide(Guarded(connection, version_matters), [request])
        return answer


async def _retry(attempt: Callable[[], Awaitable[Answer]]) -> Answer:
    """Try until there is no conflict.

    Raises:
        ProblemError: `conflict`, when every try met one; anything else at once.
    """
    for retry in range(RETRIES):
        try:
            return await attempt()
        except errors.ProblemError as error:
            if error.problem is not errors.CONFLICT:
                raise
            metrics.LOCKING_RETRIES.inc()
        await asyncio.sleep(uniform(0, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**retry)))  # noqa: S311  # a pause
    return await attempt()


def _row_locks(rows: Sequence[Row]) -> str:
    return "; ".join(f"select from {row.table} where id = '{row.id}' for no key update" for row in rows)


class RowLock:
    """`select … for no key update` on the parent row: one decision at a time per row.

    Right, because everything is read after the lock is held, in statements of their own: under READ
    COMMITTED each sees what the last holder committed. Weaker than FOR UPDATE, so the foreign-key
    checks of other transactions (FOR KEY SHARE) do not wait. The lock is taken in the round trip of
    the begin; it costs waiting while it is held over the three that follow. The version is compared all the
    same: a row that came to be between the lock and the read was locked by nobody. Who would only wait does
    so at a turnstile, without a connection.
    Source: PostgreSQL manual, 13.2.1 Read Committed, 13.3.2 Row-Level Locks.
    """

    def __init__(self) -> None:
        self._turnstile = Turnstile()

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Lock the row, decide, commit."""
        async with self._turnstile.passing(contended.rows, database.timeout_s):
            return await _decide_one(database, contended, request, _row_locks(contended.rows), version_matters=True)


class Atomic:
    """The whole decision in one statement: a function in the database locks, reads, decides, writes.

    Right for the same reason as the row lock, which the function takes first; each of its statements
    has a snapshot of its own, because it is volatile. The lock is held for no round trip at all, so it
    is the fastest that decides one by one. Since nothing has to come back before the next can be sent, the
    statements follow each other through a pipeline. It costs a second copy of the rules, in SQL, and
    one connection more per process, on which a row that is locked for long keeps all others waiting.
    Source: PostgreSQL manual, 36.7 Function Volatility Categories, 32.5 Pipeline Mode.
    """

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Send the one statement; it commits by itself."""
        return await contended.decide_at_once(database.pipeline, request)


class AdvisoryLock:
    """`pg_advisory_xact_lock` on a number made of the row's name: the database as a lock server.

    Right as the row lock is, as long as every writer asks for the same number, which nothing enforces:
    a forgotten path goes through unguarded. Held to the end of the transaction. Two rows whose names
    hash alike wait for each other needlessly. Behind a turnstile as the row lock.
    Source: PostgreSQL manual, 13.3.5 Advisory Locks.
    """

    def __init__(self) -> None:
        self._turnstile = Turnstile()

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Lock the number, decide, commit."""
        locks = advisory_locks(contended.rows)
        async with self._turnstile.passing(contended.rows, database.timeout_s):
            return await _decide_one(database, contended, request, locks)


class Serializable:
    """SERIALIZABLE: PostgreSQL lets no outcome stand that some order one by one could not have given.

    Right without any lock of ours, because who read what another has changed since is told 40001 and
    tries again (40P01, a deadlock, likewise). On a hot row nearly all read the same version and one of
    them wins, so the work of the others is thrown away; where rows are seldom contended it costs little.
    Source: PostgreSQL manual, 13.2.3 Serializable; Ports and Grittner, VLDB 2012.
    """

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Decide, commit, and again after a conflict."""
        return await _retry(lambda: _decide_one(database, contended, request, isolation="serializable"))


class Optimistic:
    """The version column: write only where the row still has the version that was read.

    Right, because every change of a row's state raises its version, so a grant or release decided on old
    state writes nothing, is rolled back and tried again (a refusal was true of the state it read). Cheap
    while conflicts are rare, since nothing is locked while reading and thinking, also over round trips to
    elsewhere. On a hot row most tries are lost.
    Source: Kung and Robinson, On Optimistic Methods for Concurrency Control, 1981.
    """

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Decide, write if unchanged, commit, and again after a conflict."""
        return await _retry(lambda: _decide_one(database, contended, request, version_matters=True))


class UndecidedError(Exception):
    """One request of a batch is at fault: nothing was written, and it is not known which."""


class Batched:
    """Requests for one row that arrive while a transaction is open are decided together in the next.

    Right, because each batch is one transaction under the row lock, decided in the order of arrival;
    every request has its own answer, event and key. Lock, round trips and the commit's wait for the
    disk are paid once per batch, so the busier the row, the cheaper each decision. It costs the first
    in a batch the wait for the transaction before it. Where a batch cannot be decided, its requests are
    decided one by one.
    Source: group commit; DeWitt et al., Implementation Techniques for Main Memory Database Systems, 1984.
    """

    LARGEST = 200

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[Any, asyncio.Future[Any]]]] = {}
        self._open: set[asyncio.Task[None]] = set()

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Stand in the row's line; whoever finds none opens it."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        line = self._waiting.get(contended.key)
        if line is not None:
            line.append((request, future))
        else:
            self._waiting[contended.key] = [(request, future)]
            server = asyncio.create_task(self._serve(database, contended))
            self._open.add(server)
            server.add_done_callback(self._open.discard)
        return await future

    async def _serve(self, database: Database, contended: Contended[Any, Any]) -> None:
        while line := self._waiting[contended.key]:
            batch, self._waiting[contended.key] = line[: self.LARGEST], line[self.LARGEST :]
            try:
                await self._decide_batch(database, contended, batch)
            except UndecidedError:
                await self._decide_alone(database, contended, batch)
            except Exception as error:
                _refuse(batch, error)
        del self._waiting[contended.key]

    async def _decide_batch(
        self, database: Database, contended: Contended[Any, Any], batch: list[tuple[Any, asyncio.Future[Any]]]
    ) -> None:
        async with database.transaction(_row_locks(contended.rows)) as connection:
            try:
                answers = await contended.decide(Guarded(connection, version_matters=True), [one for one, _ in batch])
            except (asyncpg.IntegrityConstraintViolationError, ValueError) as error:
                if len(batch) == 1:
                    raise
                raise UndecidedError from error
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)

    async def _decide_alone(
        self, database: Database, contended: Contended[Any, Any], batch: list[tuple[Any, asyncio.Future[Any]]]
    ) -> None:
        """One request that cannot be decided must not take the others with it."""
        for one in batch:
            try:
                await self._decide_batch(database, contended, [one])
            except Exception as error:
                _refuse([one], error)


def _refuse(batch: list[tuple[Any, asyncio.Future[Any]]], error: Exception) -> None:
    for _, future in batch:
        with suppress(asyncio.InvalidStateError):
            future.set_exception(error)


STRATEGIES: dict[str, Callable[[Settings], Strategy]] = {
    "row_lock": lambda _: RowLock(),
    "atomic": lambda _: Atomic(),
    "advisory_lock": lambda _: AdvisoryLock(),
    "serializable": lambda _: Serializable(),
    "optimistic": lambda _: Optimistic(),
    "batched": lambda _: Batched(),
    "none": lambda _: Unprotected(),
    "redis_only": lambda settings: RedisOnly(settings.redis_url),
    "snapshot": lambda _: Snapshot(),
    "early_unlock": lambda _: EarlyUnlock(),
}


def strategy(settings: Settings) -> Strategy:
    """The strategy that the settings name."""
    return STRATEGIES[settings.locking](settings)
