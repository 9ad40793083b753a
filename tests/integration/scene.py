"""The scene of the referee's own tests: seeded worlds, a system's baseline, and everything that judges it."""

import json
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import copyfile
from typing import Any
from unittest.mock import patch

from pydantic import TypeAdapter

from seed.seeders import SEEDERS
from stampede.evidence.catalog import CATALOG
from stampede.evidence.columns import EFFECTS, STATES, Column
from stampede.evidence.engine import engine, literal, write_parquet
from stampede.evidence.export import export_part
from stampede.evidence.frozen import FROZEN_BEFORE, export_after, export_before, row_rules
from stampede.evidence.manifest import Manifest, Part, WorkerClock, write_manifest
from stampede.suite.check import Check, load_checks
from stampede.suite.model import System
from stampede.verify.audits import AUDITS, run_audits
from stampede.verify.checks import Connection, run_checks
from stampede.verify.results import CheckResult
from tests import ROOT

# The temporary table `operations` as the collector would have written it.
OPERATIONS = (
    Column("op_id"), Column("attempt", "INTEGER"), Column("worker"), Column("client"), Column("kind"), Column("actor"),
    Column("action"), Column("entities", "VARCHAR[]"), Column("args"), Column("key"), Column("invoked_at", "DOUBLE"),
    Column("completed_at", "DOUBLE"), Column("outcome"), Column("code"), Column("answer"),
)  # fmt: skip
READ_OPERATIONS = f"""
select {", ".join("to_json(entities)::text as entities" if c.name == "entities" else c.name for c in OPERATIONS)}
from operations
"""
# One transaction lasts for all tests: its clock stands still for some columns and runs for others.
CLOCK_ERROR_S = 900.0
PRESENT = dict.fromkeys(("operations", "effects", "states", "frozen"), Part("present"))


@dataclass(frozen=True)
class Rules:
    """Everything that the referee knows of one system."""

    system: str

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        return load_checks(ROOT / "sql" / "checks" / self.system)

    @cached_property
    def audits(self) -> tuple[Check, ...]:
        return load_checks(ROOT / "sql" / "audit" / self.system)

    @property
    def names(self) -> set[str]:
        audits = {*AUDITS, *(audit.name for audit in self.audits)}
        return {check.name for check in self.checks} | {f"audit:{name}" for name in audits}

    @property
    def folder(self) -> Path:
        return ROOT / "sql" / "violations" / self.system

    @property
    def world(self) -> Any:
        """What baseline.sql is written for, as its line `-- world:` says."""
        named = re.search(r"^-- world: (.+)$", (self.folder / "baseline.sql").read_text(), re.MULTILINE)
        assert named, f"{self.folder}/baseline.sql names no world"
        values = {
            name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(named[1]).items()
        }
        return SEEDERS[self.system].parameters(**values)

    @property
    def tables(self) -> list[str]:
        schema = (ROOT / "sql" / "schema" / f"{self.system}.sql").read_text()
        return sorted(re.findall(rf"^create table {self.system}\.(\w+)", schema, re.MULTILINE))

    @property
    def violations(self) -> list[Path]:
        return [path for path in sorted(self.folder.glob("*.sql")) if path.stem != "baseline"]


RULES = [Rules(system) for system in SEEDERS]


def read_systems() -> dict[str, System]:
    sections = tomllib.loads((ROOT / "suite.toml").read_text())["systems"]
    return TypeAdapter(dict[str, System]).validate_json(json.dumps(sections))


class Scene:
    """The world of both systems, with one system's baseline planted in an open transaction."""

    def __init__(self, connection: Connection, folder: Path, systems: dict[str, System]) -> None:
        self.connection = connection
        self._folder = folder
        self.systems = systems
        self._planted = ""

    def reset(self, rules: Rules) -> None:
        """Return to the baseline of a system."""
        if self._planted == rules.system:
            self._execute("rollback to savepoint planted")
            return
        self.clear()
        system = self.systems[rules.system]
        rows, definitions = self._folder / "rows", self._folder / "definitions"
        for folder in (rows, definitions):
            folder.mkdir(exist_ok=True)
        export_before(self.connection, system.schemas, system.changes, rows)
        self._execute((rules.folder / "baseline.sql").read_text())
        # A baseline may add triggers of its own, which are there before the run.
        export_before(self.connection, system.schemas, system.changes, definitions)
        self._join(rows, definitions, self._folder / f"{rules.system}.before")
        self._execute("savepoint planted")
        self._planted = rules.system

    def clear(self) -> None:
        """Return to the seeded world, with nothing planted."""
        self.connection.rollback()
        self._planted = ""

    def plant(self, path: Path) -> None:
        self._execute(path.read_text())

    def judge(self, rules: Rules, evidence: Path) -> dict[str, CheckResult]:
        """Run the checks in the database and all audits over the evidence exported from it."""
        checks = {result.name: result for result in run_checks(self.connection, rules.checks)}
        self.export(rules, evidence)
        return checks | self.audit(rules, evidence)

    def export(self, rules: Rules, evidence: Path) -> None:
        """Write all evidence but the operations."""
        system = self.systems[rules.system]
        copyfile(self._folder / f"{rules.system}.before", evidence / FROZEN_BEFORE)
        for part, columns in (("effects", EFFECTS), ("states", STATES)):
            query = (ROOT / "sql" / part / f"{rules.system}.sql").read_text()
            export_part(self.connection, query, columns, evidence / f"{part}.parquet", threads=1)
        export_after(self.connection, system.schemas, system.changes, evidence)

    def audit(self, rules: Rules, evidence: Path, only: str = "") -> dict[str, CheckResult]:
        """Write the operations and run all audits, or one alone."""
        system = self.systems[rules.system]
        told = export_part(self.connection, READ_OPERATIONS, OPERATIONS, evidence / "operations.parquet", threads=1)
        workers = {"worker": WorkerClock(0, told, True, 0.0, 0.0)}
        write_manifest(
            evidence,
            Manifest(
                "planted",
                rules.system,
                rules=system.rules,
                workers=workers,
                parts=PRESENT,
                row_rules=row_rules(system.changes),
                database_error_s=CLOCK_ERROR_S,
            ),
        )
        with patch("stampede.verify.audits.AUDITS", [name for name in AUDITS if only in ("", name)]):
            own = [audit for audit in rules.audits if only in ("", audit.name)]
            return {f"audit:{result.name}": result for result in run_audits(evidence, extra=own, threads=1)}

    def _join(self, rows: Path, definitions: Path, before: Path) -> None:
        """Write the frozen rows of one folder and the definitions of another to one file."""
        chosen = " union all ".join(
            f"select * from read_parquet({literal(folder / FROZEN_BEFORE)}) where table_name {is_not} '{CATALOG}'"
            for folder, is_not in ((rows, "<>"), (definitions, "="))
        )
        with engine() as connection:
            write_parquet(connection, chosen, before)

    def _execute(self, statements: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statements)
