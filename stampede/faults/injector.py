"""Injects the faults of a plan while its load runs, each in a thread of its own, so that none delays another."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from stampede.errors import StampedeError
from stampede.faults.step import Step
from stampede.suite.fault import Fault, Injection

JOIN_TIMEOUT_S = 60.0


class Injector:
    """The faults of one run. Times count from the entry of `running`, which is the start of the load.

    `timeout_s`: how long a step may take to begin, and to end.
    """

    def __init__(self, steps: Mapping[Fault, Step], timeout_s: float = 0.0) -> None:
        self._steps = steps
        self._join_timeout_s = max(JOIN_TIMEOUT_S, 3 * timeout_s)
        self._spans: dict[Fault, list[tuple[float, float]]] = {fault: [] for fault in steps}
        self._failures: dict[Fault, list[str]] = {fault: [] for fault in steps}
        self._not_ended: dict[Fault, list[str]] = {fault: [] for fault in steps}
        self._over = threading.Event()
        self._started = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Inject faults when they are due while the block runs; at its end, end every fault that still lasts."""
        self._started = time.monotonic()
        threads = [threading.Thread(target=self._run, args=item, daemon=True) for item in self._steps.items()]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            deadline = time.monotonic() + self._join_timeout_s
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
            self._finish()

    def list_injections(self) -> tuple[Injection, ...]:
        """Every fault with the moments at which it was injected."""
        return tuple(
            Injection(fault.text, tuple(spans), len(self._failures[fault])) for fault, spans in self._spans.items()
        )

    def list_troubles(self) -> list[str]:
        """A sentence for each fault that was never injected, failed, or could not be taken back.

        A repeated fault may fail at times, less often than not, if the plan has another fault: its target may be down.
        """
        told = []
        for fault, spans in self._spans.items():
            failures = self._failures[fault]
            told += [f"the fault '{fault}' could not be taken back: {said}" for said in self._not_ended[fault][-1:]]
            excused = fault.repeated and len(self._steps) > 1 and len(failures) <= len(spans)
            if failures and not excused:
                told.append(f"the fault '{fault}' could not be injected: {failures[-1]}")
            elif not spans:
                told.append(f"the fault '{fault}' was never injected")
        return told

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._started

    def _run(self, fault: Fault, step: Step) -> None:
        """Inject one fault at each of its moments, until the load is over; moments that have passed are left out."""
        for moment_s in fault.moments_s():
            if fault.repeated and moment_s < self._elapsed_s():
                continue
            if self._over.wait(max(0.0, moment_s - self._elapsed_s())):
                return
            try:
                self._inject(fault, step)
            except Exception as error:  # whatever it is, the fault was not injected as the plan says
                self._failures[fault].append(_describe(error))

    def _inject(self, fault: Fault, step: Step) -> None:
        begun_s = self._elapsed_s()
        step.begin()
        try:
            self._over.wait(fault.lasts_s)
        finally:
            self._take_back(fault, step.end)
        self._spans[fault].append((begun_s, self._elapsed_s()))

    def _finish(self) -> None:
        for fault, step in self._steps.items():
            if self._spans[fault]:
                self._take_back(fault, step.finish)

    def _take_back(self, fault: Fault, end: Callable[[], None]) -> None:
        """End a fault; an error is kept, so that the run is verified all the same."""
        try:
            end()
        except Exception as error:  # whatever it is, the fault may still be there
            self._not_ended[fault].append(_describe(error))


def _describe(error: Exception) -> str:
    return str(error) if isinstance(error, StampedeError) else f"{type(error).__name__}: {error}"
