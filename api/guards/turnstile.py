"""A queue per row for the requests of one process, in front of the database."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from api import deadline
from api.deadline import Deadline
from api.guards.contention import Row
from api.problems import DATABASE_BUSY, ProblemError
from api.trace import Stage


class Turnstile:
    """Admits one request per row at a time, first come first served, within this process.

    It protects nothing, since there are other processes. It keeps requests that would only wait for the row's lock from
    occupying connections meanwhile.
    """

    def __init__(self) -> None:
        # Key present: the row is taken. Deque: waiters, first in first out; each future resolves to True if granted.
        self._lines: dict[str, deque[tuple[asyncio.Future[bool], Deadline]]] = {}

    @asynccontextmanager
    async def passing(self, rows: Sequence[Row]) -> AsyncIterator[None]:
        """Wait for each of the rows in turn, and hold them during the block.

        Raises:
            ProblemError: `database_busy`, halfway to the request's deadline, or if the client has left.
        """
        entered: list[str] = []
        try:
            for row in rows:
                await self._enter(row.key, deadline.current())
                entered.append(row.key)
            yield
        finally:
            for key in entered:
                self._leave(key)

    async def _enter(self, key: str, until: Deadline) -> None:
        line = self._lines.get(key)
        if line is None:
            self._lines[key] = deque()
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        line.append((turn, until))
        bell = loop.call_at(until.halfway_s, _resolve, turn, False)
        try:
            with Stage("row"):
                has_come = await turn
            if not has_come:
                raise ProblemError(DATABASE_BUSY)
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.result():  # granted in the same moment
                self._leave(key)
            raise
        finally:
            bell.cancel()

    def _leave(self, key: str) -> None:
        line = self._lines[key]
        while line:
            turn, until = line.popleft()
            if not turn.done():
                is_granted = not until.is_late
                _resolve(turn, is_granted)
                if is_granted:
                    return
        del self._lines[key]


def _resolve(turn: asyncio.Future[bool], has_come: bool) -> None:
    if not turn.done():
        turn.set_result(has_come)
