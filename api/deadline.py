"""One deadline per request, shared by its queues, connections, statements and retries.

A queued request is skipped if its client has left, or if half of its time is over.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

from api.problems import Problem, ProblemError


class Deadline:
    """When the time of one request is over, in seconds of the event loop's clock, and whether its client has left."""

    __slots__ = ("_has_left", "_loop", "at_s", "halfway_s", "timeout_s")

    def __init__(self, timeout_s: float, has_left: Callable[[], bool] = lambda: False) -> None:
        self._loop = asyncio.get_running_loop()
        self.timeout_s = timeout_s
        now_s = self._loop.time()
        self.at_s = now_s + timeout_s
        self.halfway_s = now_s + timeout_s / 2
        self._has_left = has_left

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed or the client has left."""
        return self._loop.time() >= self.at_s or self._has_left()

    @property
    def is_late(self) -> bool:
        """Whether to refuse a queued request: half of its time is over, or its client has left.

        A request that is served still has the other half for its answer.
        """
        return self._loop.time() >= self.halfway_s or self._has_left()

    def shared(self) -> "Deadline":
        """The same times, without the client: for work that several requests share."""
        same = Deadline(self.timeout_s)
        same.at_s, same.halfway_s = self.at_s, self.halfway_s
        return same


_current: ContextVar[Deadline] = ContextVar("deadline")
# Timeout outside a request, such as for a probe at start.
DEFAULT_S = 8.0


def begin(deadline: Deadline) -> None:
    """Set the deadline of the current task and of the tasks it creates."""
    _current.set(deadline)


def current() -> Deadline:
    """The deadline of the current request."""
    found = _current.get(None)
    return Deadline(DEFAULT_S) if found is None else found


@asynccontextmanager
async def bounded(late: Problem, *, in_line: bool = False) -> AsyncIterator[None]:
    """Cancel the block at the deadline of the current request, or halfway to it if the request is queued (`in_line`).

    Raises:
        ProblemError: `late`, on timeout.
    """
    until = current()
    try:
        async with asyncio.timeout_at(until.halfway_s if in_line else until.at_s):
            yield
    except TimeoutError as error:
        raise ProblemError(late) from error
