"""PostgreSQL of the local stack: its programs, its cluster, and its command line."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from stampede.errors import StampedeError
from stampede.settings import Settings
from stampede.stack import unprivileged

USER = "stampede"
DATABASE = "stampede"


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
        wheel / "pginstall18" / "bin" if wheel else None,
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
    data = find_data(settings)
    if (data / "PG_VERSION").exists():
        return
    home = unprivileged.make_home(settings.state)
    password_file = home / "postgres-password"
    password_file.touch(mode=0o600)
    password_file.write_text(settings.postgres_password)
    unprivileged.give_away(password_file)
    initdb = [str(_server_programs(settings) / "initdb"), "--pgdata", str(data), "--username", USER]
    options = ["--auth=scram-sha-256", f"--pwfile={password_file}", "--no-locale", "--encoding=UTF8"]
    command = [*unprivileged.drop_privileges(), *initdb, *options]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd="/")
    except subprocess.CalledProcessError as error:
        raise StampedeError(f"initdb failed: {error.stderr.strip()}") from None
    finally:
        password_file.unlink()


def read_options(programs: Path, config: Path) -> list[str]:
    """`-c name=value` for each line of a configuration file; a library that the server lacks is left out."""
    lines = config.read_text().splitlines()
    pairs = (re.match(r"(\w+) = (\S+)", line) for line in lines)
    asked = [(pair[1], pair[2]) for pair in pairs if pair]
    libraries = Path(subprocess.check_output([programs / "pg_config", "--pkglibdir"], text=True).strip())
    present = [
        (name, value)
        for name, value in asked
        if name != "shared_preload_libraries" or any(libraries.glob(f"{value}.*"))
    ]
    return [part for name, value in present for part in ("-c", f"{name}={value}")]


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
