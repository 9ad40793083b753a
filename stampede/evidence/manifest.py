"""manifest.json: what the evidence of a run consists of, so that an audit can be repeated from the files alone."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import duckdb

from stampede.errors import StampedeError
from stampede.evidence.collect import WorkerHistory
from stampede.evidence.engine import OPERATIONS, literal
from stampede.suite.rules import SystemRules

MANIFEST = "manifest.json"
# Of the files' columns and of what stands in them; evidence of another format cannot be audited.
FORMAT = 2
FROZEN_BEFORE = "frozen_before.parquet"  # taken before the load, so it may stand without its other half
PARTS = ("operations", "effects", "states", "frozen")
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the evidence. `absent`: the suite does not have it; `failed`: it could not be exported."""

    state: Literal["present", "absent", "failed"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WorkerClock:
    """A worker's report: its clock minus the master's, and the bound of that offset's error."""

    rank: int
    operations: int
    complete: bool
    offset_s: float
    error_s: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything an audit needs beside the Parquet files.

    `database_offset_s` is the database's clock minus the master's. `gaps`: operations may be missing.
    `row_rules`: per table whether rows are fixed, added or any. A part that is not named is absent.
    """

    run: str
    system: str
    rules: SystemRules = field(default_factory=SystemRules)
    workers: Mapping[str, WorkerClock] = field(default_factory=dict)
    database_offset_s: float = 0.0
    database_error_s: float = 0.0
    gaps: bool = False
    troubles: tuple[str, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)
    row_rules: Mapping[str, str] = field(default_factory=dict)


def clocks(histories: tuple[WorkerHistory, ...] | list[WorkerHistory]) -> dict[str, WorkerClock]:
    """The workers' reports as the manifest keeps them."""
    return {h.id: WorkerClock(h.rank, h.operations, h.complete, h.offset_s, h.error_s) for h in histories}


def digest(manifest: Manifest) -> str:
    """SHA-256 of the manifest's own fields, without the files: findings.json holds it, so that none can be changed."""
    return hashlib.sha256(json.dumps(_document(manifest), sort_keys=True).encode()).hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json with the rows and SHA-256 of every file of the folder."""
    document = {**_document(manifest), "files": _describe(_list_files(folder))}
    partial = folder / f".{MANIFEST}"
    partial.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    partial.replace(folder / MANIFEST)


def _document(manifest: Manifest) -> dict[str, object]:
    rules = {name: sorted(getattr(manifest.rules, name)) for name in SystemRules.__slots__}
    return {
        "format": FORMAT,
        "run": manifest.run,
        "system": manifest.system,
        "rules": rules,
        "workers": {key: _fields(clock) for key, clock in manifest.workers.items()},
        "database_offset_s": manifest.database_offset_s,
        "database_error_s": manifest.database_error_s,
        "gaps": manifest.gaps,
        "troubles": list(manifest.troubles),
        "parts": {name: _fields(manifest.parts.get(name, Part("absent"))) for name in PARTS},
        "row_rules": dict(manifest.row_rules),
    }


def read_manifest(folder: Path) -> Manifest:
    """Read manifest.json.

    Raises:
        StampedeError: it is missing or cannot be parsed.
    """
    document = _load(folder)
    if document.get("format") != FORMAT:
        raise StampedeError(
            f"{folder / MANIFEST} is of format {document.get('format')}, and this version audits format {FORMAT}: "
            "audit the run with the version that made it."
        )
    try:
        return Manifest(
            run=document["run"],
            system=document["system"],
            rules=SystemRules(**{name: frozenset(codes) for name, codes in document["rules"].items()}),
            workers={key: WorkerClock(**clock) for key, clock in document["workers"].items()},
            database_offset_s=float(document["database_offset_s"]),
            database_error_s=float(document["database_error_s"]),
            gaps=bool(document["gaps"]),
            troubles=tuple(document["troubles"]),
            parts={name: Part(**part) for name, part in document["parts"].items()},
            row_rules=document["row_rules"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StampedeError(
            f"{folder / MANIFEST} is damaged: {error!r}. Take the evidence from the run again."
        ) from error


def verify_manifest(folder: Path) -> list[str]:
    """Name each file that is damaged, missing or not in the manifest, and each part that should be there.

    The rows of each Parquet file are compared with the manifest, and the operations with the workers' reports.
    """
    try:
        listed = _load(folder)["files"]
        manifest = read_manifest(folder)
        expected = {str(name): (str(entry["sha256"]), int(entry["rows"])) for name, entry in listed.items()}
    except (StampedeError, KeyError, TypeError, ValueError, AttributeError) as error:
        return [str(error) if isinstance(error, StampedeError) else f"{folder / MANIFEST} is damaged: {error!r}."]
    present = {path.name for path in _list_files(folder)}
    findings = [f"{name} is missing." for name in sorted(expected.keys() - present)]
    findings += [f"{name} is not in the manifest." for name in sorted(present - expected.keys())]
    digests = _digests(folder / name for name in sorted(expected.keys() & present))
    for name, digest in digests.items():
        if digest != expected[name][0]:
            findings.append(f"{name} is damaged: its SHA-256 is not the manifest's.")
    whole = {name: expected[name][1] for name, digest in digests.items() if digest == expected[name][0]}
    findings += _wrong_rows(manifest, folder, whole)
    for name, part in manifest.parts.items():
        for file in _files(name):
            if part.state == "present" and file not in expected:
                findings.append(f"{file} is missing in the manifest, though the part {name} is present.")
            if part.state == "absent" and file in expected and file != FROZEN_BEFORE:
                findings.append(f"{file} is in the manifest, though the part {name} is called absent.")
    return findings


def _wrong_rows(manifest: Manifest, folder: Path, expected: Mapping[str, int]) -> list[str]:
    """Name each file that holds more or fewer rows than the manifest says, and operations that no worker reported.

    A worker counts each attempt that it writes, so without gaps the operations are exactly as many as reported.
    """
    try:
        counted = _count_rows(folder / name for name in expected)
    except duckdb.Error as error:
        return [f"The rows of {folder} cannot be counted: {str(error).splitlines()[0]}"]
    findings = [
        f"{name} holds {rows} rows, but the manifest says {expected[name]}."
        for name, rows in counted.items()
        if rows != expected[name]
    ]
    reported = sum(clock.operations for clock in manifest.workers.values())
    found = counted.get(OPERATIONS, reported)
    if found != reported and not manifest.gaps:
        findings.append(
            f"{OPERATIONS} holds {found} operations, but the workers reported {reported}, and no gap is named."
        )
    return findings


def _list_files(folder: Path) -> list[Path]:
    """Every file of the evidence but the manifest; hidden ones are partial."""
    return sorted(path for path in folder.iterdir() if path.name != MANIFEST and not path.name.startswith("."))


def _files(part: str) -> tuple[str, ...]:
    return ("frozen_before.parquet", "frozen_after.parquet") if part == "frozen" else (f"{part}.parquet",)


def _load(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise StampedeError(f"{path} cannot be read ({error.strerror}); the evidence is incomplete.") from error
    except ValueError as error:
        raise StampedeError(f"{path} is damaged: {error}.") from error
    if not isinstance(document, dict):
        raise StampedeError(f"{path} is damaged: it holds no object.")
    return document


def _describe(paths: Sequence[Path]) -> dict[str, dict[str, object]]:
    """SHA-256 of each file, and the rows of the Parquet files; another file counts as one row."""
    digests, counted = _digests(paths), _count_rows(paths)
    return {name: {"rows": counted.get(name, 1), "sha256": digest} for name, digest in digests.items()}


def _count_rows(paths: Iterable[Path]) -> dict[str, int]:
    """Rows of each Parquet file, by file name, from its footer alone.

    The module's own connection is used: opening another one takes 10 ms, and the count 0.5 ms.
    """
    query = "select num_rows from parquet_file_metadata({})"
    with duckdb.cursor() as connection:
        return {
            path.name: connection.execute(query.format(literal(path))).fetchall()[0][0]
            for path in paths
            if path.suffix == ".parquet"
        }


def _digests(paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 by file name; two files at a time, since hashing does not hold the interpreter."""
    chosen = list(paths)
    with ThreadPoolExecutor(2) as pool:
        return dict(zip((path.name for path in chosen), pool.map(_sha256, chosen), strict=True))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _fields(value: Part | WorkerClock) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}
