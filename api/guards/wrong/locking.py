"""The wrong ways to protect a row, each as people write it. They exist to prove that the referee sees through them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from api import deadline
from api.guards.contention import Contended, Counts, Desk, Guarded, Row
from api.guards.decision import decide_all
from api.guards.writes import A, Answer, Write
from api.problems import CACHE_UNAVAILABLE, CONFLICT, ProblemError
from api.storage.database import Database, Transaction
from api.storage.session import Query

LOCK_TTL_S = 10.0
LOCK_POLL_S = 0.002


class Unprotected:
    """Read, decide, write.

    Wrong: nothing is held between the read and the write, so two transactions that read the same row
    take the same seat, and the later write overwrites the earlier one's counters (a lost update).
    Source: Berenson et al., A Critique of ANSI SQL Isolation Levels, 1995 (P4).
    """

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Decide, commit."""
        async with database.transaction() as transaction:
            (answer,) = await decide_all(Guarded(transaction), contended, [write])
            return answer


class Snapshot:
    """An advisory lock, taken inside a REPEATABLE READ transaction.

    Wrong: the snapshot is taken by the first statement, which is the one that waits for the lock. When
    it is granted, what is read is the state from before the wait. Where the decision writes only new
    rows it is made on that old state and stands; where it updates the contended row, as ours does,
    PostgreSQL refuses with 40001, and under contention most requests fail although nobody broke a rule.
    Source: PostgreSQL manual, 13.2.2 Repeatable Read.
    """

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Take the snapshot, wait, decide on the past."""
        locks = [row.advisory_lock() for row in contended.rows]
        async with database.transaction(locks, "repeatable read") as transaction:
            (answer,) = await decide_all(Guarded(transaction), contended, [write])
            return answer


class EarlyUnlock:
    """A lock that is released before the commit, as a `with lock:` inside a transaction does it.

    Wrong: the next holder reads before the commit is visible and decides on the same state.
    """

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Lock, decide, unlock, commit."""
        locks = [row.advisory_lock("pg_advisory_lock") for row in contended.rows]
        async with database.transaction(locks) as transaction:
            try:
                (answer,) = await decide_all(Uncommitted(transaction), contended, [write])
                for row in contended.rows:
                    await transaction.fetch(row.advisory_lock("pg_advisory_unlock"))
            except BaseException:
                # A session's lock outlives a rollback; left behind, nobody would ever get it again.
                transaction.hang_up()
                raise
            return answer


class Uncommitted(Guarded):
    """The commit comes later."""

    async def write(self, desk: Desk[Any], queries: Sequence[Query]) -> None:
        """Write all changes and events."""
        await self.transaction.write(*queries)


class CountedInRedis(Guarded):
    """The counts are those in Redis; what Redis does not know is zero."""

    def __init__(self, transaction: Transaction, server: "redis.asyncio.Redis") -> None:
        super().__init__(transaction)
        self._server = server
        self._recalled: dict[Row, Counts] = {}

    async def recall(self, desk: Desk[Any]) -> None:
        """What Redis remembers."""
        for row, stored in desk.counts().items():
            known: Mapping[Any, Any] = await self._server.hgetall(_in_redis(row, "counts"))
            self._recalled[row] = {name: int(known.get(name.encode(), 0)) for name in stored}
            desk.recount(row, self._recalled[row])

    async def remember(self, desk: Desk[Any]) -> None:
        """Before the commit: a crash in between leaves the two stores apart."""
        for row, counts in desk.counts().items():
            if counts != self._recalled.get(row):
                texts: dict[Any, Any] = {name: str(count) for name, count in counts.items()}
                await self._server.hset(_in_redis(row, "counts"), mapping=texts)


def _in_redis(row: Row, what: str) -> str:
    system, _, table = row.table.partition(".")
    return f"{system}:{what}:{table}:{row.id}"


class RedisOnly:
    """Lock and count live in Redis, the rows in PostgreSQL.

    Right while nothing happens, and wrong when something does: a flush, an eviction or a restart of
    Redis takes both the count and the lock away, so seats are given from zero again; a crash between
    the two stores leaves one of them ahead for good. Two stores are no transaction.
    Source: Kleppmann, How to do distributed locking, 2016.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.asyncio.Redis.from_url(redis_url)

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Lock in Redis, decide on its counts, commit, unlock."""
        try:
            async with AsyncExitStack() as locks:
                for row in contended.rows:
                    await locks.enter_async_context(self._locked(row))
                async with database.transaction() as transaction:
                    guarded = CountedInRedis(transaction, self._redis)
                    (answer,) = await decide_all(guarded, contended, [write])
                    return answer
        except RedisError as error:
            raise ProblemError(CACHE_UNAVAILABLE) from error

    @asynccontextmanager
    async def _locked(self, row: Row) -> AsyncIterator[None]:
        wait_s = max(0.0, deadline.current().at_s - asyncio.get_running_loop().time())
        lock = self._redis.lock(_in_redis(row, "lock"), LOCK_TTL_S, sleep=LOCK_POLL_S, blocking_timeout=wait_s)
        if not await lock.acquire():
            raise ProblemError(CONFLICT)
        try:
            yield
        finally:
            with suppress(RedisError):  # flushed meanwhile, or Redis is gone: the transaction has committed
                await lock.release()
