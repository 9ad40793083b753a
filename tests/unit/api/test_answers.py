import asyncio
import json
import random
from itertools import count
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Scope

from api import answers
from api.answers import early, layers
from api.guards.contention import Contended, Guarded
from api.guards.decision import decide_all
from api.guards.right.batching import Batched
from api.guards.writes import Answer, Write
from api.problems import Problem
from api.storage.database import Database, Transaction
from api.web import errors
from api.web.settings import Settings
from tests.unit.api.guards.things import REFUSED, FakeDatabase, FakeTransaction, Things, ask_for

ASKED = 4_000
FULL = Problem("full", "conflict", "No place is left.")


@pytest.fixture(autouse=True)
def seeded() -> None:
    random.seed(11)


def make_settings(kind: str) -> Settings:
    return Settings.model_validate(
        {"database_url": "postgresql://", "redis_url": "redis://", "jwt_secret": "x" * 32, "answers": kind}
    )


class Place:
    """An application with one write and one read, which counts what it did."""

    def __init__(self) -> None:
        self.done = 0
        self.app = FastAPI()
        self.app.post("/take/{n}", responses=errors.responses(FULL, *errors.WRITE_PROBLEMS))(self.take)
        self.app.get("/taken", responses=errors.responses(FULL))(self.read)

    async def take(self, n: int) -> dict[str, int]:
        self.done += 1
        await asyncio.sleep(0)
        return {"n": n}

    async def read(self) -> dict[str, int]:
        return {"taken": self.done}


async def ask(app: ASGIApp, method: str, path: str, actor: str = "") -> tuple[int, Any]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", actor.encode())]
    scope: Scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    return sent[0]["status"], json.loads(b"".join(one.get("body", b"") for one in sent[1:]))


def test_truthful_adds_no_layer() -> None:
    place, settings, guard = Place(), make_settings("truthful"), Batched()
    assert answers.around_application(settings, place.app) is place.app
    assert answers.around_strategy(settings, guard) is guard


def test_false_refusals_come_before_and_after_writes() -> None:
    place = Place()
    app = answers.around_application(make_settings("false_refusal"), place.app)

    async def run() -> list[tuple[int, Any]]:
        return [await ask(app, "POST", f"/take/{n}") for n in range(ASKED)]

    told = asyncio.run(run())
    refused = [answer["code"] for status, answer in told if status == 409]
    assert set(refused) == {"full"}
    assert 0.02 < len(refused) / ASKED < 0.04
    undecided = ASKED - place.done
    assert 0.3 < undecided / len(refused) < 0.7


def test_reads_are_never_falsely_refused() -> None:
    app = answers.around_application(make_settings("false_refusal"), Place().app)

    async def run() -> set[int]:
        return {(await ask(app, "GET", "/taken"))[0] for _ in range(500)}

    assert asyncio.run(run()) == {200}


def test_stale_answers_are_older_ones_of_same_actor() -> None:
    place = Place()
    app = answers.around_application(make_settings("stale_answer"), place.app)

    async def run() -> list[tuple[str, int, int]]:
        seen = []
        for n in range(ASKED):
            await ask(app, "POST", f"/take/{n}")
            actor = "ab"[n % 2]
            seen.append((actor, place.done, (await ask(app, "GET", "/taken", actor))[1]["taken"]))
        return seen

    seen = asyncio.run(run())
    stale = [(actor, now, told) for actor, now, told in seen if told != now]
    assert 0.035 < len(stale) / ASKED < 0.065
    assert all(told < now and told % 2 == now % 2 for _, now, told in stale)


def test_kept_answers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "ANSWERS_KEPT", 10)
    layer = layers.StaleAnswer(Place().app)

    async def run() -> None:
        for n in range(50):
            await ask(layer, "GET", "/taken", str(n))

    asyncio.run(run())
    assert len(layer._kept) == 10


def test_swapped_answers_are_another_requests() -> None:
    app = answers.around_application(make_settings("swapped_answer"), Place().app)
    numbers = count()
    swapped: list[tuple[int, int]] = []

    async def client() -> None:
        for _ in range(ASKED // 8):
            n = next(numbers)
            status, answer = await ask(app, "POST", f"/take/{n}")
            assert status == 200
            if answer["n"] != n:
                swapped.append((n, answer["n"]))

    async def run() -> None:
        await asyncio.gather(*(client() for _ in range(8)))

    asyncio.run(run())
    assert 0.06 < len(swapped) / ASKED < 0.13
    assert {(told, asked) for asked, told in swapped} == set(swapped)


def test_swap_without_partner_is_own_answer() -> None:
    app = answers.around_application(make_settings("swapped_answer"), Place().app)

    async def run() -> list[int]:
        return [(await ask(app, "POST", f"/take/{n}"))[1]["n"] for n in range(100)]

    assert asyncio.run(run()) == list(range(100))


class InMemory:
    """A strategy that commits when the decision returns."""

    async def decide(self, _database: Any, contended: Contended[Any], write: Write[Any]) -> Answer:
        guarded = Guarded(cast("Transaction", FakeTransaction(FakeDatabase(), ())))
        (answer,) = await decide_all(guarded, contended, [write])
        committed.append(write.asked.thing)
        return answer


committed: list[str] = []


def decide_early(things: list[str]) -> list[bool]:
    """For each write, whether it was answered before it was committed."""
    guard = answers.around_strategy(make_settings("early_answer"), InMemory())

    async def one(thing: str) -> bool:
        answer = await guard.decide(cast("Database", None), Things().contended(), ask_for(thing, "key"))
        assert answer.told in (json.dumps(thing), REFUSED)
        return thing not in committed

    async def run() -> list[bool]:
        answered = await asyncio.gather(*(one(thing) for thing in things))
        await asyncio.sleep(early.COMMIT_DELAY_S[1] + 0.1)
        return answered

    committed.clear()
    return asyncio.run(run())


def test_granted_writes_are_answered_before_commit() -> None:
    things = [f"{n:04}" for n in range(ASKED)]
    assert 0.08 < sum(decide_early(things)) / ASKED < 0.12
    assert sorted(committed) == things


def test_refusals_are_answered_after_commit() -> None:
    assert sum(decide_early(["refused"] * 500)) == 0
