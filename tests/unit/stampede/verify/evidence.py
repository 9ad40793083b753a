"""Small evidence, written by hand: one worker, times in seconds, clocks that agree."""

import gzip
import json
from pathlib import Path
from typing import Any

from stampede.evidence.collect import WorkerHistory, collect_operations
from stampede.evidence.columns import EFFECTS, FROZEN, STATES
from stampede.evidence.manifest import Manifest, Part, clocks, write_manifest
from stampede.suite.rules import SystemRules
from stampede.verify.audits import run_audits
from stampede.verify.results import CheckResult
from tests.property.files import write_part

Row = dict[str, Any]
RULES = SystemRules(frozenset({"not_found"}), frozenset({"not_mine"}), frozenset({"full"}))
COLUMNS = {"effects": EFFECTS, "states": STATES, "frozen_before": FROZEN, "frozen_after": FROZEN}


def write(op: str, start: float, end: float | None, outcome: str = "ok", **changes: Any) -> Row:
    base: Row = {
        "op": op,
        "n": 1,
        "client": "0.1",
        "kind": "write",
        "actor": "ann",
        "action": "buy",
        "entities": ["item 1"],
    }
    told = {"outcome": outcome, "code": None, "answer": None, "key": None, "args": None, "from": start, "to": end}
    return base | told | changes


def read(op: str, start: float, end: float, *items: tuple[str, Row], **changes: Any) -> Row:
    answer = {name: changes.pop(name, None) for name in ("claim", "counts", "stale_s")}
    answer["items"] = [{"entity": entity, "facts": facts} for entity, facts in items]
    return write(op, start, end, kind="read", action="view", actor="", answer=answer) | changes


def effect(op: str | None, version: int | None, **changes: Any) -> Row:
    return {"op_id": op, "actor": "ann", "action": "buy", "entity": "item 1", "version": version} | changes


def state(version: int, facts: Row | None, *allows: str, **changes: Any) -> Row:
    text = None if facts is None else json.dumps(facts)
    return {"entity": "item 1", "version": version, "facts": text, "allows": json.dumps(allows)} | changes


def lay(folder: Path, operations: list[Row], error_s: float = 0.0, **more: Any) -> Path:
    """Write an evidence folder; parts that are not given (`effects=`, `states=`, ...) are absent."""
    history = folder / "0.jsonl.gz"
    history.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in operations).encode()))
    workers = [WorkerHistory(history, "w", 0, len(operations), True, 0.0, error_s)]
    evidence = folder / "evidence"
    evidence.mkdir()
    assert not collect_operations(workers, evidence).gaps
    parts = {"operations": Part("present")}
    for name, columns in COLUMNS.items():
        if name in more:
            write_part(more.pop(name), columns, evidence / f"{name}.parquet")
            parts[name.split("_")[0]] = Part("present")
    parts |= more.pop("parts", {})
    write_manifest(evidence, Manifest("run", "shop", RULES, clocks(workers), parts=parts, **more))
    return evidence


def audit(folder: Path, operations: list[Row], name: str, **more: Any) -> CheckResult:
    """The result of one audit over small evidence; effects and states are present and empty unless given."""
    evidence = lay(folder, operations, **({"effects": [], "states": []} | more))
    return next(result for result in run_audits(evidence) if result.name == name)
