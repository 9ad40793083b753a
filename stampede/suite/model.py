"""A suite as frozen values: what is tested, and what the tool must know of it (docs/SUITE.md)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from stampede.settings import Settings
from stampede.suite.rules import SystemRules

STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
Command = Annotated[tuple[str, ...], Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class Usage:
    """Names of the Prometheus metrics in which the target reports the resources of one component."""

    cpu_s: str
    memory_bytes: str


@dataclass(frozen=True, config=STRICT)
class Target:
    """The API under test. `metrics` is the path of its Prometheus page, empty where it has none.

    `in_flight`: gauges that are summed; a run waits until the sum is 0 before it verifies. `in_flight_delay_s`: how old
    a gauge may be. `takes_keys`: whether a repeated Idempotency-Key gets the first answer again.
    `least`: lower bounds of numbers in the health answer (two processes, so that a lock inside one is caught).
    `gauges`, `counters`: report label to metric, as `name` or `name{label=value}`. `usage`: metrics of each component.
    """

    url: str
    health: str = "/"
    metrics: str = ""
    in_flight: tuple[str, ...] = ()
    in_flight_delay_s: float = 0.0
    takes_keys: bool = False
    least: Mapping[str, float] = Field(default_factory=dict)
    gauges: Mapping[str, str] = Field(default_factory=dict)
    counters: Mapping[str, str] = Field(default_factory=dict)
    usage: Mapping[str, Usage] = Field(default_factory=dict)


@dataclass(frozen=True, config=STRICT)
class Database:
    """The target's database, read with SELECT alone. `queues`: queries that count unfinished jobs, by name."""

    url: str
    queues: Mapping[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, config=STRICT)
class World:
    """Commands that make a world. `${SYSTEM}` and `${SEED}` are replaced; a plan's world follows as `--name value`.

    `missing` makes the default world of every system that has none; it runs when the stack starts.
    """

    command: Command
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, config=STRICT)
class Changes:
    """What may change in one table during a run: columns of seeded rows, and whether rows come and go.

    `fixed`: no row is added or removed. `added`: rows may be added. `any`: rows are not frozen at all.
    """

    columns: tuple[str, ...] = ()
    rows: Literal["fixed", "added", "any"] = "fixed"


@dataclass(frozen=True, config=STRICT)
class Absent:
    """Refusal codes that are justified while the entity, or the actor's own state in it, does not exist."""

    entity: tuple[str, ...] = ()
    actor: tuple[str, ...] = ()


@dataclass(frozen=True, config=STRICT)
class System:
    """One system of the target. `path` is appended to the target's URL; `schemas` hold its tables.

    `locust_options`: world parameters that the locustfile takes as options of the same name.
    """

    path: str = ""
    schemas: tuple[str, ...] = ("public",)
    locust_options: tuple[str, ...] = ()
    kept_refusals: tuple[str, ...] = ()
    absent: Absent = Field(default_factory=Absent)
    changes: Mapping[str, Changes] = Field(default_factory=dict)

    @property
    def rules(self) -> SystemRules:
        """The part that the audits need."""
        return SystemRules(frozenset(self.absent.entity), frozenset(self.absent.actor), frozenset(self.kept_refusals))


@dataclass(frozen=True, config=STRICT)
class Guard:
    """One setting of the target with its strategies. `shown`: the field of the health answer that names the active one.

    `peer`: a command that measures the database alone for a comparison; it prints one JSON object per measurement.
    """

    default: str
    right: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    shown: str = ""
    peer: tuple[str, ...] = ()

    @property
    def strategies(self) -> tuple[str, ...]:
        """The right ones first."""
        return (*self.right, *self.wrong)


@dataclass(frozen=True, config=STRICT)
class Program:
    """A program that the local stack starts. `ready`: an http URL that answers 2xx, or `tcp HOST:PORT`.

    `port`: the setting that holds its port. With `slowed_database` its DATABASE_URL leads through the proxy that adds
    DATABASE_DELAY_MS to each round trip.
    """

    command: Command
    ready: str
    port: str = ""
    slowed_database: bool = False


@dataclass(frozen=True, config=STRICT)
class Stack:
    """What the local stack starts beside Locust. `postgres`: a server of its own; `programs` in order."""

    postgres: bool = False
    postgres_config: str = ""
    locustfile: str = ""
    programs: Mapping[str, Program] = Field(default_factory=dict)


@dataclass(frozen=True, config=STRICT)
class SettingsFile:
    """A file of environment variables, and the command that makes it where it is missing."""

    file: str = ".env"
    make: tuple[str, ...] = ()


@dataclass(frozen=True, config=STRICT)
class Suite:
    """All of suite.toml, with the folder that it stands in and the tool's own settings."""

    folder: Path
    settings: Settings
    target: Target
    database: Database | None = None
    world: World | None = None
    stack: Stack = Field(default_factory=Stack)
    systems: Mapping[str, System] = Field(default_factory=dict)
    guards: Mapping[str, Guard] = Field(default_factory=dict)
    faults: Mapping[str, Command] = Field(default_factory=dict)
    setup: SettingsFile = Field(default_factory=SettingsFile)

    def system(self, key: str) -> System:
        """The section of one system; the defaults where the suite has none."""
        return self.systems.get(key, System())

    def host(self, key: str) -> str:
        """The URL that the users of one system send their requests to."""
        return f"{self.target.url}{self.system(key).path}"

    def sql(self, part: str, key: str) -> Path:
        """The file (`effects`, `states`) or folder (`checks`, `audit`) of one system; it may be missing."""
        folder = self.folder / "sql" / part
        return folder / f"{key}.sql" if part in ("effects", "states") else folder / key
