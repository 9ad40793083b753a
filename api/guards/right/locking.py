"""The right ways to protect a row."""

import asyncio
from collections.abc import Awaitable, Callable
from random import uniform

from prometheus_client import Counter

from api import deadline
from api.guards.contention import Contended, Guarded, Locked, Versioned
from api.guards.decision import decide_all
from api.guards.turnstile import Turnstile
from api.guards.writes import A, Answer, Write
from api.problems import CONFLICT, ProblemError
from api.storage.database import Database

# A conflict rolls the whole transaction back. Retries wait a random time that grows, so that the same transactions do
# not collide again. The deadline of the request bounds them.
FIRST_PAUSE_S = 0.002
LONGEST_PAUSE_S = 0.05
RETRIES = Counter("api_locking_retries", "Transactions that were lost to a conflict and tried again")


async def _retry(attempt: Callable[[], Awaitable[Answer]]) -> Answer:
    """Try until there is no conflict.

    Raises:
        ProblemError: `conflict`, when the deadline has come; anything else at once.
    """
    until = deadline.current()
    longest_pause_s = FIRST_PAUSE_S
    while True:
        try:
            return await attempt()
        except ProblemError as error:
            if error.problem is not CONFLICT or until.is_over:
                raise
            RETRIES.inc()
        await asyncio.sleep(uniform(0, longest_pause_s))  # noqa: S311  # a pause
        longest_pause_s = min(LONGEST_PAUSE_S, 2 * longest_pause_s)


class RowLock:
    """`select … for no key update` on the parent row: one decision at a time per row.

    Right, because everything is read after the lock is held, in statements of their own: under READ
    COMMITTED each sees what the last holder committed. Weaker than FOR UPDATE, so the foreign-key
    checks of other transactions (FOR KEY SHARE) do not wait. Begin, lock and read share one round trip, write and
    commit a second; it costs waiting while the lock is held between them. Requests that wait for the
    row wait at a turnstile, without a connection.
    Source: PostgreSQL manual, 13.2.1 Read Committed, 13.3.2 Row-Level Locks.
    """

    def __init__(self) -> None:
        self._turnstile = Turnstile()

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Lock the row, decide, commit."""
        async with (
            self._turnstile.passing(contended.rows),
            database.transaction([row.row_lock for row in contended.rows]) as transaction,
        ):
            (answer,) = await decide_all(Locked(transaction, contended.rows), contended, [write])
            return answer


class Atomic:
    """The whole decision in one statement: a function in the database locks, reads, decides, writes.

    Right for the same reason as the row lock, which the function takes first; each of its statements
    has a snapshot of its own, because it is volatile. The lock is held for no round trip at all, so it
    is the fastest that decides one by one. Since nothing has to come back before the next can be sent, the
    statements follow each other through a pipeline. It costs a second copy of the rules, in SQL, and
    one connection more per process, on which a row that is locked for long keeps all others waiting.
    Source: PostgreSQL manual, 36.7 Function Volatility Categories, 32.5 Pipeline Mode.
    """

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Send the one statement; it commits by itself."""
        (found,) = await database.pipeline.run(contended.decider.at_once(write))
        return contended.decider.events.answer(found, write)


class AdvisoryLock:
    """`pg_advisory_xact_lock` on a number made of the row's name: the database as a lock server.

    Right as the row lock is, as long as every writer asks for the same number, which nothing enforces:
    a forgotten path goes through unguarded. Held to the end of the transaction. Two rows whose names
    hash alike wait for each other needlessly. Behind a turnstile as the row lock.
    Source: PostgreSQL manual, 13.3.5 Advisory Locks.
    """

    def __init__(self) -> None:
        self._turnstile = Turnstile()

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Lock the number, decide, commit."""
        async with (
            self._turnstile.passing(contended.rows),
            database.transaction([row.advisory_lock() for row in contended.rows]) as transaction,
        ):
            (answer,) = await decide_all(Guarded(transaction), contended, [write])
            return answer


class Serializable:
    """SERIALIZABLE: PostgreSQL lets no outcome stand that some order one by one could not have given.

    Right without any lock of ours, because who read what another has changed since is told 40001 and
    tries again (40P01, a deadlock, likewise). On a hot row nearly all read the same version and one of
    them wins, so the work of the others is thrown away; where rows are seldom contended it costs little.
    Source: PostgreSQL manual, 13.2.3 Serializable; Ports and Grittner, VLDB 2012.
    """

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Decide, commit, and again after a conflict."""

        async def attempt() -> Answer:
            async with database.transaction(isolation="serializable") as transaction:
                (answer,) = await decide_all(Guarded(transaction), contended, [write])
                return answer

        return await _retry(attempt)


class Optimistic:
    """The version column: write only where the row still has the version that was read.

    Right, because every change of a row's state raises its version, so a grant or release decided on old
    state writes nothing, is rolled back and tried again (a refusal was true of the state it read). Cheap
    while conflicts are rare, since nothing is locked while reading and thinking, also over round trips to
    elsewhere. On a hot row most tries are lost.
    Source: Kung and Robinson, On Optimistic Methods for Concurrency Control, 1981.
    """

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Decide, write if unchanged, commit, and again after a conflict."""

        async def attempt() -> Answer:
            async with database.transaction() as transaction:
                (answer,) = await decide_all(Versioned(transaction), contended, [write])
                return answer

        return await _retry(attempt)
