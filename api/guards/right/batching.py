"""Writes for one row that are decided together."""

import asyncio
from contextvars import Context
from dataclasses import dataclass
from typing import Any

import psycopg

from api import deadline
from api.deadline import Deadline
from api.guards.contention import Contended, Locked
from api.guards.decision import decide_all
from api.guards.writes import A, Answer, Write
from api.problems import DATABASE_BUSY, ProblemError
from api.storage.database import Database
from api.trace import Stage


class UndecidedError(Exception):
    """One write of a batch is at fault: nothing was written, and it is not known which."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A write in the line of its row, with its request's deadline."""

    write: Write[Any]
    answer: "asyncio.Future[Answer]"
    deadline: Deadline

    def is_worth_it(self) -> bool:
        """Whether to decide the write now. Refuses it if it has waited too long or its client has left."""
        if self.answer.done():
            return False
        if self.deadline.is_late:
            self.refuse(ProblemError(DATABASE_BUSY))
            return False
        return True

    def refuse(self, error: Exception) -> None:
        """Fail with an error. Each waiter gets an exception object of its own, since raising adds to its traceback."""
        if self.answer.done():
            return
        if isinstance(error, ProblemError):
            told = ProblemError(error.problem, error.detail)
            told.__cause__ = error
            self.answer.set_exception(told)
        else:
            self.answer.set_exception(error)


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
        self._lines: dict[str, list[_Waiting]] = {}
        self._open: set[asyncio.Task[None]] = set()

    async def decide(self, database: Database, contended: Contended[A], write: Write[A]) -> Answer:
        """Queue the write for the next batch of its row. The first write starts the task that serves the queue."""
        waiting = _Waiting(write, asyncio.get_running_loop().create_future(), deadline.current())
        line = self._lines.get(contended.key)
        if line is not None:
            line.append(waiting)
        else:
            self._lines[contended.key] = [waiting]
            # In an empty context: deadline and trace of the first request are not those of the batch.
            server = asyncio.create_task(self._serve(database, contended), context=Context())
            self._open.add(server)
            server.add_done_callback(self._open.discard)
        with Stage("batch"):
            return await waiting.answer

    async def _serve(self, database: Database, contended: Contended[Any]) -> None:
        try:
            await self._serve_line(database, contended)
        finally:
            for left in self._lines.pop(contended.key):  # empty, unless this task was cancelled
                left.refuse(ProblemError(DATABASE_BUSY))

    async def _serve_line(self, database: Database, contended: Contended[Any]) -> None:
        while line := self._lines[contended.key]:
            taken, self._lines[contended.key] = line[: self.LARGEST], line[self.LARGEST :]
            batch = [one for one in taken if one.is_worth_it()]
            try:
                await _decide_batch(database, contended, batch)
            except UndecidedError:
                await _decide_one_by_one(database, contended, batch)
            except Exception as error:
                for one in batch:
                    one.refuse(error)


async def _decide_batch(database: Database, contended: Contended[Any], batch: list[_Waiting]) -> None:
    if not batch:
        return
    # All writes of the batch share the earliest of their deadlines.
    deadline.begin(min((one.deadline for one in batch), key=lambda each: each.at_s).shared())
    async with database.transaction([row.row_lock for row in contended.rows]) as transaction:
        try:
            answers = await decide_all(Locked(transaction, contended.rows), contended, [one.write for one in batch])
        except (psycopg.IntegrityError, psycopg.DataError, ValueError) as error:
            if len(batch) == 1:
                raise
            raise UndecidedError from error
    for one, answer in zip(batch, answers, strict=True):
        if not one.answer.done():
            one.answer.set_result(answer)


async def _decide_one_by_one(database: Database, contended: Contended[Any], batch: list[_Waiting]) -> None:
    """One write that cannot be decided must not take the others with it."""
    for one in batch:
        if not one.is_worth_it():
            continue
        try:
            await _decide_batch(database, contended, [one])
        except Exception as error:
            one.refuse(error)
