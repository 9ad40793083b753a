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
# A program that has not ended by then is killed.
KILL_AFTER_S = 10
EVERY_ADDRESS = frozenset({"0.0.0.0", "::", "*"})  # noqa: S104  # compared with, not bound to
# A killed server may need a moment until its successor can start: its port, its memory, its data are still taken.
RETRIES = 5
POSTGRES, PROXY, MASTER, WORKER = "postgres", "database-proxy", "locust-master", "locust-worker"


def prepare(suite: Suite) -> None:
    """Make the folders and the cluster that the programs need; what is there stays.

    Raises:
        StampedeError: initdb failed.
    """
    settings = suite.settings
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


def _has_proxy(suite: Suite) -> bool:
    return bool(suite.settings.database_delay_ms) or suite.settings.database_proxy


def _proxy_command(suite: Suite) -> list[str]:
    settings = suite.settings
    rule = f"{settings.database_proxy_port}=127.0.0.1:{settings.postgres_port}"
    delay = ["--delay-ms", str(settings.database_delay_ms)]
    delay += ["--control-port", str(settings.database_proxy_control_port)]
    return [sys.executable, "-m", "stampede.stack.forward", "--host", "127.0.0.1", *delay, rule]


def commands(suite: Suite) -> dict[str, list[str]]:
    """The command line of every program, in the order in which they start."""
    settings, stack = suite.settings, suite.stack
    config = suite.folder / stack.postgres_config if stack.postgres_config else None
    bind = settings.locust_master_bind
    master = ["--master", "--master-bind-host", bind, "--master-bind-port", str(settings.locust_port)]
    web = ["--web-host", "127.0.0.1", "--web-port", str(settings.web_port), "--class-picker"]
    near = "127.0.0.1" if bind in EVERY_ADDRESS else bind
    worker = ["--worker", "--master-host", near, "--master-port", str(settings.locust_port)]
    return {
        **({POSTGRES: postgres.command(settings, config)} if stack.postgres else {}),
        **({PROXY: _proxy_command(suite)} if _has_proxy(suite) else {}),
        **{name: list(program.command) for name, program in stack.programs.items()},
        MASTER: _locust(suite, *master, *web, "--stop-timeout", str(STOP_TIMEOUT_S)),
        **{f"{WORKER}-{n}": _locust(suite, *worker) for n in range(1, settings.workers + 1)},
    }


def _environment(suite: Suite, name: str) -> str:
    """A program's own variables, as the supervisor's configuration has them."""
    program = suite.stack.programs.get(name)
    if program is None:
        return ""
    settings = suite.settings
    url = program.database_url or (suite.database.url if suite.database else "")
    if not url:
        return ""
    if _has_proxy(suite) and program.slowed_database:
        url = url.replace(f":{settings.postgres_port}/", f":{settings.database_proxy_port}/")
    return f'environment=DATABASE_URL="{url.replace("%", "%%")}"\n'


def supervisor_config(suite: Suite, socket: Path) -> str:
    """The supervisor's configuration: every program, none started by itself."""
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
        sections.append(
            f"[program:{name}]\ncommand={shlex.join(command).replace('%', '%%')}\npriority={priority}\n"
            f"autostart=false\nautorestart=true\nstartsecs=1\nstartretries={RETRIES}\nstopsignal={signal}\nstopwaitsecs={KILL_AFTER_S}\n"
            f"{_environment(suite, name)}killasgroup=true\nredirect_stderr=true\nstdout_logfile={log}\n"
            "stdout_logfile_maxbytes=20MB\nstdout_logfile_backups=1\n"
        )
    return "\n".join(sections)
