"""Plans: users, duration, world, thresholds and floors of a run (plans/*.toml of a suite)."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated_dataclass

from stampede.errors import StampedeError
from stampede.shapes import expand_shape, find_contradiction, read_duration_s
from stampede.suite.bands import Band, Metric, parse_band
from stampede.suite.load import describe_faults, find_line, parse_toml
from stampede.suite.model import Suite
from stampede.suite.stages import DERIVED, Duration, Stage
from stampede.suite.targets import UnknownTargetError
from stampede.suite.thresholds import Threshold, find_unmeasured, parse_threshold
from stampede.suite.written import PlannedFault, Range, Share

Scalar = int | float | str


@validated_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Plan:
    """One plan. `think_time` is a range in seconds, `spawn_rate` users per second, `run_time` like 30s or 2m.

    `reads`: share of reads recorded as operations. `resend`: share of answered writes sent again with the same key.
    `operations`: actions that must succeed at least once; empty: each that was sent. `mix`: the declared share of each
    action. `race`: the plan is a race, in which at least one write must be refused. `must_see`: by name, a count over
    the evidence (SQL of DuckDB) that must not be 0. `options`: options of the locustfile.
    `proves`: strategies that `stampede prove` runs under it, `*` for all that no other plan names.
    `bands`: by figure, what is good below and critical above. `baseline`: a JSON file of an earlier run, in the suite.
    `stages`: parts of the load with users of their own; users, spawn rate and run time are then theirs.
    `tags`, `exclude_tags`: tasks that are run, or not. `statement_timeout` bounds each statement of the verification.
    `winners`, `losers`: request names that a comparison of strategies tells apart.
    """

    system: str
    name: str
    description: str
    user_classes: Annotated[tuple[str, ...], Field(min_length=1)]
    users: Annotated[int, Field(ge=1)]
    spawn_rate: Annotated[float, Field(gt=0)]
    run_time: Duration
    think_time: Range | None = None
    stages: tuple[Stage, ...] = ()
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    statement_timeout: Duration | None = None
    seed: int = 1
    reads: Share = 0.1
    resend: Share = 0.0
    race: bool = False
    operations: tuple[str, ...] = ()
    mix: Mapping[str, Share] = Field(default_factory=dict)
    must_see: Mapping[str, str] = Field(default_factory=dict)
    options: Mapping[str, Scalar] = Field(default_factory=dict)
    thresholds: tuple[str, ...] = ()
    bands: Mapping[Metric, tuple[str, str]] = Field(default_factory=dict)
    baseline: str = ""
    faults: tuple[PlannedFault, ...] = ()
    proves: tuple[str, ...] = ()
    winners: str = ""
    losers: str = ""
    world: Mapping[str, Scalar | tuple[Scalar, ...]] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """`system/name`, as on the command line."""
        return f"{self.system}/{self.name}"

    @property
    def run_time_s(self) -> int:
        """The run time in seconds."""
        return read_duration_s(self.run_time)

    @property
    def spawn_time_s(self) -> float:
        """How long it takes to start all users, in seconds."""
        return (self.stages[0].users if self.stages else self.users) / self.spawn_rate

    @property
    def statement_timeout_s(self) -> int | None:
        """The statement timeout in seconds; None where the world's size decides."""
        return read_duration_s(self.statement_timeout) if self.statement_timeout else None

    @property
    def limits(self) -> tuple[Threshold, ...]:
        """The thresholds, parsed.

        Raises:
            StampedeError: one cannot be parsed.
        """
        return tuple(parse_threshold(text) for text in self.thresholds)

    @property
    def zones(self) -> tuple[Band, ...]:
        """The bands, parsed.

        Raises:
            StampedeError: one cannot be parsed.
        """
        return tuple(parse_band(metric, bounds) for metric, bounds in self.bands.items())


@dataclass(frozen=True, slots=True)
class Overrides:
    """Changes that the command line makes to a plan; None changes nothing."""

    users: int | None = None
    spawn_rate: float | None = None
    run_time: str | None = None
    think_time: str | None = None
    seed: int | None = None
    reads: str | None = None
    resend: str | None = None
    thresholds: tuple[str, ...] = ()
    added_thresholds: tuple[str, ...] = ()
    user_classes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    world: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


OVERRIDDEN = (
    "users", "spawn_rate", "run_time", "think_time", "seed", "reads", "resend", "thresholds",
    "user_classes", "tags", "exclude_tags",
)  # fmt: skip
_ADAPTER = TypeAdapter(Plan)


def describe_plan(plan: Plan) -> dict[str, Any]:
    """The plan as it stands in verdict.json."""
    described: dict[str, Any] = _ADAPTER.dump_python(plan, mode="json")
    return described


def list_plans(suite: Suite) -> list[Plan]:
    """Every plan of every system.

    Raises:
        StampedeError: a plan file does not fit; the message has file and line.
    """
    folder = suite.folder / "plans"
    plans = [plan for path in sorted(folder.glob("*.toml")) for plan in _read_plans(path, suite)]
    if not plans:
        raise StampedeError(f"There is no plan in {folder}: a plan is a table in plans/<system>.toml.")
    return plans


