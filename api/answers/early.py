"""Answers that leave before their transaction has committed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from random import random, uniform
from typing import Any

from api import errors
from api.contention import Contended, Guarded, R, Strategy
from api.database import Database
from api.idempotency import Answer
from api.locking import RowLock
from api.pipeline import Pipeline

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

    async def decide(self, database: Database, contended: Contended[R, Any], request: R) -> Any:
        """Let the strategy decide; answer before it has committed, or after."""
        slow = replace(contended, decide=self._delay_commit(contended.decide))
        if random() >= EARLY_ANSWERS:  # noqa: S311
            # In a batch, an early request may be decided by the opener's functions.
            return await self._guard.decide(database, slow, request)

        async def decide_in_transaction(_pipeline: Pipeline, one: R) -> Any:
            return await self._row_lock.decide(database, slow, one)

        told = self._told[id(request)] = asyncio.get_running_loop().create_future()
        early = replace(slow, decide_at_once=decide_in_transaction)
        decided = asyncio.create_task(self._guard.decide(database, early, request))
        self._open.add(decided)
        decided.add_done_callback(lambda _: self._forget(request, decided))
        await asyncio.wait({decided, told}, return_when=asyncio.FIRST_COMPLETED)
        return told.result() if told.done() else await decided

    def _delay_commit(
        self, decide: Callable[[Guarded, Sequence[R]], Awaitable[list[Any]]]
    ) -> Callable[[Guarded, Sequence[R]], Awaitable[list[Any]]]:
        async def decide_and_wait(guarded: Guarded, requests: Sequence[R]) -> list[Any]:
            answers = await decide(guarded, requests)
            early = [
                (told, answer)
                for request, answer in zip(requests, answers, strict=True)
                if (told := self._told.get(id(request))) is not None and not isinstance(answer.told, errors.Problem)
            ]
            for told, answer in early:
                if not told.done():  # a conflict may have it decided again
                    told.set_result(answer)
            if early:
                await asyncio.sleep(uniform(*COMMIT_DELAY_S))  # noqa: S311
            return answers

        return decide_and_wait

    def _forget(self, request: object, decided: asyncio.Task[Any]) -> None:
        self._told.pop(id(request), None)
        self._open.discard(decided)
        if not decided.cancelled():
            decided.exception()  # the client was told of success already
