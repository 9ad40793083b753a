"""How every write is decided, once for all systems: guard, read, decide, write, answer.

A write is decided once per Idempotency-Key; asked again, it is answered again. Every system keeps its decided writes in
a table `events`, unique by key (`events_op_id_key`).
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any

import psycopg

from api.guards.contention import A, Answer, Contended, Desk, Guarded, Stored, Strategy, Write
from api.problems import IDEMPOTENCY_KEY_REUSED, Problem, ProblemError
from api.storage.database import Database

KEY_CONSTRAINT = "events_op_id_key"


async def decide(database: Database, strategy: Strategy, contended: Contended[A], write: Write[A]) -> Answer:
    """Decide one write in one transaction, guarded by the strategy.

    Raises:
        ProblemError: the database's own problems, or what a violated constraint of the system means.
    """
    try:
        return await once_per_key(lambda: strategy.decide(database, contended, write))
    except psycopg.IntegrityError as error:
        problem = contended.decider.violations.get(error.diag.constraint_name or "")
        if problem is None:
            raise
        raise ProblemError(problem) from error


async def once_per_key(attempt: Callable[[], Awaitable[Answer]]) -> Answer:
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
        # The other one has committed, so its answer is there now.
        return await attempt()


async def decide_all(guarded: Guarded, contended: Contended[A], writes: Sequence[Write[A]]) -> list[Answer]:
    """Decide writes for the same rows in their order, under a guard: read once, decide in memory, write once."""
    found = await guarded.transaction.fetch(contended.decider.read(contended.rows, writes))
    desk = contended.decider.open(contended.rows, found, writes)
    await guarded.recall(desk)
    answers, events = _decide_in_order(desk, writes)
    if contended.before_write is not None:
        await contended.before_write(writes, answers)
    query = desk.write(events, compare_versions=guarded.compare_versions)
    if query is not None:
        await guarded.remember(desk)
        await guarded.write(desk, query)
    return answers


def _decide_in_order(desk: Desk[A], writes: Sequence[Write[A]]) -> tuple[list[Answer], list[Any]]:
    """Every answer, and the events to keep."""
    answers: list[Answer] = []
    events: list[Any] = []
    stored: dict[Hashable, Stored] = dict(desk.stored)
    for write in writes:
        first = stored.get(write.identity)
        if first is not None:
            answers.append(replay(first, write))
            continue
        decided = desk.decide(write)
        answers.append(Answer(decided.told))
        # A refusal without a key is not asked for again.
        if decided.event is not None and (write.key is not None or not isinstance(decided.told, Problem)):
            events.append(decided.event)
            stored[write.identity or object()] = Stored(write.fingerprint, decided.told)
    return answers, events


def replay(first: Stored, write: Write[Any]) -> Answer:
    """The first answer again, unless the key was first used for something else."""
    if first.fingerprint != write.fingerprint:
        return Answer(IDEMPOTENCY_KEY_REUSED)
    return Answer(first.told, replayed=True)
