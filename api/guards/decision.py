"""How every write is decided, once for all systems: guard, read, decide, write, answer.

A write is decided once per Idempotency-Key; asked again, it is answered again (`api/guards/writes.py`).
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence

import psycopg

from api.guards.contention import Contended, Desk, Guarded, Strategy
from api.guards.writes import A, Answer, Decided, Events, Stored, Write, is_kept
from api.problems import ProblemError
from api.storage.database import Database, Transaction

KEY_CONSTRAINT = "events_op_id_key"


async def decide(database: Database, strategy: Strategy, contended: Contended[A], write: Write[A]) -> Answer:
    """Decide one write in one transaction, guarded by the strategy.

    Raises:
        ProblemError: the database's own problems, or what a violated constraint of the system means.
    """
    try:
        return await _once_per_key(lambda: strategy.decide(database, contended, write))
    except psycopg.IntegrityError as error:
        problem = contended.decider.violations.get(error.diag.constraint_name or "")
        if problem is None:
            raise
        raise ProblemError(problem) from error


async def _once_per_key(attempt: Callable[[], Awaitable[Answer]]) -> Answer:
    """What an attempt to decide gives, and once more where the same key arrived twice at once.

    Raises:
        ProblemError: as the attempt.
        psycopg.IntegrityError: a constraint other than that of the key is violated.
    """
    try:
        return await attempt()
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != KEY_CONSTRAINT:
            raise
        # The write that took the key has committed, so its answer is there now.
        return await attempt()


async def decide_all(guarded: Guarded, contended: Contended[A], writes: Sequence[Write[A]]) -> list[Answer]:
    """Decide writes for the same rows in their order, under a guard: read once, decide in memory, write once."""
    decider, events = contended.decider, contended.decider.events
    found, told = await guarded.transaction.fetch(decider.read(contended.rows, writes), events.recall(writes))
    desk = decider.open(contended.rows, found)
    await guarded.recall(desk)
    answers, kept = _decide_in_order(desk, writes, events.stored(writes, told))
    if contended.before_write is not None:
        await contended.before_write(writes, answers)
    if kept:
        await guarded.remember(desk)
        changes = [desk.write(compare_versions=guarded.compare_versions)] if desk.changed else []
        await guarded.write(desk, [*changes, events.insert(kept)])
    return answers


def _decide_in_order(
    desk: Desk[A], writes: Sequence[Write[A]], stored: dict[Hashable, Stored]
) -> tuple[list[Answer], list[tuple[Write[A], Decided]]]:
    """Every answer, and what is to be stored."""
    answers: list[Answer] = []
    kept: list[tuple[Write[A], Decided]] = []
    for write in writes:
        first = stored.get(write.identity)
        if first is not None:
            answers.append(first.replay(write))
            continue
        decided = desk.decide(write)
        answers.append(Answer(decided.told))
        if is_kept(write, decided):
            kept.append((write, decided))
            if write.key is not None:
                stored[write.identity] = Stored(write.fingerprint, decided.told)
    return answers, kept


async def decide_alone(
    database: Database, events: Events, write: Write[A], attempt: Callable[[Transaction], Awaitable[Decided]]
) -> Answer:
    """Decide a write that contends for no row, in one transaction: a constraint is its guard, not a strategy.

    Raises:
        ProblemError: the database's own problems, or as the attempt.
    """

    async def once() -> Answer:
        async with database.transaction() as transaction:
            (told,) = await transaction.fetch(events.recall([write]))
            for first in events.stored([write], told).values():
                return first.replay(write)
            decided = await attempt(transaction)
            if is_kept(write, decided):
                await transaction.write(events.insert([(write, decided)]), commits=True)
            return Answer(decided.told)

    return await _once_per_key(once)
