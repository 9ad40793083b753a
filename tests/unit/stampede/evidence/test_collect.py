import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stampede.evidence.collect import Collected, WorkerHistory, collect_operations


def line(n: int, /, **changes: Any) -> str:
    told = {
        "op": f"r.0.{n}",
        "n": 1,
        "client": "0.1",
        "kind": "write",
        "actor": "",
        "action": "buy",
        "entities": ["item 1"],
    }
    times = {
        "args": None,
        "key": None,
        "from": 10.0 + n,
        "to": 10.5 + n,
        "outcome": "ok",
        "code": None,
        "answer": {"n": n},
    }
    return json.dumps(told | times | changes)


def collect(folder: Path, data: bytes, operations: int, **changes: Any) -> Collected:
    (folder / "0.gz").write_bytes(data)
    history = WorkerHistory(folder / "0.gz", "w0", 0, operations, True)
    return collect_operations([WorkerHistory(**{f: getattr(history, f) for f in history.__slots__} | changes)], folder)


def rows(folder: Path, columns: str) -> list[Any]:
    return duckdb.sql(f"select {columns} from '{folder}/operations.parquet' order by op_id, attempt").fetchall()


def packed(*lines: str) -> bytes:
    return gzip.compress("".join(text + "\n" for text in lines).encode())


def test_lines_become_rows(tmp_path: Path) -> None:
    more = line(2, kind="read", outcome="unknown", to=None, answer=None, args={"a": 1}, entities=[])
    collected = collect(tmp_path, packed(line(1), more), 2)
    assert collected == Collected(2, {"ok": 1, "unknown": 1}, (), False)
    assert rows(tmp_path, "op_id, worker, entities, args, answer, completed_at") == [
        ("r.0.1", "0", ["item 1"], None, '{"n":1}', 11.5),
        ("r.0.2", "0", [], '{"a":1}', None, None),
    ]


def test_times_are_corrected_and_widened(tmp_path: Path) -> None:
    collect(tmp_path, packed(line(0)), 1, offset_s=4.0, error_s=0.25)
    assert rows(tmp_path, "invoked_at, completed_at") == [(5.75, 6.75)]


@pytest.mark.parametrize(
    "bad", ["{broken", "[1]", "null", "7", '{"op": "x"}', line(5, n="many"), line(5, kind="other")]
)
def test_damaged_line_costs_itself(tmp_path: Path, bad: str) -> None:
    collected = collect(tmp_path, packed(line(1), bad, line(2)), 3)
    assert (collected.rows, collected.gaps) == (2, True)
    assert collected.troubles == ("Worker w0: 1 of 3 operations are missing or unreadable.",)


def test_nul_characters_are_kept(tmp_path: Path) -> None:
    collected = collect(tmp_path, packed(line(1, key="a\0b", answer={"x": "c\0d"}), line(2)), 2)
    assert (collected.rows, collected.gaps) == (2, False)
    assert rows(tmp_path, "key, answer->>'$.n'")[1] == (None, "2")


def test_lone_surrogate_costs_its_line(tmp_path: Path) -> None:
    collected = collect(tmp_path, packed(line(1, key="\ud800"), line(2)), 2)
    assert ("r.0.2",) in rows(tmp_path, "op_id")
    assert collected.gaps == (collected.rows < 2)


def test_truncated_file_costs_its_end(tmp_path: Path) -> None:
    whole = packed(*(line(n) for n in range(20_000)))
    collected = collect(tmp_path, whole[: len(whole) // 2], 20_000)
    assert 5_000 < collected.rows < 15_000
    assert collected.gaps


def test_unreadable_file_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "bad.gz").write_bytes(b"no gzip at all")
    (tmp_path / "good.gz").write_bytes(packed(line(1)))
    histories = [
        WorkerHistory(tmp_path / f"{name}.gz", name, rank, 1, True) for rank, name in enumerate(["bad", "good", "gone"])
    ]
    collected = collect_operations(histories, tmp_path)
    assert (collected.rows, collected.gaps) == (1, True)
    assert [trouble.split(":")[0] for trouble in collected.troubles][2:] == [
        "Worker bad",
        "Worker gone",
    ]
    assert "bad cannot be read" in collected.troubles[0]
    assert "gone is missing" in collected.troubles[1]


def test_missing_lines_are_a_gap(tmp_path: Path) -> None:
    assert collect(tmp_path, packed(line(1)), 3).troubles == (
        "Worker w0: 2 of 3 operations are missing or unreadable.",
    )


def test_surplus_lines_are_a_trouble(tmp_path: Path) -> None:
    assert collect(tmp_path, packed(line(1), line(2)), 1).troubles == (
        "Worker w0: 2 operations found, but it reported 1.",
    )


def test_incomplete_transfer_is_a_gap(tmp_path: Path) -> None:
    assert collect(tmp_path, packed(line(1)), 1, complete=False).gaps


def test_no_worker_gives_an_empty_file(tmp_path: Path) -> None:
    assert collect_operations([], tmp_path) == Collected(0, {}, (), False)
    assert rows(tmp_path, "op_id") == []