def _read_plans(path: Path, suite: Suite) -> list[Plan]:
    text = path.read_text()
    plans = []
    for name, table in parse_toml(path, text).items():
        if not isinstance(table, dict):
            raise StampedeError(f"{path}: {name} stands outside a plan: a plan is a table like [race].")
        try:
            given = {"system": path.stem, "name": name, **_expand_stages(path, name, table)}
            plan = _ADAPTER.validate_python(given)
        except ValidationError as error:
            raise StampedeError(describe_faults(path, _blank_others(text, name), error, name)) from None
        except ValueError as error:
            line = find_line(_blank_others(text, name), [name, "shape"])
            raise StampedeError(f"{path}:{line}: {name}.shape: {error}.") from None
        if not plan.stages and plan.spawn_time_s >= plan.run_time_s:
            line = find_line(_blank_others(text, name), [name, "run_time"])
            raise StampedeError(f"{path}:{line}: {_describe_short_run(plan)}")
        try:
            plans.append(_check(plan, suite))
        except UnknownTargetError as error:
            line = find_line(_blank_others(text, name), [name, "faults"])
            raise StampedeError(f"{path}:{line}: {error}") from None
    return plans


def _expand_stages(path: Path, name: str, table: dict[str, Any]) -> dict[str, Any]:
    """The table with stages in place of a shape, and with the users, spawn rate and run time that follow from them.

    Raises:
        StampedeError: users, spawn rate or run time are given, too.
        ValueError: the shape does not fit.
    """
    if "shape" not in table and "stages" not in table:
        return table
    if strange := [key for key in (*DERIVED, "stages") if key in table and (key != "stages" or "shape" in table)]:
        told = "shape" if "shape" in table else "stages"
        raise StampedeError(f"{path}: {name}: {strange[0]} and {told} contradict each other: leave {strange[0]} out.")
    given = [asdict(one) for one in expand_shape(table["shape"])] if "shape" in table else table["stages"]
    stages = TypeAdapter(Annotated[tuple[Stage, ...], Field(min_length=1)]).validate_python(given)
    kept = {key: value for key, value in table.items() if key != "shape"}
    return {
        **kept,
        "stages": stages,
        "users": max(stage.users for stage in stages),
        "spawn_rate": stages[0].spawn_rate,
        "run_time": f"{sum(stage.duration_s for stage in stages)}s",
    }


def _blank_others(text: str, name: str) -> str:
    """The text with the lines of all other plans emptied, so that a line number points into this one."""
    lines, shown = [], False
    for line in text.splitlines():
        if header := re.match(r"\s*\[+([^\]]+)\]", line):
            shown = header[1] == name or header[1].startswith(f"{name}.")
        lines.append(line if shown else "")
    return "\n".join(lines)


def _describe_short_run(plan: Plan) -> str:
    return (
        f"{plan.key} needs {plan.spawn_time_s:.0f} s to start {plan.users} users at {plan.spawn_rate:g}/s, so its "
        f"run time of {plan.run_time} is too short: give it a longer one, or a higher spawn rate."
    )


def _check(plan: Plan, suite: Suite) -> Plan:
    """Refuse a plan whose parts contradict each other or the suite."""
    _ = plan.limits, plan.zones
    if not plan.stages and plan.spawn_time_s >= plan.run_time_s:
        raise StampedeError(_describe_short_run(plan))
    if contradiction := find_contradiction(plan.stages):
        raise StampedeError(f"{plan.key} cannot be run: {contradiction}.")
    names = tuple(stage.name for stage in plan.stages)
    if unmeasured := next(filter(None, (find_unmeasured(limit, names, suite) for limit in plan.limits)), None):
        raise StampedeError(f"{plan.key}: {unmeasured}.")
    if plan.think_time and plan.think_time[0] > plan.think_time[1]:
        raise StampedeError(f"The think time of {plan.key} must go from low to high, like 2-5.")
    for fault in plan.faults:
        suite.faults.require(plan.key, fault)
    if plan.resend and not suite.target.takes_keys:
        raise StampedeError(f"{plan.key} resends writes, but the target takes no keys (takes_keys in suite.toml).")
    return plan


def find_plan(suite: Suite, key: str, overrides: Overrides) -> Plan:
    """The plan of that key (`system/name`), with the changes of the command line.

    Raises:
        StampedeError: there is no such plan, or an override does not fit.
    """
    plans = {plan.key: plan for plan in list_plans(suite)}
    if key not in plans:
        raise StampedeError(f"There is no plan {key!r}. `stampede list` shows: {', '.join(sorted(plans))}.")
    plan = plans[key]
    changed = {name: value for name in OVERRIDDEN if (value := getattr(overrides, name)) not in (None, ())}
    if plan.stages and (strange := [name for name in DERIVED if name in changed]):
        raise StampedeError(f"{key} has stages, which say its {strange[0]}: change them in its plan file.")
    values = {name: getattr(plan, name) for name in Plan.__dataclass_fields__} | changed
    values["thresholds"] = (*values["thresholds"], *overrides.added_thresholds)
    if changed.keys() & {"user_classes", "tags", "exclude_tags"}:
        values |= {"mix": {}, "operations": ()}  # they are those of the plan's own users
    values["world"] = {**plan.world, **dict(_read_pair(text) for text in overrides.world)}
    values["options"] = {**plan.options, **dict(_read_pair(text) for text in overrides.options)}
    try:
        return _check(_ADAPTER.validate_python(values), suite)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise StampedeError(f"{key} cannot be changed like that: {faults}.") from None


def _read_pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise StampedeError(f"Cannot parse {text!r}: expected NAME=VALUE, like users=500 or sizes=10,50.")
    return name.strip(), value
