import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import pytest

from api import errors
from api.contention import Contended, Guarded, Row
from api.database import Database
from api.locking import Batched


class Transactions:
    """Stands for a database whose commit takes a while: here only who is decided with whom matters."""

    def __init__(self, *, unknown: bool = False) -> None:
        self.unknown = unknown

    @asynccontextmanager
    async def transaction(self, opening: str) -> AsyncIterator[None]:
        assert opening.endswith("for no key update")
        yield None
        await asyncio.sleep(0.01)
        if self.unknown:
            raise errors.ProblemError(errors.OUTCOME_UNKNOWN)


class Work:
    """Answers each request with itself; `bad` cannot be decided."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.contended = Contended((Row("things", uuid4()),), self.decide, self.never)

    async def decide(self, guarded: Guarded, requests: Sequence[str]) -> list[str]:
        self.batches.append(list(requests))
        if "bad" in requests:
            raise ValueError("bad")
        return list(requests)

    async def never(self, connection: Any, request: str) -> str:
        raise AssertionError

    async def ask(self, requests: list[str], **database: bool) -> list[str | BaseException]:
        """The first request alone, the others while its transaction is open."""
        strategy, transactions = Batched(), cast(Database, Transactions(**database))
        asked = [asyncio.create_task(strategy.decide(transactions, self.contended, requests[0]))]
        await asyncio.sleep(0.005)
        asked += [asyncio.create_task(strategy.decide(transactions, self.contended, one)) for one in requests[1:]]
        return await asyncio.gather(*asked, return_exceptions=True)


@pytest.fixture
def work() -> Work:
    return Work()


def test_requests_that_arrive_meanwhile_are_decided_together_in_order(work: Work) -> None:
    assert asyncio.run(work.ask(["a", "b", "c", "d"])) == ["a", "b", "c", "d"]
    assert work.batches == [["a"], ["b", "c", "d"]]


def test_no_batch_is_larger_than_the_bound(work: Work) -> None:
    requests = [str(number) for number in range(2 * Batched.LARGEST + 5)]
    assert asyncio.run(work.ask(requests)) == requests
    assert max(map(len, work.batches)) <= Batched.LARGEST


def test_request_that_cannot_be_decided_takes_no_other_with_it(work: Work) -> None:
    _, first, bad, last = asyncio.run(work.ask(["", "a", "bad", "c"]))
    assert (first, last) == ("a", "c")
    assert isinstance(bad, ValueError)


def test_batch_that_the_database_failed_is_not_decided_again(work: Work) -> None:
    answers = asyncio.run(work.ask(["a", "b"], unknown=True))
    assert all(isinstance(answer, errors.ProblemError) for answer in answers)
    assert sum(map(len, work.batches)) == 2
