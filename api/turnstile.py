"""Where those who want the same row wait for their turn, without a connection."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from api import errors
from api.contention import Row


class Turnstile:
    """Lets one decision per row through at a time, in the order of arrival, within this process.

    Guards nothing, since there are other processes. It keeps those who would only wait for the row's lock
    from each holding a connection meanwhile, which others need, and which PostgreSQL pays for.
    """

    def __init__(self) -> None:
        # Where somebody is through there is a line, of those who wait to be told whether their turn has come in time.
        self._lines: dict[str, deque[asyncio.Future[bool]]] = {}

    @asynccontextmanager
    async def passing(self, rows: Sequence[Row], timeout_s: float) -> AsyncIterator[None]:
        """Wait for one's turn at each of the rows.

        Raises:
            ProblemError: `database_busy`, when one does not come in time.
        """
        deadline = asyncio.get_running_loop().time() + timeout_s
        entered: list[str] = []
        try:
            for row in rows:
                await self._enter(row.key, deadline)
                entered.append(row.key)
            yield
        finally:
            for key in entered:
                self._leave(key)

    async def _enter(self, key: str, deadline: float) -> None:
        line = self._lines.get(key)
        if line is None:
            self._lines[key] = deque()
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        line.append(turn)
        bell = loop.call_at(deadline, _tell, turn, False)
        try:
            if not await turn:
                raise errors.ProblemError(errors.DATABASE_BUSY)
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.result():  # it had just come
                self._leave(key)
            raise
        finally:
            bell.cancel()

    def _leave(self, key: str) -> None:
        line = self._lines[key]
        while line:
            turn = line.popleft()
            if not turn.done():
                _tell(turn, True)
                return
        del self._lines[key]


def _tell(turn: asyncio.Future[bool], has_come: bool) -> None:
    if not turn.done():
        turn.set_result(has_come)
