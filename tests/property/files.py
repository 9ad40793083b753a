"""Histories of the model as evidence: the workers' files, and the parts that a target's database would give."""

import gzip
import json
import random
from pathlib import Path

from stampede.evidence.collect import WorkerHistory, collect_operations
from stampede.evidence.columns import EFFECTS, FROZEN, STATES, Column
from stampede.evidence.engine import engine, literal, write_parquet
from stampede.evidence.manifest import Manifest, Part, clocks, write_manifest
from tests.property.model import RULES, WORKERS, History, Row


def write_evidence(histories: list[History], folder: Path, seed: int, op_ids: bool = True) -> None:
    """Write the evidence of all histories, with a clock of its own for each worker."""
    chance = random.Random(seed)  # noqa: S311
    workers = []
    for rank in range(WORKERS):
        clock, error = chance.uniform(-5, 5), chance.choice([0.0, chance.uniform(0, 0.02)])
        measured = clock + chance.uniform(-error, error)
        rows = [row for history in histories for row in history.operations if row["rank"] == rank]
        path = folder / f"{rank}.jsonl.gz"
        with gzip.open(path, "wt", compresslevel=1) as lines:
            for row in rows:
                to = None if row["to"] is None else row["to"] + clock
                lines.write(json.dumps(row | {"from": row["from"] + clock, "to": to}) + "\n")
        workers.append(WorkerHistory(path, f"w{rank}", rank, len(rows), True, measured, error))
    evidence = folder / "evidence"
    evidence.mkdir()
    collected = collect_operations(workers, evidence)
    assert not collected.troubles, collected.troubles
    for name, columns in (
        ("effects", EFFECTS),
        ("states", STATES),
        ("frozen_before", FROZEN),
        ("frozen_after", FROZEN),
    ):
        write_part(
            [row for history in histories for row in getattr(history, name)], columns, evidence / f"{name}.parquet"
        )
    parts = {name: Part("present") for name in ("operations", "effects", "states", "frozen")}
    write_manifest(evidence, Manifest("run", "model", RULES, clocks(workers), parts=parts))


def write_part(rows: list[Row], columns: tuple[Column, ...], path: Path) -> None:
    """Write rows as the Parquet file of a part; columns that a row lacks get their default."""
    lines = path.with_suffix(".jsonl")
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    kinds = "{" + ", ".join(f"{column.name}: '{column.kind}'" for column in columns) + "}"
    chosen = ", ".join(f"coalesce({c.name}, {c.default or 'null'}) as {c.name}" for c in columns)
    with engine() as connection:
        write_parquet(
            connection,
            f"select {chosen} from read_json({literal(lines)}, format = 'newline_delimited', columns = {kinds})",
            path,
        )
    lines.unlink()
