import asyncio
import json
from collections.abc import Sequence
from typing import cast

import pytest

from api.guards.contention import Guarded, Locked, Versioned
from api.guards.decision import decide_all, decide_alone
from api.guards.writes import Answer, Decided
from api.problems import CONFLICT, IDEMPOTENCY_KEY_REUSED, ProblemError
from api.storage.database import Database, Transaction
from api.storage.session import Record
from tests.unit.api.guards.things import REFUSED, ROW, FakeDatabase, FakeTransaction, Things, ask_for


def granted(thing: str, *, replayed: bool = False) -> Answer:
    return Answer(json.dumps(thing), replayed=replayed)


def stored(thing: str, key: str) -> Record:
    """The event of a thing that was granted, as it is read again."""
    return {"place": 1, "request_hash": ask_for(thing, key).fingerprint, "refusal": None, "answer": json.dumps(thing)}


def decide(*asked: tuple[str, str | None], recalled: Sequence[Record] = ()) -> tuple[list[Answer], list[str]]:
    """The answers, and the things whose events were written."""
    database = FakeDatabase(stored=recalled)
    guarded = Guarded(cast("Transaction", FakeTransaction(database, ())))
    writes = [ask_for(thing, key) for thing, key in asked]
    return asyncio.run(decide_all(guarded, Things().contended(), writes)), database.things


def test_every_write_gets_its_own_answer_and_event() -> None:
    assert decide(("a", None), ("b", "key")) == ([granted("a"), granted("b")], ["a", "b"])


def test_event_holds_what_was_told_and_asked() -> None:
    database = FakeDatabase()
    guarded = Guarded(cast("Transaction", FakeTransaction(database, ())))
    writes = [ask_for("a"), ask_for("refused", "key")]
    asyncio.run(decide_all(guarded, Things().contended(), writes))
    assert database.written == [
        {"thing": "a", "answer": "a", "refusal": None, "op_id": None, "request_hash": None},
        {
            "thing": "refused",
            "answer": None,
            "refusal": "refused",
            "op_id": "key",
            "request_hash": writes[1].fingerprint,
        },
    ]


def test_key_that_was_answered_before_is_answered_again_and_not_decided() -> None:
    assert decide(("a", "key"), recalled=[stored("a", "key")]) == ([granted("a", replayed=True)], [])


def test_refusal_that_was_stored_is_told_again() -> None:
    event = {**stored("refused", "key"), "refusal": REFUSED.code, "answer": None}
    assert decide(("refused", "key"), recalled=[event]) == ([Answer(REFUSED, replayed=True)], [])


def test_key_twice_in_one_batch_is_decided_once() -> None:
    assert decide(("a", "key"), ("a", "key")) == ([granted("a"), granted("a", replayed=True)], ["a"])


def test_key_used_for_something_else_is_refused() -> None:
    assert decide(("a", "key"), ("b", "key")) == ([granted("a"), Answer(IDEMPOTENCY_KEY_REUSED)], ["a"])


def test_refusal_is_kept_only_for_a_key() -> None:
    assert decide(("refused", None)) == ([Answer(REFUSED)], [])
    assert decide(("refused", "key"), ("refused", "key")) == (
        [Answer(REFUSED), Answer(REFUSED, replayed=True)],
        ["refused"],
    )


@pytest.mark.parametrize(
    ("recalled", "answer", "written"),
    [([], granted("a"), ["a"]), ([stored("a", "key")], granted("a", replayed=True), [])],
)
def test_write_of_no_row_is_decided_once_per_key(recalled: list[Record], answer: Answer, written: list[str]) -> None:
    async def attempt(_transaction: Transaction) -> Decided:
        return Decided(json.dumps("a"), {"thing": "a"})

    database = FakeDatabase(stored=recalled)
    told = asyncio.run(decide_alone(cast("Database", database), Things.events, ask_for("a", "key"), attempt))
    assert (told, database.things) == (answer, written)


def test_row_that_was_not_locked_is_a_conflict() -> None:
    database = FakeDatabase(locks=False)
    guarded = Locked(cast("Transaction", FakeTransaction(database, [ROW.row_lock])), [ROW])
    with pytest.raises(ProblemError, match=CONFLICT.code):
        asyncio.run(decide_all(guarded, Things().contended(), [ask_for("a")]))
    assert database.written == []


def test_changed_version_is_a_conflict() -> None:
    guarded = Versioned(cast("Transaction", FakeTransaction(FakeDatabase(rows_written=0), ())))
    with pytest.raises(ProblemError, match=CONFLICT.code):
        asyncio.run(decide_all(guarded, Things().contended(), [ask_for("a")]))
