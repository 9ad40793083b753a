import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
import redis
import requests
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from api.web.settings import Settings as TargetSettings
from seed import inventory
from seed.registration import SEEDER, World
from seed.roles import PASSWORDS, grant_rights, make_roles
from seed.world import make_engine, make_world, prepare_roles
from stampede.settings import Settings
from stampede.stack import postgres, unprivileged
from tests import ROOT

# How fast examples are drawn and run says nothing on a busy machine.
settings.register_profile("lab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lab")

# A shell ignores these for what it starts in the background, and every process that a test starts would inherit that.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

# The kernel hands out ports from 32768 on; the lab itself stays below 10000.
PORTS = range(20000, 32768)
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
API_WORKERS = 2
POLL_S = 0.05
WORLD = World(students=20, courses=3, password_cost=4)
STOCKED = inventory.World(products=12, stock=(100, 5, 0), orders=6)
# Cheap hashes; a cache that outlives a test, so that no test depends on how fast it runs.
TARGET_ENVIRONMENT = {"PASSWORD_COST": "4", "CACHE_TTL_S": "120"}


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(POLL_S)


def free_port() -> int:
    # At random, because other test sessions on this machine choose at the same time.
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")


@dataclass(frozen=True)
class LabSettings:
    """The servers of one test session: ports, URLs and secrets of its own."""

    postgres: Settings
    api_port: int
    redis_port: int
    password: str
    jwt_secret: str

    @property
    def state(self) -> Path:
        return self.postgres.state

    @property
    def target_url(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def database_url(self) -> str:
        """The owner's."""
        return self.url_of(postgres.USER)

    def url_of(self, role: str, database: str = "stampede") -> str:
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.postgres.postgres_port}/{database}"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.redis_port}/0"


def make_postgres_settings(state: Path) -> Settings:
    return Settings(
        postgres_password=secrets.token_urlsafe(16), postgres_port=free_port(), state=state, reports=state / "reports"
    )


def make_settings(state: Path) -> LabSettings:
    server = make_postgres_settings(state)
    return LabSettings(server, free_port(), free_port(), server.postgres_password, secrets.token_urlsafe(32))


def target_environment(settings: LabSettings, **changes: str) -> dict[str, str]:
    # What the developer has set for their own lab must not reach the one under test.
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in TargetSettings.model_fields}
    ours = {
        "API_PORT": str(settings.api_port),
        "API_WORKERS": str(API_WORKERS),
        "DATABASE_URL": settings.url_of("api"),
        "REDIS_URL": settings.redis_url,
        "REDIS_PORT": str(settings.redis_port),
        "REDIS_PASSWORD": settings.password,
        "JWT_SECRET": settings.jwt_secret,
        "STATE": str(settings.state),
        "PYTHONPATH": str(ROOT),
    }
    return {**inherited, **ours, **TARGET_ENVIRONMENT, **changes}


