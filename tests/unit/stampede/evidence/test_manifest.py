import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from stampede.errors import StampedeError
from stampede.evidence.manifest import Manifest, Part, WorkerClock, read_manifest, verify_manifest, write_manifest
from stampede.suite.rules import SystemRules

WHOLE = Manifest(
    run="r1",
    system="shop",
    rules=SystemRules(frozenset({"not_found"}), frozenset(), frozenset({"full"})),
    workers={"w": WorkerClock(0, 3, True, 0.5, 0.01)},
    database_offset_s=0.25,
    database_error_s=0.125,
    gaps=True,
    troubles=("one is missing",),
    parts={
        "operations": Part("present"),
        "effects": Part("failed", "timeout"),
        "states": Part("absent"),
        "frozen": Part("absent"),
    },
    row_rules={"public.t": "added"},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    duckdb.sql(f"copy (select 1 as a from range(3)) to '{tmp_path}/operations.parquet' (format parquet)")
    write_manifest(tmp_path, WHOLE)
    return tmp_path


def test_manifest_is_read_as_written(folder: Path) -> None:
    assert read_manifest(folder) == WHOLE
    assert json.loads((folder / "manifest.json").read_text())["files"]["operations.parquet"]["rows"] == 3


def test_untouched_folder_verifies(folder: Path) -> None:
    assert verify_manifest(folder) == []


def test_changed_byte_is_damage(folder: Path) -> None:
    path = folder / "operations.parquet"
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    assert verify_manifest(folder) == ["operations.parquet is damaged: its SHA-256 is not the manifest's."]


def test_wrong_number_of_rows_is_named(folder: Path) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    document["files"]["operations.parquet"]["rows"] = 4
    path.write_text(json.dumps(document))
    assert verify_manifest(folder) == ["operations.parquet holds 3 rows, but the manifest says 4."]


@pytest.mark.parametrize(("reported", "gaps", "seen"), [(3, False, 0), (2, False, 1), (4, False, 1), (4, True, 0)])
def test_operations_are_as_many_as_reported(folder: Path, reported: int, gaps: bool, seen: int) -> None:
    workers = {"v": WorkerClock(1, 1, True, 0.0, 0.0), "w": WorkerClock(0, reported - 1, True, 0.0, 0.0)}
    write_manifest(folder, replace(WHOLE, workers=workers, gaps=gaps))
    told = f"operations.parquet holds 3 operations, but the workers reported {reported}, and no gap is named."
    assert verify_manifest(folder) == [told] * seen


def test_file_that_is_no_parquet_is_named(folder: Path) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    (folder / "operations.parquet").write_bytes(b"none")
    document["files"]["operations.parquet"]["sha256"] = sha256(b"none").hexdigest()
    path.write_text(json.dumps(document))
    (finding,) = verify_manifest(folder)
    assert finding.startswith(f"The rows of {folder} cannot be counted: ")


def test_missing_file_is_named(folder: Path) -> None:
    (folder / "operations.parquet").unlink()
    assert verify_manifest(folder) == ["operations.parquet is missing."]


def test_additional_file_is_named(folder: Path) -> None:
    (folder / "effects.parquet").write_bytes(b"")
    assert verify_manifest(folder) == ["effects.parquet is not in the manifest."]


def test_absent_part_with_a_listed_file_is_named(folder: Path) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    document["parts"]["operations"]["state"] = "absent"
    path.write_text(json.dumps(document))
    assert verify_manifest(folder) == [
        "operations.parquet is in the manifest, though the part operations is called absent."
    ]


def test_present_part_without_file_is_named(folder: Path) -> None:
    (folder / "operations.parquet").unlink()
    write_manifest(folder, WHOLE)
    assert verify_manifest(folder) == [
        "operations.parquet is missing in the manifest, though the part operations is present."
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', '{"files": {"a": 1}}'])
def test_damaged_manifest_is_named(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    assert "damaged" in verify_manifest(folder)[0]
    with pytest.raises(StampedeError):
        read_manifest(folder)


def test_missing_manifest_is_named(tmp_path: Path) -> None:
    assert "cannot be read" in verify_manifest(tmp_path)[0]
