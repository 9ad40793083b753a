import asyncio
from typing import cast

import pytest

from api.guards.contention import Answer, Guarded, Locked, Stored, Versioned
from api.guards.decision import decide_all
from api.problems import CONFLICT, IDEMPOTENCY_KEY_REUSED, ProblemError
from api.storage.database import Transaction
from tests.unit.api.guards.things import REFUSED, ROW, FakeDatabase, FakeTransaction, Things, ask_for


def decide(things: Things, *asked: tuple[str, str | None]) -> tuple[list[Answer], list[str]]:
    """The answers, and the things whose events were written."""
    database = FakeDatabase()
    guarded = Guarded(cast("Transaction", FakeTransaction(database, ())))
    writes = [ask_for(thing, key) for thing, key in asked]
    return asyncio.run(decide_all(guarded, things.contended(), writes)), database.written


def test_every_write_gets_its_own_answer_and_event() -> None:
    assert decide(Things(), ("a", None), ("b", "key")) == ([Answer("a"), Answer("b")], ["a", "b"])


def test_key_that_was_answered_before_is_answered_again_and_not_decided() -> None:
    write = ask_for("a", "key")
    things = Things({write.identity: Stored(write.fingerprint, "a")})
    assert decide(things, ("a", "key")) == ([Answer("a", replayed=True)], [])


def test_key_twice_in_one_batch_is_decided_once() -> None:
    assert decide(Things(), ("a", "key"), ("a", "key")) == ([Answer("a"), Answer("a", replayed=True)], ["a"])


def test_key_used_for_something_else_is_refused() -> None:
    assert decide(Things(), ("a", "key"), ("b", "key")) == ([Answer("a"), Answer(IDEMPOTENCY_KEY_REUSED)], ["a"])


def test_refusal_is_kept_only_for_a_key() -> None:
    assert decide(Things(), ("refused", None)) == ([Answer(REFUSED)], [])
    assert decide(Things(), ("refused", "key"), ("refused", "key")) == (
        [Answer(REFUSED), Answer(REFUSED, replayed=True)],
        ["refused"],
    )


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
