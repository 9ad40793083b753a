"""The programs of the local stack, in the order in which they start, and the supervisor's configuration."""

import os
import shlex
import sys
from pathlib import Path

from stampede.errors import StampedeError
from stampede.stack import postgres
from stampede.suite.model import Suite

# Longer than a request may take: a user that is stopped finishes its request first.
STOP_TIMEOUT_S = 12
POSTGRES, PROXY, MASTER, WORKER = "postgres", "database-proxy", "locust-master", "locust-worker"


def prepare(suite: Suite) -> None:
    """Make the folders and the cluster that the programs need; what is there stays.

    Raises:
        StampedeError: initdb failed.
    """
    settings = suite.settings
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in ("logs", "tmp"):
        (settings.state / folder).mkdir(exist_ok=True)
    if suite.stack.postgres:
        postgres.prepare(settings)


def find_locustfile(suite: Suite) -> Path:
    """LOCUSTFILE, or the suite's.

    Raises:
        StampedeError: neither is given, or there is no such file.
    """
    chosen = suite.settings.locustfile or Path(suite.stack.locustfile)
    path = suite.folder / chosen
    if not path.is_file():
        raise StampedeError(
            f"There is no locustfile {path}: name one in suite.toml ([stack] locustfile) or LOCUSTFILE."
        )
    return path


def _locust(suite: Suite, *role: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(find_locustfile(suite)), *role]


def _proxy_command(suite: Suite) -> list[str]:
    settings = suite.settings
    rule = f"{settings.database_proxy_port}=127.0.0.1:{settings.postgres_port}"
    delay = ["--delay-ms", str(settings.database_delay_ms)]
    return [sys.executable, "-m", "stampede.stack.forward", "--host", "127.0.0.1", *delay, rule]


def commands(suite: Suite) -> dict[str, list[str]]:
    """The command line of every program, in the order in which they start."""
    settings, stack = suite.settings, suite.stack
    config = suite.folder / stack.postgres_config if stack.postgres_config else None
    master = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(settings.locust_port)]
    web = ["--web-host", "127.0.0.1", "--web-port", str(settings.web_port), "--class-picker"]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", str(settings.locust_port)]
    return {
        **({POSTGRES: postgres.command(settings, config)} if stack.postgres else {}),
        **({PROXY: _proxy_command(suite)} if settings.database_delay_ms else {}),
        **{name: list(program.command) for name, program in stack.programs.items()},
        MASTER: _locust(suite, *master, *web, "--stop-timeout", str(STOP_TIMEOUT_S)),
        **{f"{WORKER}-{n}": _locust(suite, *worker) for n in range(1, settings.workers + 1)},
    }


def _environment(suite: Suite, name: str) -> str:
    """A program's own variables, as the supervisor's configuration has them."""
    program = suite.stack.programs.get(name)
    if suite.database is None or program is None:
        return ""
    settings, url = suite.settings, suite.database.url
    if settings.database_delay_ms and program.slowed_database:
        url = url.replace(f":{settings.postgres_port}/", f":{settings.database_proxy_port}/")
    return f'environment=DATABASE_URL="{url.replace("%", "%%")}"\n'


def supervisor_config(suite: Suite, socket: Path) -> str:
    """The supervisor's configuration: every program, none started by itself, stopped in reverse order."""
    state = suite.settings.state
    user = "user=root\n" if os.geteuid() == 0 else ""
    sections = [
        f"[unix_http_server]\nfile={socket}\nchmod=0700\n",
        f"[supervisord]\nlogfile={state}/logs/supervisor.log\npidfile={state}/supervisor.pid\n"
        f"childlogdir={state}/logs\ndirectory={suite.folder}\n{user}",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
    ]
    for priority, (name, command) in enumerate(commands(suite).items(), start=1):
        log = state / "logs" / f"{name}.log"
        signal = "INT" if name == POSTGRES else "TERM"
        restart = "unexpected" if name.startswith(WORKER) else "true"
        sections.append(
            f"[program:{name}]\ncommand={shlex.join(command).replace('%', '%%')}\npriority={priority}\n"
            f"autostart=false\nautorestart={restart}\nstartsecs=1\nstartretries=1\nstopsignal={signal}\nstopwaitsecs=10\n"
            f"{_environment(suite, name)}killasgroup=true\nredirect_stderr=true\nstdout_logfile={log}\n"
            "stdout_logfile_maxbytes=20MB\nstdout_logfile_backups=1\n"
        )
    return "\n".join(sections)
