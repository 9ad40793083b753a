"""Everything that a run found, before it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stampede.judge.bands import BandResult
from stampede.judge.baseline import Difference
from stampede.judge.thresholds import ThresholdResult
from stampede.load.statistics import Load
from stampede.suite.fault import Injection
from stampede.verify.results import CheckResult


@dataclass(frozen=True, slots=True)
class ActionCount:
    """How many operations of one action ended how; the last attempt of an operation counts."""

    action: str
    kind: str
    ok: int
    refused: int
    unknown: int

    @property
    def total(self) -> int:
        """All operations of the action."""
        return self.ok + self.refused + self.unknown


@dataclass(frozen=True)
class Findings:
    """The input of the verdict. `plan` is the plan as run, None for a verification alone, which has no load.

    `must_see`: counts of the plan's queries by name. `unverified`: parts that the suite does not have.
    `troubles`: sentences on what went wrong around the run (a lost worker, an exceeded timeout); each makes it UNKNOWN.
    """

    system: str
    run: str
    started_at: str
    finished_at: str
    plan: dict[str, Any] | None = None
    strategies: Mapping[str, str] = field(default_factory=dict)
    load: Load | None = None
    thresholds: tuple[ThresholdResult, ...] = ()
    bands: tuple[BandResult, ...] = ()
    baseline: tuple[Difference, ...] = ()
    operations: tuple[ActionCount, ...] = ()
    must_see: Mapping[str, int] = field(default_factory=dict)
    checks: tuple[CheckResult, ...] = ()
    audits: tuple[CheckResult, ...] = ()
    unverified: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    environment: dict[str, Any] = field(default_factory=dict)
    faults: tuple[Injection, ...] = ()

    @property
    def key(self) -> str:
        """`system/plan`, or the system alone."""
        return f"{self.system}/{self.plan['name']}" if self.plan else self.system

    def count(self, outcome: str, kind: str = "write") -> int:
        """Operations of one kind with this outcome."""
        return sum(getattr(one, outcome) for one in self.operations if one.kind == kind)
