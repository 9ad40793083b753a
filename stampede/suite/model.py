"""A suite as frozen values: what is tested, and what the tool must know of it (docs/SUITE.md)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from stampede.settings import Settings
from stampede.suite.rules import SystemRules
from stampede.suite.stages import Timeout
from stampede.suite.targets import Faults, fold_commands

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
    """The target's database. `url` names the role that reads it with SELECT alone.

    `owner_url`: the role that owns the tables, where it is another. `queues`: queries that count unfinished jobs, by
    name. `processes`: a query that gives `/proc/PID/stat` and `/proc/PID/status` of each process of the server, where
    the role may not read them itself.
    """

    url: str
    owner_url: str = ""
    queues: Mapping[str, str] = Field(default_factory=dict)
    processes: str = ""

    @property
    def owner(self) -> str:
        """The URL of the role that makes worlds and analyzes tables."""
        return self.owner_url or self.url


@dataclass(frozen=True, config=STRICT)
class World:
    """Commands that make a world. `${SYSTEM}` and `${SEED}` are replaced; a plan's world follows as `--name value`.

    `missing` makes the default world of every system that has none; it runs when the stack starts. `timeout`: seconds
    for each of them, which is then killed.
    """

    command: Command
    missing: tuple[str, ...] = ()
    timeout: Timeout = 600.0


@dataclass(frozen=True, config=STRICT)
class Changes:
    """What may change in one table during a run: columns of seeded rows, and whether rows come and go.

    `fixed`: no row is added or removed. `added`: rows may be added. `any`: rows are not frozen at all.
    """

    columns: tuple[str, ...] = ()
    rows: Literal["fixed", "added", "any"] = "fixed"


AbsenceRule = Annotated[str, Field(pattern=r"^\S+( on \S+)?$")]


@dataclass(frozen=True, config=STRICT)
class Absent:
    """Refusal codes (`code` or `code on action`) of an entity, or an actor's own state in it, that does not exist."""

    entity: tuple[AbsenceRule, ...] = ()
    actor: tuple[AbsenceRule, ...] = ()


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

    `peer`: a command that measures the database alone for a comparison; it prints one JSON object per measurement, and
    is killed after `peer_timeout` seconds.
    """

    default: str
    right: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    shown: str = ""
    peer: tuple[str, ...] = ()
    peer_timeout: Timeout = 1800.0

    @property
    def strategies(self) -> tuple[str, ...]:
        """The right ones first."""
        return (*self.right, *self.wrong)


@dataclass(frozen=True, config=STRICT)
class Program:
    """A program that the local stack starts. `ready`: an http URL that answers 2xx, or `tcp HOST:PORT`.

    Without `ready`, it is ready once it has run for a second. `port`: the setting that holds its port. `database_url`:
    its DATABASE_URL, where it is not the suite's. With `slowed_database` that URL leads through the proxy that adds
    DATABASE_DELAY_MS to each round trip.
    """

    command: Command
    ready: str = ""
    port: str = ""
    database_url: str = ""
    slowed_database: bool = False


@dataclass(frozen=True, config=STRICT)
class Stack:
    """What the local stack starts beside Locust. `postgres`: a server of its own; `programs` in order.

    `postgres_init`: a file of SQL that the new database starts with, such as its extensions. `postgres_prepare`: a
    command that runs each time the server was started, before the programs are: it makes the roles that they use. It is
    killed after `postgres_prepare_timeout` seconds.
    """

    postgres: bool = False
    postgres_config: str = ""
    postgres_init: str = ""
    postgres_prepare: tuple[str, ...] = ()
    postgres_prepare_timeout: Timeout = 60.0
    locustfile: str = ""
    programs: Mapping[str, Program] = Field(default_factory=dict)


@dataclass(frozen=True, config=STRICT)
class SettingsFile:
    """A file of environment variables, and the command that makes it; `timeout`: seconds until that is killed."""

    file: str = ".env"
    make: tuple[str, ...] = ()
    timeout: Timeout = 60.0


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
    faults: Annotated[Faults, BeforeValidator(fold_commands)] = Field(default_factory=Faults)
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
