"""The trace of a request in flight: seconds per stage, and the errors met. `api/web/logs.py` writes it."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType


@dataclass(slots=True)
class Trace:
    """Seconds per stage, and the errors that decided the answer."""

    stages: dict[str, float] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def begin() -> Trace:
    """Start a trace, which the current task and the tasks it creates write to."""
    trace = Trace()
    _current.set(trace)
    return trace


def note(error: Exception) -> None:
    """Record an error that is handled below `api/web/logs.py`, which would not see it raised."""
    trace = _current.get()
    if trace is not None:
        trace.errors.append(error)


class Stage:
    """Adds the time of a block to the trace of the current request, if there is one.

    A class because every request pays for it: a context manager made of a generator costs more.
    """

    __slots__ = ("_name", "_started")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        trace = _current.get()
        if trace is not None:
            spent = perf_counter() - self._started
            trace.stages[self._name] = trace.stages.get(self._name, 0.0) + spent
