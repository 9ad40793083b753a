import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from stampede.history import count_outcomes, pair_records, read_history

INVOKE = ["i", "run.0.1", 1, "student", "register", "course", None, 10.0]
COMPLETE = ["c", "run.0.1", 1, "ok", 200, {"status": "ENROLLED"}, 10.5]


def test_completion_joins_its_invocation() -> None:
    (operation,) = pair_records([INVOKE, COMPLETE])
    assert (operation.actor, operation.action, operation.outcome, operation.status) == (
        "student",
        "register",
        "ok",
        200,
    )
    assert (operation.invoked_at, operation.completed_at, operation.worker) == (10.0, 10.5, "0")


def test_invocation_without_completion_is_indeterminate() -> None:
    assert count_outcomes(pair_records([INVOKE])) == {"info": 1}


def test_completion_without_invocation_is_refused() -> None:
    with pytest.raises(ValueError, match="never invoked"):
        list(pair_records([COMPLETE]))


def write(path: Path, records: list[list[Any]], pieces: int) -> bytes:
    content = "".join(json.dumps(record) + "\n" for record in records).encode()
    size = len(content) // pieces + 1
    joined = b"".join(gzip.compress(content[at : at + size]) for at in range(0, len(content), size))
    path.write_bytes(joined)
    return joined


def test_joined_gzip_pieces_read_as_one_file(tmp_path: Path) -> None:
    write(tmp_path / "h.gz", [INVOKE, COMPLETE], pieces=5)
    assert [operation.outcome for operation in read_history(tmp_path / "h.gz")] == ["ok"]


@pytest.mark.parametrize("damage", [lambda content: content[:-9], lambda content: b"junk" + content])
def test_damaged_file_is_refused(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "h.gz"
    path.write_bytes(damage(write(path, [INVOKE, COMPLETE], pieces=1)))
    with pytest.raises(ValueError, match="does not read"):
        read_history(path)
