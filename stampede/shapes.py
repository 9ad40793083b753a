"""Stages of a load, and the named shapes that stand for them (docs/SUITE.md).

Plans and the field of the load generator's web UI are both parsed here, so they take the same notation. It imports the
standard library alone, since stampede.crowd imports it.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from math import isfinite

UNITS_S = {"s": 1, "m": 60, "h": 3600}
DURATION = re.compile(r"(?:\d+[smh])+")
STAGE = re.compile(
    r"(?:(?P<name>[^:;]+):)?\s*(?P<users>\d+)\s+users?\s*,\s*(?P<rate>\d+(?:\.\d+)?)\s*/s\s*,\s*(?P<time>\w+)"
)
SHAPE = re.compile(r"(?:shape\s*=\s*)?(?P<table>\{.*)")
HOW_STAGE = "'peak: 200 users, 50/s, 1m'"
HOW_SHAPE = """{ kind = "ramp", users = 100, over = "1m", hold = "2m" }"""


@dataclass(frozen=True)
class Stage:
    """A stage of the load: its users are started or stopped at `spawn_rate` per second, within its duration."""

    name: str
    users: int
    spawn_rate: float
    duration: str

    @property
    def duration_s(self) -> int:
        """The duration in seconds."""
        return read_duration_s(self.duration)

    def __str__(self) -> str:
        return f"{self.name}: {self.users} users, {self.spawn_rate:f}/s, {self.duration}"


def read_duration_s(text: str) -> int:
    """`30s`, `2m` or `1h30m` in seconds.

    Raises:
        ValueError: it is none of these, or 0.
    """
    parts = re.findall(r"(\d+)([smh])", text) if DURATION.fullmatch(text) else []
    seconds = sum(int(number) * UNITS_S[unit] for number, unit in parts)
    if not seconds:
        raise ValueError(f"{text!r} is no run time: write it like 30s, 2m or 1h30m")
    return seconds


def parse_stages(text: str) -> tuple[Stage, ...]:
    """Parse `warm: 20 users, 10/s, 30s; peak: 200 users, 50/s, 1m` (a name may be missing), or a shape as in a plan.

    Raises:
        ValueError: it cannot be parsed, or the stages contradict each other.
    """
    if shape := SHAPE.fullmatch(text.strip()):
        stages = expand_shape(_read_table(shape["table"]))
    else:
        parts = filter(None, (part.strip() for part in text.split(";")))
        stages = tuple(_parse_stage(number, part) for number, part in enumerate(parts, 1))
    if contradiction := find_contradiction(stages):
        raise ValueError(contradiction)
    return stages


def _parse_stage(number: int, text: str) -> Stage:
    match = STAGE.fullmatch(text)
    if match is None:
        raise ValueError(f"cannot parse stage {text!r}: write it like {HOW_STAGE}, or a shape like {HOW_SHAPE}")
    stage = Stage(
        (match["name"] or f"stage {number}").strip(), int(match["users"]), float(match["rate"]), match["time"]
    )
    read_duration_s(stage.duration)
    return stage


def _read_table(text: str) -> object:
    try:
        return tomllib.loads(f"shape = {text}")["shape"]
    except tomllib.TOMLDecodeError:
        raise ValueError(f"cannot parse shape {text!r}: write it as in a plan, like {HOW_SHAPE}") from None


def find_contradiction(stages: Sequence[Stage]) -> str | None:
    """Why these stages cannot be run; None where they can."""
    users, names = 0, set[str]()
    for stage in stages:
        if stage.name in names:
            return f"two stages have the name {stage.name!r}: a threshold could not tell them apart"
        names.add(stage.name)
        if not stage.spawn_rate:
            return f"stage {stage.name!r} starts 0 users per second: give it a higher rate"
        needed_s = abs(stage.users - users) / stage.spawn_rate
        if needed_s >= stage.duration_s:
            return (
                f"stage {stage.name!r} needs {needed_s:.0f} s to go from {users} to {stage.users} users at "
                f"{stage.spawn_rate:g}/s, so {stage.duration} are too short"
            )
        users = stage.users
    return None


def _step(users: int, step: int, steps: int, each: str, spawn_rate: float) -> tuple[Stage, ...]:
    """Users rise by `step`; there are `steps` stages, each stays for `each`, and the first has `users`."""
    return tuple(Stage(f"step {number + 1}", users + number * step, spawn_rate, each) for number in range(steps))


def _spike(users: int, peak: int, before: str, hold: str, after: str, spawn_rate: float) -> tuple[Stage, ...]:
    """`users`, suddenly `peak` of them, then `users` again: whether the target recovers."""
    parts = (("before", users, before), ("peak", peak, hold), ("after", users, after))
    return tuple(Stage(name, count, spawn_rate, duration) for name, count, duration in parts)


def _ramp(users: int, over: str, hold: str) -> tuple[Stage, ...]:
    """Users rise evenly for `over`, which is the ramp of the one stage, and stay for `hold`."""
    over_s = read_duration_s(over)
    return (Stage("hold", users, users / over_s, f"{over_s + read_duration_s(hold)}s"),)


def _sustained(users: int, duration: str, spawn_rate: float) -> tuple[Stage, ...]:
    """The same users for long."""
    return (Stage("sustained", users, spawn_rate, duration),)


SHAPES: Mapping[str, Callable[..., tuple[Stage, ...]]] = {
    "step": _step,
    "spike": _spike,
    "ramp": _ramp,
    "sustained": _sustained,
}


def expand_shape(value: object) -> tuple[Stage, ...]:
    """The stages that a shape stands for; a shape is a table with its kind and its parameters.

    Raises:
        ValueError: it is no shape, or a parameter is missing, unknown or does not fit.
    """
    given = dict(value) if isinstance(value, Mapping) else {}
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in SHAPES:
        raise ValueError(f"a shape needs a kind, one of {', '.join(SHAPES)}: write it like {HOW_SHAPE}")
    known = signature(SHAPES[kind]).parameters
    if missing := [name for name in known if name not in given]:
        raise ValueError(f"the shape {kind} lacks {', '.join(missing)}")
    if strange := [name for name in given if name not in known]:
        raise ValueError(f"the shape {kind} has no parameter {strange[0]}: it takes {', '.join(known)}")
    for name, parameter in known.items():
        _check(name, parameter.annotation, given[name])
    return SHAPES[kind](**given)


def _check(name: str, wanted: type, value: object) -> None:
    """Refuse a parameter of another type than the shape takes, or out of range."""
    if wanted is str:
        if not isinstance(value, str):
            raise ValueError(f"{name} must be a duration like '30s' or '2m', not {value!r}")
        read_duration_s(value)
    elif wanted is int and not (type(value) is int and value >= 1):
        raise ValueError(f"{name} must be a whole number, at least 1, not {value!r}")
    elif wanted is float and not (type(value) in (int, float) and isfinite(value) and value > 0):  # type: ignore[arg-type,operator]
        raise ValueError(f"{name} must be a number above 0, not {value!r}")
