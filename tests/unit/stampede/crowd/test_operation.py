import json
from dataclasses import replace
from typing import Any

import gevent
import pytest

from stampede.crowd import OK, Kind, Seen, fields, read, write
from stampede.crowd import operation as module
from tests.unit.stampede.crowd.conftest import Start, answer

BUY = Kind("buy", "Buy", OK | {"sold_out"}, facts=fields("id", "stock"), key="id", creates="order")
VIEW = Kind("view", "View", OK | {"gone"})
BOUGHT = answer(201, '{"id": 7, "stock": 3}')
BUSY = answer(503, '{"code": "busy"}')


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSES_S", (0.0,))


def see(body: Any) -> Seen:
    return Seen([(f"product {row['id']}", row) for row in body])


def buy(crowd: Any, kind: Kind = BUY) -> Any:
    return crowd.user.write(kind, "/buy", ["product 5"], actor="ann", args={"quantity": 1}, body={"quantity": 1})


def test_write_is_recorded_under_the_key_it_is_sent_with(start: Start) -> None:
    crowd = start(BOUGHT)
    assert buy(crowd).body == {"id": 7, "stock": 3}
    [record] = crowd.finish()
    assert f"Idempotency-Key: {record['op']}\r\n" in crowd.server.requests[0]
    assert 0 <= record.pop("to") - record.pop("from") < 5
    assert record == {
        "op": "run.0.1",
        "n": 1,
        "client": "0.1",
        "kind": "write",
        "actor": "ann",
        "action": "buy",
        "entities": ["product 5", "order 7"],
        "args": {"quantity": 1},
        "key": "7",
        "outcome": "ok",
        "code": None,
        "answer": {"id": 7, "stock": 3},
    }


def test_target_without_keys_gets_none(start: Start) -> None:
    crowd = start(BUSY, keys="false", retry_unknown=3, resend=1)
    buy(crowd)
    assert len(crowd.server.requests) == 1
    assert "Idempotency-Key" not in crowd.server.requests[0]


def test_unknown_outcome_is_sent_again_until_known(start: Start) -> None:
    crowd = start(BUSY, None, BOUGHT, retry_unknown=30)
    assert buy(crowd).kind == "ok"
    records = crowd.finish()
    assert [(record["n"], record["outcome"], record["code"]) for record in records] == [
        (1, "unknown", "HTTP 503 busy"),
        (2, "unknown", "no answer: HTTPConnectionClosed"),
        (3, "ok", None),
    ]
    assert len({record["op"] for record in records}) == 1
    assert crowd.reported == [("Buy [retried]", None), ("Buy [retried]", None), ("Buy [ok]", None)]


def test_operation_that_stays_unknown_fails_once(start: Start) -> None:
    crowd = start(BUSY, retry_unknown=0.1)
    assert buy(crowd).kind == "unknown"
    *retried, last = crowd.reported
    assert set(retried) == {("Buy [retried]", None)}
    assert last == ("Buy", "buy: HTTP 503 busy")


