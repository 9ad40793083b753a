import asyncio
import json
from typing import cast

import pytest

from api import deadline
from api.deadline import Deadline
from api.guards.right.batching import Batched
from api.guards.writes import Answer
from api.problems import ProblemError
from api.storage.database import Database
from tests.unit.api.guards.things import FakeDatabase, Things, ask_for

Outcome = Answer | BaseException


async def ask(things: Things, names: list[str], database: FakeDatabase | None = None) -> list[Outcome]:
    """The first write alone, the others while its transaction is open."""
    strategy, contended = Batched(), things.contended()
    known = cast("Database", database or FakeDatabase())
    asked = [asyncio.create_task(strategy.decide(known, contended, ask_for(names[0])))]
    await asyncio.sleep(0.005)
    asked += [asyncio.create_task(strategy.decide(known, contended, ask_for(name))) for name in names[1:]]
    return await asyncio.gather(*asked, return_exceptions=True)


def told(outcomes: list[Outcome]) -> list[object]:
    return [json.loads(str(one.told)) if isinstance(one, Answer) else type(one) for one in outcomes]


@pytest.fixture
def things() -> Things:
    return Things()


def test_writes_that_arrive_meanwhile_are_decided_together_in_order(things: Things) -> None:
    assert told(asyncio.run(ask(things, ["a", "b", "c", "d"]))) == ["a", "b", "c", "d"]
    assert things.batches == [["a"], ["b", "c", "d"]]


def test_no_batch_is_larger_than_the_bound(things: Things) -> None:
    names = [str(number) for number in range(2 * Batched.LARGEST + 5)]
    assert told(asyncio.run(ask(things, names))) == names
    assert max(map(len, things.batches)) <= Batched.LARGEST


def test_write_that_cannot_be_decided_takes_no_other_with_it(things: Things) -> None:
    assert told(asyncio.run(ask(things, ["", "a", "bad", "c"]))) == ["", "a", ValueError, "c"]


def test_batch_that_the_database_failed_is_not_decided_again(things: Things) -> None:
    assert told(asyncio.run(ask(things, ["a", "b"], FakeDatabase(unknown=True)))) == [ProblemError] * 2
    assert sum(map(len, things.batches)) == 2


def test_write_whose_client_left_in_line_is_not_decided(things: Things) -> None:
    async def run() -> list[Outcome]:
        strategy, contended, database = Batched(), things.contended(), cast("Database", FakeDatabase())
        first = asyncio.create_task(strategy.decide(database, contended, ask_for("a")))
        await asyncio.sleep(0.005)
        deadline.begin(Deadline(10, lambda: True))
        gone = asyncio.create_task(strategy.decide(database, contended, ask_for("gone")))
        deadline.begin(Deadline(10))
        last = asyncio.create_task(strategy.decide(database, contended, ask_for("b")))
        return list(await asyncio.gather(first, gone, last, return_exceptions=True))

    assert told(asyncio.run(run())) == ["a", ProblemError, "b"]
    assert things.batches == [["a"], ["b"]]


def test_write_whose_client_leaves_while_the_batch_is_made_is_decided_and_told(things: Things) -> None:
    looks = iter([False])

    async def run() -> Outcome:
        deadline.begin(Deadline(10, lambda: next(looks, True)))
        database = cast("Database", FakeDatabase())
        return await Batched().decide(database, things.contended(), ask_for("a"))

    assert told([asyncio.run(run())]) == ["a"]
    assert things.batches == [["a"]]
