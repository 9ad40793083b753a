"""A system without a database: each write asks for a thing, and is told its name."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from api.guards.contention import Contended, Counts, Row
from api.guards.writes import Decided, Events, Write
from api.problems import OUTCOME_UNKNOWN, Problem, ProblemError
from api.storage.session import Query, Record

REFUSED = Problem("refused", "conflict", "Not this one.")
ROW = Row("things", 1)


@dataclass(frozen=True)
class Asked:
    """A thing. `refused` is refused, `bad` cannot be decided."""

    thing: str
    actor: None = None

    @property
    def purpose(self) -> str:
        return self.thing


def ask_for(thing: str, key: str | None = None) -> Write[Asked]:
    return Write(Asked(thing), key, b"")


class Things:
    """Decides, and remembers in which company."""

    events = Events("things.events", "thing", (REFUSED,))
    violations: Mapping[str, Problem] = {}

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def read(self, rows: Sequence[Row], writes: Sequence[Write[Asked]]) -> Query:
        self.batches.append([write.asked.thing for write in writes])
        return Query("read")

    def open(self, rows: Sequence[Row], found: Sequence[Record]) -> "ThingsDesk":
        return ThingsDesk()

    def at_once(self, write: Write[Asked]) -> Query:
        raise AssertionError

    def contended(self) -> Contended[Asked]:
        return Contended((ROW,), self)


class ThingsDesk:
    """Always one row, that always changes."""

    changed = 1

    def counts(self) -> dict[Row, Counts]:
        return {ROW: {"version": 1}}

    def recount(self, row: Row, counts: Counts) -> None:
        raise AssertionError

    def decide(self, write: Write[Asked]) -> Decided:
        if write.asked.thing == "bad":
            raise ValueError("bad")
        told = REFUSED if write.asked.thing == "refused" else json.dumps(write.asked.thing)
        return Decided(told, {"thing": write.asked.thing})

    def write(self, *, compare_versions: bool) -> Query:
        return Query("write")


class FakeTransaction:
    """Notes what is written; a commit takes a while."""

    def __init__(self, database: "FakeDatabase", locks: Sequence[Query]) -> None:
        self._database = database
        # The locked rows, as a real one knows them after the first statement.
        self.opened: list[list[Record]] = [[{"id": 1}] for _ in locks] if database.locks else [[] for _ in locks]

    async def fetch(self, *queries: Query) -> list[list[Record]]:
        return [[] for _ in queries[1:]] + [self._database.stored]

    async def write(self, *queries: Query, commits: bool = False) -> list[list[Record]]:
        if commits:
            await asyncio.sleep(0.01)
            if self._database.unknown:
                raise ProblemError(OUTCOME_UNKNOWN)
        *_, events = queries
        self._database.written.extend(json.loads(str(events.arguments[0])))
        return [[{"written": self._database.rows_written}], []]


class FakeDatabase:
    """A fake database for the tests of guards and the decision core. It records the events that were written."""

    def __init__(
        self, *, unknown: bool = False, locks: bool = True, rows_written: int = 1, stored: Sequence[Record] = ()
    ) -> None:
        self.unknown, self.locks, self.rows_written = unknown, locks, rows_written
        self.stored = list(stored)
        self.written: list[dict[str, Any]] = []

    @property
    def things(self) -> list[str]:
        """The things whose events were written."""
        return [event["thing"] for event in self.written]

    @asynccontextmanager
    async def transaction(self, opening: Sequence[Query] = (), isolation: str = "") -> AsyncIterator[FakeTransaction]:
        yield FakeTransaction(self, opening)
