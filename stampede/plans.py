"""Plans: who comes, how many, for how long, into which world, and what must hold (plans/*.toml)."""

import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated_dataclass

from seed.seeders import SEEDERS
from stampede.errors import StampedeError
from stampede.faults import Fault, parse_fault
from stampede.settings import ROOT
from stampede.thresholds import Threshold, parse_threshold

PLAN_FOLDER = ROOT / "plans"
UNITS_S = {"s": 1, "m": 60, "h": 3600}


@validated_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Plan:
    """One plan. `think_time` is a range in seconds, `spawn_rate` users per second, `run_time` like 30s or 2m.

    `proves` names the strategies that `stampede prove` runs under it, `*` for all that no other plan names.
    `winners` and `losers` are the requests, by name, that a comparison of strategies tells apart.
    """

    system: str
    name: str
    description: str
    user_classes: list[str]
    users: int
    spawn_rate: float
    run_time: str
    think_time: tuple[float, float] | None = None
    auth: Literal["login", "mint"] = "login"
    seed: int = 1
    thresholds: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    proves: list[str] = field(default_factory=list)
    winners: str = ""
    losers: str = ""
    world: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`system/name`, as on the command line."""
        return f"{self.system}/{self.name}"

    @property
    def run_time_s(self) -> int:
        """The run time in seconds.

        Raises:
            StampedeError: it does not read.
        """
        parts = re.findall(r"(\d+)([smh])", self.run_time)
        if not parts or "".join(map("".join, parts)) != self.run_time:
            raise StampedeError(f"The run time {self.run_time!r} does not read; write it like 30s, 2m or 1h30m.")
        return sum(int(number) * UNITS_S[unit] for number, unit in parts)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line changes of a plan; None changes nothing."""

    users: int | None = None
    spawn_rate: float | None = None
    run_time: str | None = None
    think_time: str | None = None
    auth: str | None = None
    seed: int | None = None
    thresholds: tuple[str, ...] = ()
    world: tuple[str, ...] = ()


def describe_plan(plan: Plan) -> dict[str, Any]:
    """The plan as it stands in verdict.json."""
    described: dict[str, Any] = TypeAdapter(Plan).dump_python(plan, mode="json")
    return described


def list_plans() -> list[Plan]:
    """Every plan of every system.

    Raises:
        StampedeError: a plan file does not read.
    """
    return [plan for path in sorted(PLAN_FOLDER.glob("*.toml")) for plan in _read_plans(path)]


def _read_plans(path: Path) -> list[Plan]:
    try:
        tables = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise StampedeError(f"{path.relative_to(ROOT)} does not read: {error}.") from None
    return [_build({"system": path.stem, "name": name, **table}) for name, table in tables.items()]


def _build(values: dict[str, Any]) -> Plan:
    try:
        plan = TypeAdapter(Plan).validate_python(values)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise StampedeError(f"The plan {values['system']}/{values['name']} does not fit: {faults}.") from None
    if plan.run_time_s < 1:
        raise StampedeError(f"The plan {plan.key} needs a run time of at least a second.")
    _ = read_thresholds(plan), read_world(plan), read_faults(plan)
    if plan.users < 1 or plan.spawn_rate <= 0:
        raise StampedeError(f"The plan {plan.key} needs at least one user and a spawn rate above 0.")
    if plan.think_time and plan.think_time[0] > plan.think_time[1]:
        raise StampedeError(f"The think time of {plan.key} does not read; write it from low to high, like 2-5.")
    students = count_students(plan)
    if students and students < plan.users:
        raise StampedeError(f"The plan {plan.key} sends {plan.users} users into a world of {students} students.")
    return plan


def find_plan(key: str, overrides: Overrides) -> Plan:
    """The plan of that key (`system/name`), with what the command line changes.

    Raises:
        StampedeError: there is no such plan, or an override does not read.
    """
    plans = {plan.key: plan for plan in list_plans()}
    if key not in plans:
        raise StampedeError(f"There is no plan {key!r}. `stampede list` shows: {', '.join(sorted(plans))}.")
    plan = plans[key]
    simple = {
        name: value
        for name in ("users", "spawn_rate", "run_time", "auth", "seed")
        if (value := getattr(overrides, name)) is not None
    }
    if overrides.think_time is not None:
        simple["think_time"] = _read_range(overrides.think_time)
    if overrides.thresholds:
        simple["thresholds"] = list(overrides.thresholds)
    world = {**plan.world, **dict(_read_world_override(plan.system, text) for text in overrides.world)}
    return _build({**{name: getattr(plan, name) for name in Plan.__dataclass_fields__}, **simple, "world": world})


def _read_range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    try:
        return float(low), float(high or low)
    except ValueError:
        raise StampedeError(f"The think time {text!r} does not read; write it like 2-5 or 0 (seconds).") from None


def _read_world_override(system: str, text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    try:
        numbers = [int(part) for part in value.split(",")]
    except ValueError:
        numbers = []
    if not equals or not numbers:
        raise StampedeError(f"The world override {text!r} does not read; write it like students=500 or capacity=10,50.")
    wanted = get_type_hints(SEEDERS[system].parameters).get(name)
    return name, numbers if len(numbers) > 1 or get_origin(wanted) is tuple else numbers[0]


def read_thresholds(plan: Plan) -> list[Threshold]:
    """The plan's thresholds.

    Raises:
        StampedeError: one does not read.
    """
    return [parse_threshold(text) for text in plan.thresholds]


def read_faults(plan: Plan) -> tuple[Fault, ...]:
    """What goes wrong on purpose during the load.

    Raises:
        StampedeError: one does not read.
    """
    return tuple(parse_fault(text) for text in plan.faults)


def count_students(plan: Plan) -> int:
    """How many persons the plan's world holds for the crowd to play; 0 where the system has none."""
    return int(getattr(read_world(plan), "students", 0))


def read_world(plan: Plan) -> Any:
    """The plan's world as its seeder wants it.

    Raises:
        StampedeError: the system cannot be seeded, or a parameter is not one of its world's.
    """
    if plan.system not in SEEDERS:
        raise StampedeError(f"The system {plan.system!r} of {plan.key} has no seeder.")
    known = {field.name for field in fields(SEEDERS[plan.system].parameters)}
    if strange := plan.world.keys() - known:
        raise StampedeError(
            f"The world of {plan.key} does not fit: it has no {', '.join(sorted(strange))}, "
            f"only {', '.join(sorted(known))}."
        )
    try:
        return TypeAdapter(SEEDERS[plan.system].parameters).validate_python(plan.world)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise StampedeError(f"The world of {plan.key} does not fit: {faults}.") from None
