"""Plans: users, duration, world, thresholds and floors of a run (plans/*.toml of a suite)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated_dataclass

from stampede.errors import StampedeError
from stampede.suite.fault import Fault, parse_fault
from stampede.suite.load import describe_faults, parse_toml
from stampede.suite.model import Suite
from stampede.suite.thresholds import Threshold, parse_threshold

UNITS_S = {"s": 1, "m": 60, "h": 3600}
Scalar = int | float | str


def read_share(value: object) -> object:
    """`2%` as 0.02; a number stays as it is.

    Raises:
        ValueError: it is a text, but no percentage.
    """
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)
    if match is None:
        raise ValueError(f"{value!r} is no share: write it like '2%'")
    return float(match[1]) / 100


def read_range(value: object) -> object:
    """`2-5` or `0` as seconds from low to high; a pair stays as it is.

    Raises:
        ValueError: it is a text, but no range.
    """
    if not isinstance(value, str):
        return value
    low, _, high = value.partition("-")
    try:
        return float(low), float(high or low)
    except ValueError:
        raise ValueError(f"{value!r} is no think time: write it like 2-5 or 0 (seconds)") from None


def read_duration_s(text: str) -> int:
    """`30s`, `2m` or `1h30m` in seconds.

    Raises:
        ValueError: it is none of these, or 0.
    """
    parts = re.findall(r"(\d+)([smh])", text)
    seconds = sum(int(number) * UNITS_S[unit] for number, unit in parts)
    if not seconds or "".join(map("".join, parts)) != text:
        raise ValueError(f"{text!r} is no run time: write it like 30s, 2m or 1h30m")
    return seconds


def _check_duration(text: str) -> str:
    read_duration_s(text)
    return text


Share = Annotated[float, BeforeValidator(read_share), Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]
Range = Annotated[tuple[Seconds, Seconds], BeforeValidator(read_range)]
Duration = Annotated[str, BeforeValidator(_check_duration)]


@validated_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Plan:
    """One plan. `think_time` is a range in seconds, `spawn_rate` users per second, `run_time` like 30s or 2m.

    `reads`: share of reads recorded as operations. `resend`: share of answered writes sent again with the same key.
    `operations`: actions that must succeed at least once; empty: each that was sent. `mix`: the declared share of each
    action. `race`: the plan is a race, in which at least one write must be refused. `must_see`: by name, a count over
    the evidence (SQL of DuckDB) that must not be 0. `options`: options of the locustfile.
    `proves`: strategies that `stampede prove` runs under it, `*` for all that no other plan names.
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
    seed: int = 1
    reads: Share = 0.1
    resend: Share = 0.0
    race: bool = False
    operations: tuple[str, ...] = ()
    mix: Mapping[str, Share] = Field(default_factory=dict)
    must_see: Mapping[str, str] = Field(default_factory=dict)
    options: Mapping[str, Scalar] = Field(default_factory=dict)
    thresholds: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
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
        return self.users / self.spawn_rate

    @property
    def limits(self) -> tuple[Threshold, ...]:
        """The thresholds, parsed.

        Raises:
            StampedeError: one cannot be parsed.
        """
        return tuple(parse_threshold(text) for text in self.thresholds)

    @property
    def injected(self) -> tuple[Fault, ...]:
        """The faults, parsed.

        Raises:
            StampedeError: one cannot be parsed.
        """
        return tuple(parse_fault(text) for text in self.faults)


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
    world: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


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
            plan = _ADAPTER.validate_python({"system": path.stem, "name": name, **table})
        except ValidationError as error:
            raise StampedeError(describe_faults(path, _blank_others(text, name), error, name)) from None
        plans.append(_check(plan, suite))
    return plans


def _blank_others(text: str, name: str) -> str:
    """The text with the lines of all other plans emptied, so that a line number points into this one."""
    lines, shown = [], False
    for line in text.splitlines():
        if header := re.match(r"\s*\[([^\]]+)\]", line):
            shown = header[1] == name or header[1].startswith(f"{name}.")
        lines.append(line if shown else "")
    return "\n".join(lines)


def _check(plan: Plan, suite: Suite) -> Plan:
    """Refuse a plan whose parts contradict each other or the suite."""
    _ = plan.limits
    if plan.think_time and plan.think_time[0] > plan.think_time[1]:
        raise StampedeError(f"The think time of {plan.key} must go from low to high, like 2-5.")
    if strange := sorted({fault.action for fault in plan.injected} - suite.faults.keys()):
        known = ", ".join(suite.faults) or "none"
        raise StampedeError(f"{plan.key} injects {strange[0]!r}, but [faults] of suite.toml knows: {known}.")
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
    names = ("users", "spawn_rate", "run_time", "think_time", "seed", "reads", "resend", "thresholds")
    changed = {name: value for name in names if (value := getattr(overrides, name)) not in (None, ())}
    values = {name: getattr(plan, name) for name in Plan.__dataclass_fields__} | changed
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
