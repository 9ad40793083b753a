"""PostgreSQL of the local stack: its programs, its cluster, and its command line."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812  # a class with a small name
from psycopg2.extensions import make_dsn

from stampede.command import CommandError, run_command
from stampede.errors import StampedeError
from stampede.settings import Settings
from stampede.stack import unprivileged
from stampede.suite.model import Suite

USER = "stampede"
DATABASE = "stampede"
INITDB_TIMEOUT_S, PROGRAM_TIMEOUT_S = 120.0, 30.0


def _package_folder(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def find_postgres(settings: Settings) -> Path:
    """The folder of PostgreSQL's programs: POSTGRES_BIN, the locked wheel's, or PATH's.

    Raises:
        StampedeError: there is none.
    """
    wheel = _package_folder(unprivileged.PACKAGE)
    on_path = shutil.which("postgres")
    candidates = [
        settings.postgres_bin,
        wheel / "pginstall" / "bin" if wheel else None,
        Path(on_path).resolve().parent if on_path else None,
    ]
    for folder in candidates:
        if folder and (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise StampedeError(
        "No PostgreSQL server was found: install one (apt-get install postgresql, brew install postgresql) "
        "and set POSTGRES_BIN to the folder of its programs."
    )


def prepare(settings: Settings) -> None:
    """Make the cluster if there is none; its only role has the generated password.

    Raises:
        StampedeError: there is no password for it, or initdb failed.
    """
    if not settings.postgres_password:
        raise StampedeError("POSTGRES_PASSWORD is empty: set it, or name in suite.toml a settings file that has it.")
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    unprivileged.copy_programs(find_postgres(settings))
    home = unprivileged.make_home(settings.state)
    data = find_data(settings)
    if (data / "PG_VERSION").exists():
        return
    password_file = home / "postgres-password"
    password_file.touch(mode=0o600)
    password_file.write_text(settings.postgres_password)
    unprivileged.give_away(password_file)
    initdb = [str(_server_programs(settings) / "initdb"), "--pgdata", str(data), "--username", USER]
    options = ["--auth=scram-sha-256", f"--pwfile={password_file}", "--no-locale", "--encoding=UTF8"]
    try:
        run_program([*unprivileged.drop_privileges(), *initdb, *options], INITDB_TIMEOUT_S)
    finally:
        password_file.unlink()


def run_program(command: Sequence[str], timeout_s: float = PROGRAM_TIMEOUT_S) -> str:
    """What one of PostgreSQL's programs prints.

    Raises:
        StampedeError: it could not be started, failed, or did not end in time.
    """
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd="/", timeout=timeout_s)
    except subprocess.CalledProcessError as error:
        raise StampedeError(f"{' '.join(command)} failed: {' '.join(error.stderr.split())}") from None
    except subprocess.TimeoutExpired:
        raise StampedeError(f"{' '.join(command)} did not end within {timeout_s:g} s and was killed.") from None
    except OSError as error:
        raise StampedeError(f"{command[0]} could not be started: {error.strerror}.") from None
    return done.stdout.strip()


def create_database(server: Connection, folder: Path, init: str) -> None:
    """Create the suite's database if there is none, and run the file `init` of the suite in it."""
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", (DATABASE,))
        if cursor.fetchone() is not None:
            return
        cursor.execute(f"create database {DATABASE}")
    if not init:
        return
    created = psycopg2.connect(make_dsn(server.dsn, dbname=DATABASE, password=server.info.password))
    with created, created.cursor() as cursor:
        cursor.execute((folder / init).read_text())
    created.close()


def prepare_database(suite: Suite, database_url: str) -> None:
    """Run `[stack] postgres_prepare` of the suite with the owner's DATABASE_URL.

    Raises:
        StampedeError: it could not be started, failed (with the last line that it printed), or did not end in time.
    """
    command = suite.stack.postgres_prepare
    if not command:
        return
    environment = {**os.environ, "DATABASE_URL": database_url}
    timeout_s = suite.stack.postgres_prepare_timeout
    try:
        done = run_command(command, suite.folder, timeout_s, "[stack] postgres_prepare_timeout", environment)
    except CommandError as error:
        raise StampedeError(f"{command[0]} {error}.") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise StampedeError(f"The database was not prepared ({' '.join(command)}): {said[-1]}")


def read_options(programs: Path, config: Path) -> list[str]:
    """`-c name=value` for each line of a configuration file; a library that the server lacks is left out."""
    lines = config.read_text().splitlines()
    pairs = (re.match(r"(\w+) = (\S+)", line) for line in lines)
    asked = [(pair[1], pair[2]) for pair in pairs if pair]
    libraries = Path(run_program([str(programs / "pg_config"), "--pkglibdir"]))
    present = [
        (name, value)
        for name, value in asked
        if name != "shared_preload_libraries" or any(libraries.glob(f"{value}.*"))
    ]
    return [part for name, value in present for part in ("-c", f"{name}={value}")]


def hide_password(url: str) -> tuple[str, dict[str, str]]:
    """A URL without its password, for a command line, which every user can read; and the variable that holds it."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, {}
    account, _, place = parts.netloc.rpartition("@")
    shown = parts._replace(netloc=f"{account.partition(':')[0]}@{place}").geturl()
    return shown, {"PGPASSWORD": unquote(parts.password)}


def find_data(settings: Settings) -> Path:
    """The folder of the cluster."""
    return unprivileged.find_home(settings.state) / "postgres"


def _server_programs(settings: Settings) -> Path:
    """PostgreSQL's programs at a place where the server's user can start them."""
    return unprivileged.find_reachable(find_postgres(settings))


def state_mark(settings: Settings) -> str:
    """A setting that names the stack in the server's command line: Postgres overwrites its environment."""
    return f"stampede.state={settings.state}"


def command(settings: Settings, config: Path | None) -> list[str]:
    """The server's command line, on 127.0.0.1 and without a Unix socket."""
    place = ["-D", str(find_data(settings)), "-h", "127.0.0.1", "-p", str(settings.postgres_port)]
    return [
        *unprivileged.drop_privileges(),
        str(_server_programs(settings) / "postgres"),
        *place,
        *(read_options(find_postgres(settings), config) if config else ()),
        "-c",
        state_mark(settings),
        "-c",
        "unix_socket_directories=",
    ]


def answers(suite: Suite) -> bool:
    """Whether the server accepts connections; the first one makes the database and prepares it.

    Raises:
        StampedeError: the cluster was made with another password, or the suite's command for the database failed.
    """
    settings = suite.settings
    server = f"postgresql://{USER}:{settings.postgres_password}@127.0.0.1:{settings.postgres_port}"
    try:
        connection = psycopg2.connect(f"{server}/postgres", connect_timeout=2)
    except psycopg2.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StampedeError(
                f"The kept database in {settings.state} has another POSTGRES_PASSWORD than the settings: "
                "set the old one again, or delete the database with `stampede reset`."
            ) from None
        return False
    create_database(connection, suite.folder, suite.stack.postgres_init)
    connection.close()
    prepare_database(suite, f"{server}/{DATABASE}")
    return True
