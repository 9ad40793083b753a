"""The wrong ways to protect a row, each as people write it. They exist to prove that the referee sees through them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio
from redis.exceptions import LockError, LockNotOwnedError, RedisError

from api import errors
from api.contention import Contended, Counts, Guarded, R, Row, T, advisory_locks
from api.database import Database

LOCK_TTL_S = 10.0
LOCK_POLL_S = 0.002
LOCK_WAIT_S = 8.0


class Unprotected:
    """Read, decide, write.

    Wrong: nothing is held between the read and the write, so two transactions that read the same row
    take the same seat, and the later write overwrites the earlier one's counters (a lost update).
    Source: Berenson et al., A Critique of ANSI SQL Isolation Levels, 1995 (P4).
    """

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Decide, commit."""
        async with database.transaction() as connection:
            (answer,) = await contended.decide(Guarded(connection), [request])
            return answer


class Snapshot:
    """An advisory lock, taken inside a REPEATABLE READ transaction.

    Wrong: the snapshot is taken by the first statement, which is the one that waits for the lock. When
    it is granted, what is read is the state from before the wait. Where the decision writes only new
    rows it is made on that old state and stands; where it updates the contended row, as ours does,
    PostgreSQL refuses with 40001, and under contention most requests fail although nobody broke a rule.
    Source: PostgreSQL manual, 13.2.2 Repeatable Read.
    """

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Take the snapshot, wait, decide on the past."""
        async with database.transaction(advisory_locks(contended.rows), "repeatable read") as connection:
            (answer,) = await contended.decide(Guarded(connection), [request])
            return answer


class EarlyUnlock:
    """A lock that is released before the commit, as a `with lock:` inside a transaction does it.

    Wrong: the next holder reads before the commit is visible and decides on the same state.
    """

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Lock, decide, unlock, commit."""
        async with database.transaction() as connection:
            try:
                await connection.execute(advisory_locks(contended.rows, "pg_advisory_lock"))
                (answer,) = await contended.decide(Guarded(connection), [request])
                await connection.execute(advisory_locks(contended.rows, "pg_advisory_unlock"))
            except BaseException:
                # A session's lock outlives a rollback; left behind, nobody would ever get it again.
                await connection.execute("rollback; select pg_advisory_unlock_all()")
                raise
            return answer


@dataclass(frozen=True, slots=True)
class CountedInRedis(Guarded):
    """The counts are those in Redis; what Redis does not know is zero."""

    server: "redis.asyncio.Redis" = field(kw_only=True)

    async def recall(self, row: Row, stored: Counts) -> Counts:
        """What Redis remembers."""
        known: Mapping[Any, Any] = await self.server.hgetall(_in_redis(row, "counts"))
        return {name: int(known.get(name.encode(), 0)) for name in stored}

    async def remember(self, row: Row, counts: Counts) -> None:
        """Before the commit: a crash in between leaves the two stores apart."""
        await self.server.hset(_in_redis(row, "counts"), mapping={name: str(count) for name, count in counts.items()})


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

    async def decide(self, database: Database, contended: Contended[R, T], request: R) -> T:
        """Lock in Redis, decide on its counts, commit, unlock."""
        try:
            async with AsyncExitStack() as locks:
                for row in contended.rows:
                    await locks.enter_async_context(self._locked(row, LOCK_WAIT_S / len(contended.rows)))
                async with database.transaction() as connection:
                    (answer,) = await contended.decide(CountedInRedis(connection, server=self._redis), [request])
                    return answer
        except RedisError as error:
            raise errors.ProblemError(errors.CACHE_UNAVAILABLE) from error

    @asynccontextmanager
    async def _locked(self, row: Row, wait_s: float) -> AsyncIterator[None]:
        lock = self._redis.lock(_in_redis(row, "lock"), LOCK_TTL_S, sleep=LOCK_POLL_S, blocking_timeout=wait_s)
        if not await lock.acquire():
            raise errors.ProblemError(errors.CONFLICT)
        try:
            yield
        finally:
            with suppress(LockNotOwnedError, LockError):  # flushed meanwhile
                await lock.release()