class Lab:
    """Postgres, Redis and the target of one test session; each can be stopped and started again."""

    def __init__(self, settings: LabSettings) -> None:
        self.settings = settings
        self.engine = make_engine(settings.database_url)
        self._running: dict[str, Program] = {}

    @property
    def api_url(self) -> str:
        return self.settings.target_url

    def start(self, name: str) -> None:
        probe = {"postgres": self._postgres_answers, "redis": self._redis_answers}.get(
            name, lambda: target_answers(self.settings.target_url, API_WORKERS)
        )
        command = self._command(name)
        self._running[name] = Program(command, target_environment(self.settings), self._log(name))
        self._running[name].wait_ready(probe)

    def stop(self, name: str) -> None:
        self._running.pop(name).stop()
        self.engine.dispose()

    def stop_all(self) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)

    @contextmanager
    def target(self, **changes: str) -> Iterator[str]:
        """One more target beside the first, with other settings; gives its URL."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = target_environment(self.settings, API_PORT=str(port), **changes)
        program = Program(self._command("api"), environment, self._log(f"api-{port}"))
        try:
            program.wait_ready(lambda: target_answers(url, int(environment["API_WORKERS"])))
            yield url
        finally:
            program.stop()

    def _command(self, name: str) -> list[str]:
        if name == "postgres":
            return postgres.command(self.settings.postgres, ROOT / "deploy" / "postgresql.conf")
        return [sys.executable, "-m", {"redis": "deploy.redis_server", "api": "api"}[name]]

    def _log(self, name: str) -> Path:
        return self.settings.state / f"{name}.log"

    def _postgres_answers(self) -> bool:
        server = self.settings.database_url.rpartition("/")[0]
        try:
            psycopg2.connect(f"{server}/postgres", connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _redis_answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.settings.redis_url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def target_answers(url: str, workers: int) -> bool:
    try:
        state = requests.get(f"{url}/readyz", timeout=5).json()
    except (requests.RequestException, ValueError):
        return False
    return bool(state["status"] == "ready" and state["processes"] >= workers)


class Program:
    """A server program, ended when this process ends, however it ends."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, env=environment, cwd=ROOT, stdout=output, stderr=output, start_new_session=True
            )
        # Nobody writes to it, so it reads until we are gone: a killed test session leaves nothing running.
        guard = f"read -r _; kill -INT {self._process.pid}"
        self._guard = subprocess.Popen(["sh", "-c", guard], stdin=subprocess.PIPE, start_new_session=True)

    def wait_ready(self, probe: Callable[[], bool]) -> None:
        wait_until(lambda: self._process.poll() is not None or probe())
        assert self._process.poll() is None, self._log.read_text()

    def stop(self) -> None:
        with self._guard:
            self._guard.kill()
        # Postgres takes SIGINT for "do not wait for the clients", the others for "stop".
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def running_lab() -> Iterator[Lab]:
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stampede-test-")))
        lab = Lab(make_settings(state))
        stack.callback(unprivileged.remove_home, state)
        stack.callback(lab.stop_all)
        postgres.prepare(lab.settings.postgres)
        lab.start("postgres")
        create_database(lab.settings.database_url)
        prepare_roles(lab.engine, dict.fromkeys(PASSWORDS.values(), lab.settings.password))
        make_world(lab.engine, SEEDER, 1, WORLD)
        make_world(lab.engine, inventory.SEEDER, 1, STOCKED)
        lab.start("redis")
        lab.start("api")
        yield lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A stack that all tests of a session share: make rows of your own, and stop none of its programs."""
    with running_lab() as running:
        yield running


@dataclass(frozen=True)
class Database:
    name: str
    url: str
    engine: sa.Engine


def create_database(url: str) -> None:
    server, _, name = url.rpartition("/")
    engine = make_engine(f"{server}/postgres").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'create database "{name}"')
    engine.dispose()


@pytest.fixture
def empty_database(lab: Lab) -> Iterator[Database]:
    """A database without a table, dropped afterwards."""
    name = f"test_{uuid4().hex}"
    url = f"{lab.settings.database_url.rpartition('/')[0]}/{name}"
    create_database(url)
    database = Database(name, url, make_engine(url))
    yield database
    database.engine.dispose()
    with lab.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f'drop database "{name}" with (force)')


def create_tables(engine: sa.Engine) -> None:
    """Every table of the schema, empty and constrained; the seeder may reset them."""
    schema = ROOT / "sql" / "schema"
    with engine.begin() as connection:
        make_roles(connection)
        for file in sorted(schema.glob("*.sql")):
            if file.stem != "stampede":
                connection.exec_driver_sql(file.read_text())
                grant_rights(connection, file.stem)
                mark = "insert into stampede.worlds (system, seed, parameters, ready) values (:key, 0, '{}', true)"
                connection.execute(sa.text(mark), {"key": file.stem})


@pytest.fixture
def database(empty_database: Database) -> Database:
    """A database with every table of the schema, empty and constrained; the seeder may reset it."""
    create_tables(empty_database.engine)
    return empty_database
