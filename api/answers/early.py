"""Answers that leave before their transaction has committed."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from random import random, uniform
from typing import Any

from api import deadline
from api.guards.contention import Contended, Strategy
from api.guards.right.locking import Atomic, RowLock
from api.guards.writes import A, Answer, Write
from api.problems import Problem
from api.storage.database import Database

EARLY_ANSWERS = 0.1  # share of the granted writes
COMMIT_DELAY_S = (0.05, 0.2)


class EarlyAnswer:
    """Some granted writes are answered when they are decided, 50 to 200 ms before they commit.

    Wrong: whoever reads after the answer still sees the state from before it, so neither real-time order nor reading
    one's own writes holds; and if the commit fails, the client was told of a write that never was. Decided under the
    lock all the same, which is held until the commit, so the database stays correct.
    Source: Herlihy and Wing, Linearizability, 1990.

    Where the decision is one statement that commits by itself, there is no moment between the two; such requests take
    the same row lock in a transaction instead. Writes that no strategy guards are answered truthfully.
    """

    def __init__(self, guard: Strategy) -> None:
        self._guard = guard
        self._row_lock = RowLock()
        self._told: dict[int, asyncio.Future[Answer]] = {}
        self._open: set[asyncio.Task[Any]] = set()

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Let the strategy decide; answer before it has committed, or after."""
        # A batch runs the hook of the write that opened its queue, so every write gets the hook.
        slow = replace(contended, before_write=self._tell_and_wait)
        if random() >= EARLY_ANSWERS:  # noqa: S311
            return await self._guard.decide(database, slow, write)
        guard = self._row_lock if isinstance(self._guard, Atomic) else self._guard
        told = self._told[id(write)] = asyncio.get_running_loop().create_future()

        async def decide_to_the_end() -> Answer:
            deadline.begin(deadline.current().shared())  # the client leaves before the commit, with its answer
            return await guard.decide(database, slow, write)

        decided = asyncio.create_task(decide_to_the_end())
        self._open.add(decided)
        decided.add_done_callback(lambda _: self._forget(write, decided))
        await asyncio.wait({decided, told}, return_when=asyncio.FIRST_COMPLETED)
        return told.result() if told.done() else await decided

    async def _tell_and_wait(self, writes: Sequence[Write[Any]], answers: Sequence[Answer]) -> None:
        early = [
            (told, answer)
            for write, answer in zip(writes, answers, strict=True)
            if (told := self._told.get(id(write))) is not None and not isinstance(answer.told, Problem)
        ]
        for told, answer in early:
            if not told.done():  # a conflict may have it decided again
                told.set_result(answer)
        if early:
            await asyncio.sleep(uniform(*COMMIT_DELAY_S))  # noqa: S311

    def _forget(self, write: object, decided: asyncio.Task[Any]) -> None:
        self._told.pop(id(write), None)
        self._open.discard(decided)
        if not decided.cancelled():
            decided.exception()  # the client was told of success already