def test_patience_is_shorter_once_the_run_ends(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stampede.crowd.process.LAST_RETRY_S", 0.0)
    crowd = start(BUSY, retry_unknown=60)
    crowd.environment.events.test_stopping.fire(environment=crowd.environment)
    buy(crowd)
    assert crowd.reported == [("Buy", "buy: HTTP 503 busy")]


def test_answered_write_is_sent_again_by_share(start: Start) -> None:
    crowd = start(answer(409, '{"code": "sold_out"}'), resend=1)
    buy(crowd)
    assert [(record["n"], record["code"]) for record in crowd.finish()] == [(1, "sold_out"), (2, "sold_out")]
    assert crowd.reported == [("Buy [sold_out]", None), ("Buy [resent]", None)]


def test_unexpected_outcomes_fail(start: Start) -> None:
    crowd = start(BOUGHT, answer(404, '{"code": "gone"}'))
    buy(crowd, replace(BUY, expected=frozenset({"sold_out"})))
    buy(crowd)
    assert crowd.reported == [("Buy", "buy: accepted"), ("Buy", "buy: gone")]


@pytest.mark.parametrize("body", ["[]", "7", '"text"', "{}", "null", '{"id": {"a": "\\u0000\\ud800"}}'])
def test_answer_of_any_shape_costs_only_itself(start: Start, body: str) -> None:
    crowd = start(answer(200, body), BOUGHT)
    assert buy(crowd).kind == "ok"
    buy(crowd)
    first, second = crowd.finish()
    assert (first["outcome"], second["key"]) == ("ok", "7")


def test_huge_answer_costs_only_itself(start: Start) -> None:
    crowd = start(answer(200, json.dumps({"id": 1, "note": "x" * 1_000_000})), BOUGHT)
    buy(crowd)
    [record] = crowd.finish()
    assert record["answer"]["note"].startswith("sha256:")


def test_read_is_recorded_with_what_it_showed(start: Start) -> None:
    crowd = start(answer(200, '[{"id": 5, "stock": null}]'))
    outcome = crowd.user.read(VIEW, "/5", ["product 5"], see, needed=True)
    assert outcome.body == [{"id": 5, "stock": None}]
    [record] = crowd.finish()
    assert record["answer"] == {
        "items": [{"entity": "product 5", "facts": {"id": 5, "stock": "null"}}],
        "claim": None,
        "counts": {},
        "stale_s": 0,
    }


def test_same_content_is_recorded_each_time(start: Start) -> None:
    rows = [{"id": number, "stock": number} for number in range(200)]
    crowd = start(answer(200, json.dumps(rows)))
    for _ in range(3):
        crowd.user.read(VIEW, "/", [], see)
    assert [len(record["answer"]["items"]) for record in crowd.finish()] == [200, 200, 200]


def test_read_of_another_shape_is_unknown_and_fails(start: Start) -> None:
    crowd = start(answer(200, '{"no": "list"}'))
    crowd.user.read(VIEW, "/", [], see)
    [record] = crowd.finish()
    assert (record["outcome"], record["code"]) == ("unknown", "unusable answer: TypeError")
    assert crowd.reported == [("View", "view: unusable answer: TypeError")]


def test_undrawn_read_leaves_no_record(start: Start) -> None:
    crowd = start(answer(404, '{"code": "gone"}'), reads=0)
    assert crowd.user.read(VIEW, "/", [], see).code == "gone"
    assert crowd.finish() == []
    assert crowd.reported == [("View [gone]", None)]


def test_context_manager_records_any_request(start: Start) -> None:
    crowd = start(BOUGHT)
    with write(crowd.user, "buy", ["product 5"]) as operation:
        operation.told(201, '{"id": 1}')
    with read(crowd.user, "view", ["product 5"], see) as operation:
        operation.told(200, '[{"id": 5}]')
    with pytest.raises(ConnectionError), write(crowd.user, "buy", ["product 5"]):
        raise ConnectionError
    records = crowd.finish()
    assert [record["outcome"] for record in records] == ["ok", "ok", "unknown"]
    assert records[2]["code"] == "no answer: ConnectionError"


def test_killed_user_leaves_an_unknown(start: Start) -> None:
    crowd = start(BOUGHT)

    def wait() -> None:
        with write(crowd.user, "buy", ["product 5"]):
            gevent.sleep(60)

    greenlet = gevent.spawn(wait)
    gevent.sleep(0)
    greenlet.kill()
    [record] = crowd.finish()
    assert (record["outcome"], record["to"]) == ("unknown", None)


def test_answer_after_the_end_is_not_recorded_twice(start: Start) -> None:
    crowd = start(BOUGHT)
    with write(crowd.user, "buy", ["product 5"]) as operation:
        records = crowd.finish()
        operation.told(200, "{}")
    assert len(records) == 1
