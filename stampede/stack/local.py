"""The local stack: the suite's programs, Postgres and Locust as processes on 127.0.0.1, under a supervisor."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg2
import requests
from supervisor.xmlrpc import SupervisorTransport

from stampede.errors import StampedeError
from stampede.stack import postgres, programs, unprivileged
from stampede.stack.programs import MASTER, POSTGRES, PROXY, WORKER
from stampede.suite.model import Suite

MARK = "STAMPEDE_STACK"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
POLL_S = 0.1
PROBE_TIMEOUT_S = 2


class LocalStack:
    """The processes of one suite. All logs stay below `settings.state`."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._settings = settings = suite.settings
        name = hashlib.sha256(str(settings.state).encode()).hexdigest()[:16]
        # A socket's path is limited to about 100 bytes; a checkout's may be longer.
        self._socket = Path(tempfile.gettempdir()) / f"stampede-{os.geteuid()}-{name}.sock"

    @property
    def _supervisor(self) -> xmlrpc.client.ServerProxy:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)

    def is_supervised(self) -> bool:
        """Whether our supervisor answers."""
        try:
            self._supervisor.supervisor.getState()
        except (OSError, xmlrpc.client.Fault, xmlrpc.client.ProtocolError):
            return False
        return True

    def states(self) -> dict[str, str]:
        """Each program and its state (RUNNING, STOPPED, …); empty where nothing is supervised."""
        if not self.is_supervised():
            return {}
        processes = self._supervisor.supervisor.getAllProcessInfo()
        assert isinstance(processes, list)
        return {str(process["name"]): str(process["statename"]) for process in processes}

    def _is_wanted(self) -> bool:
        """Whether the database of the suite is the one that this stack would start."""
        if self._settings.stack == "compose" or self._suite.database is None or not self._suite.stack.postgres:
            return False
        url = urlsplit(self._suite.database.url)
        return url.hostname in {"127.0.0.1", "localhost"} and url.port == self._settings.postgres_port

    def up(self, say: Callable[[str], None], *, database_only: bool = False) -> None:
        """Start each program that does not run yet and wait until it answers.

        Raises:
            StampedeError: a port is taken, a program is missing, or a program did not come up.
        """
        running = self.states()
        wanted = [POSTGRES] if database_only else list(programs.commands(self._suite))
        missing = [name for name in wanted if running.get(name) != "RUNNING"]
        if not missing:
            return
        for variable, port in self._list_ports(missing):
            _refuse_taken(variable, port)
        programs.prepare(self._suite)
        self._supervise()
        for name in missing:
            say(f"starting {name}")
            self._start(name)
        if not database_only:
            self._await(f"{WORKER}-1", self._workers_connected)
        for name in missing:  # the supervisor refuses to start a program that another command finds still starting
            self._await(name, partial(self._runs, name))

    def _list_ports(self, names: list[str]) -> Iterator[tuple[str, int]]:
        """The setting and number of each port that these programs take."""
        settings = self._settings
        own = {
            POSTGRES: [("POSTGRES_PORT", settings.postgres_port)],
            PROXY: [("DATABASE_PROXY_PORT", settings.database_proxy_port)],
            MASTER: [("WEB_PORT", settings.web_port), ("LOCUST_PORT", settings.locust_port)],
        }
        for name in names:
            yield from own.get(name, [])
            program = self._suite.stack.programs.get(name)
            if program and program.port in os.environ:
                yield program.port, int(os.environ[program.port])

    def _runs(self, name: str) -> bool:
        return self.states().get(name) == "RUNNING"

    def _supervise(self) -> None:
        if self.is_supervised():
            return
        config = self._settings.state / "supervisor.conf"
        config.write_text(programs.supervisor_config(self._suite, self._socket))
        environment = {**os.environ, MARK: str(self._settings.state), "PYTHONPATH": str(self._suite.folder)}
        environment["TMPDIR"] = str(self._settings.state / "tmp")
        started = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if started.returncode != 0:
            raise StampedeError(f"The supervisor did not start: {(started.stderr or started.stdout).strip()}")
        self._await("supervisor", self.is_supervised)

    def _start(self, name: str) -> None:
        self._supervisor.supervisor.startProcess(name, False)
        program = self._suite.stack.programs.get(name)
        if program:
            self._await(name, lambda: _answers(program.ready))
        elif name == POSTGRES:
            self._await(name, self._postgres_answers)
        elif name == MASTER:
            self._await(name, lambda: _answers(f"{self._settings.locust_url}/worker-count"))

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not ready():
            failed = self.states().get(name) in {"BACKOFF", "FATAL", "EXITED"} or time.monotonic() > deadline
            if failed:
                log = self._settings.state / "logs" / f"{name}.log"
                lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
                last = lines[-1] if lines else "it said nothing"
                raise StampedeError(f"{name} did not come up: {last} (log: {log})")
            time.sleep(POLL_S)

    def _postgres_answers(self) -> bool:
        role = f"postgresql://{postgres.USER}:{self._settings.postgres_password}"
        try:
            connection = psycopg2.connect(
                f"{role}@127.0.0.1:{self._settings.postgres_port}/postgres", connect_timeout=2
            )
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise StampedeError(
                    f"The kept database in {self._settings.state} has another password than .env: "
                    "restore .env, or delete that folder to start afresh."
                ) from None
            return False
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", (postgres.DATABASE,))
            if cursor.fetchone() is None:
                cursor.execute(f"create database {postgres.DATABASE}")
        connection.close()
        return True

    def _workers_connected(self) -> bool:
        try:
            answer = requests.get(f"{self._settings.locust_url}/worker-count", timeout=5).json()
        except (requests.RequestException, ValueError):
            return False
        return bool(answer["worker_count"] >= self._settings.workers)

    def down(self) -> bool:
        """Stop everything we started, also what an earlier supervisor lost; no process stays behind.

        Returns whether there was anything to stop.
        """
        supervised = self.is_supervised()
        if supervised:
            pid = self._supervisor.supervisor.getPID()
            assert isinstance(pid, int)
            self._supervisor.supervisor.shutdown()
            with suppress(psutil.NoSuchProcess):
                psutil.Process(pid).wait(STOP_TIMEOUT_S)
        left = list(self._marked())
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(left, timeout=5)[1]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._socket.unlink(missing_ok=True)
        return supervised or bool(left)

    def has_data(self) -> bool:
        """Whether there is a database."""
        return postgres.find_data(self._settings).exists()

    def delete(self) -> None:
        """Stop everything and delete the database and all logs."""
        self.down()
        unprivileged.remove_home(self._settings.state)
        shutil.rmtree(self._settings.state, ignore_errors=True)

    def _marked(self) -> Iterator[psutil.Process]:
        """Processes of this stack, also without a supervisor: by the mark in the environment, or by the one in the
        command line, since Postgres overwrites its environment.
        """
        state, mark = str(self._settings.state), postgres.state_mark(self._settings)
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == state or mark in process.cmdline():
                    yield process
            except psutil.Error:
                continue

    @contextmanager
    def running(self, say: Callable[[str], None], *, database_only: bool = False) -> Iterator[None]:
        """The stack, for as long as the block lasts: what was not running before is stopped after it.

        Raises:
            StampedeError: as `up`.
        """
        if "RUNNING" in self.states().values() or not self._is_wanted():
            yield
            return
        with self.stopping(say):
            self.up(say, database_only=database_only)
            yield

    @contextmanager
    def stopping(self, say: Callable[[str], None], *, always: bool = True) -> Iterator[None]:
        """Stop everything after the block, or only where it fails; a second Ctrl-C does not break that off."""
        failed = True
        try:
            yield
            failed = False
        finally:
            if always or failed:
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_IGN)
                if self.is_supervised():
                    say("stopping what was started")
                self.down()


def _refuse_taken(variable: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise StampedeError(
                f"Port {port} is in use; stop what uses it or choose another with {variable}, "
                f"for example {variable}={port + 100}."
            ) from None


def _answers(ready: str) -> bool:
    """Whether a program answers: `tcp HOST:PORT` accepts a connection, or a URL answers 2xx."""
    kind, _, address = ready.partition(" ")
    if kind == "tcp":
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=PROBE_TIMEOUT_S).close()
        except OSError:
            return False
        return True
    try:
        return bool(requests.get(ready, timeout=PROBE_TIMEOUT_S).ok)
    except requests.RequestException:
        return False
