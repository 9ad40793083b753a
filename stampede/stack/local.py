"""The local stack: the suite's programs, Postgres and Locust as processes on 127.0.0.1, under a supervisor."""

import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

import psutil
import requests

from stampede.errors import StampedeError
from stampede.stack import postgres, programs, unprivileged
from stampede.stack.marked import MARK, end_marked, find_marked
from stampede.stack.owner import clear_owner, is_orphaned, write_owner
from stampede.stack.probe import answers, refuse_taken
from stampede.stack.programs import MASTER, POSTGRES, PROXY, WORKER
from stampede.stack.signals import deferred_signals
from stampede.stack.started import check_settings, note_settings
from stampede.stack.supervisor import ERRORS, connect_supervisor, place_socket
from stampede.suite.model import Suite
from stampede.suite.state import claim_state, delete_state

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
POLL_S = 0.1


class LocalStack:
    """The processes of one suite. All logs stay below `settings.state`."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._settings = suite.settings
        self._socket = place_socket(suite.settings.state)

    @property
    def _supervisor(self) -> xmlrpc.client.ServerProxy:
        return connect_supervisor(self._socket)

    def is_supervised(self) -> bool:
        """Whether our supervisor answers."""
        try:
            self._supervisor.supervisor.getState()
        except ERRORS:
            return False
        return True

    def states(self) -> dict[str, str]:
        """Each program and its state (RUNNING, STOPPED, …); empty where nothing is supervised."""
        if not self.is_supervised():
            return {}
        try:
            processes = self._supervisor.supervisor.getAllProcessInfo()
        except ERRORS:  # it ended just now
            return {}
        assert isinstance(processes, list)
        return {str(process["name"]): str(process["statename"]) for process in processes}

    def find_process(self, name: str) -> psutil.Process | None:
        """The process of a program; None while it does not run."""
        info = self._supervisor.supervisor.getProcessInfo(name)
        assert isinstance(info, dict)
        try:
            return psutil.Process(int(info["pid"])) if info["pid"] else None
        except psutil.NoSuchProcess:
            return None

    def restart(self, name: str) -> None:
        """Stop a program in order and start it again."""
        with suppress(xmlrpc.client.Fault):  # it did not run
            self._supervisor.supervisor.stopProcess(name, True)
        self._supervisor.supervisor.startProcess(name, True)

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
        self._stop_unsupervised(say)
        running = self._await_settled()
        wanted = [POSTGRES] if database_only else list(programs.commands(self._suite))
        missing = [name for name in wanted if running.get(name) != "RUNNING"]
        if not missing:
            return
        for variable, port in self._list_ports(missing):
            refuse_taken(variable, port)
        claim_state(self._settings.state, self._suite.folder)
        programs.prepare(self._suite)
        self._supervise()
        for name in missing:
            say(f"starting {name}")
            self._start(name)
        if not database_only:
            self._await(f"{WORKER}-1", self._workers_connected)
        for name in missing:  # the supervisor refuses to start a program that another command finds still starting
            self._await(name, partial(self._runs, name))

    def _stop_unsupervised(self, say: Callable[[str], None]) -> None:
        if not self.is_supervised() and any(find_marked(self._settings)):
            say("stopping what an earlier supervisor left behind")
            self.down()

    def _await_settled(self) -> dict[str, str]:
        """The states, once no program is being started: the supervisor restarts a program that ended."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while {"STARTING", "BACKOFF"} & set((states := self.states()).values()) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        return states

    def _list_ports(self, names: list[str]) -> Iterator[tuple[str, int]]:
        """The setting and number of each port that these programs take."""
        settings = self._settings
        own = {
            POSTGRES: [("POSTGRES_PORT", settings.postgres_port)],
            PROXY: [
                ("DATABASE_PROXY_PORT", settings.database_proxy_port),
                ("DATABASE_PROXY_CONTROL_PORT", settings.database_proxy_control_port),
            ],
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
        config.touch(mode=0o600)
        config.write_text(programs.supervisor_config(self._suite, self._socket))
        note_settings(self._suite)
        environment = {**os.environ, MARK: str(self._settings.state), "PYTHONPATH": str(self._suite.folder)}
        environment["TMPDIR"] = str(self._settings.state / "tmp")
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)]
        try:
            started = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False, timeout=START_TIMEOUT_S
            )
        except subprocess.TimeoutExpired:
            raise StampedeError(f"The supervisor did not start within {START_TIMEOUT_S:g} s.") from None
        if started.returncode != 0:
            raise StampedeError(f"The supervisor did not start: {(started.stderr or started.stdout).strip()}")
        self._await("supervisor", self.is_supervised)

    def _start(self, name: str) -> None:
        self._supervisor.supervisor.startProcess(name, False)
        program = self._suite.stack.programs.get(name)
        if program:
            self._await(name, (lambda: answers(program.ready)) if program.ready else partial(self._runs, name))
        elif name == POSTGRES:
            self._await(name, lambda: postgres.answers(self._suite))
        elif name == MASTER:
            self._await(name, lambda: answers(f"{self._settings.locust_url}/worker-count"))

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
            self._stop_programs()
            with suppress(*ERRORS):
                self._supervisor.supervisor.shutdown()
            with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
                psutil.Process(pid).wait(STOP_TIMEOUT_S)
        left = end_marked(self._settings)
        self._socket.unlink(missing_ok=True)
        clear_owner(self._settings.state)
        return supervised or left

    def _stop_programs(self) -> None:
        """Stop all at once, and after them their way to the database and the database.

        By itself the supervisor takes a second for each of its groups, one after the other.
        """
        supervisor, names = self._supervisor.supervisor, self.states().keys()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for group in (names - {PROXY, POSTGRES}, names & {PROXY}, names & {POSTGRES}):
            for name in group:
                with suppress(*ERRORS):
                    supervisor.stopProcess(name, False)
            while "STOPPING" in map(self.states().get, group) and time.monotonic() < deadline:
                time.sleep(POLL_S)
            for name in group:
                with suppress(*ERRORS):
                    supervisor.removeProcessGroup(name)

    def has_data(self) -> bool:
        """Whether there is a database."""
        return postgres.find_data(self._settings).exists()

    def delete(self) -> list[str]:
        """Stop everything and delete the database and all logs; names of what others put beside them.

        Raises:
            StampedeError: as `claim_state`.
        """
        claim_state(self._settings.state, self._suite.folder)
        self.down()
        unprivileged.remove_home(self._settings.state)
        return delete_state(self._settings.state)

    @contextmanager
    def running(self, say: Callable[[str], None], *, database_only: bool = False) -> Iterator[None]:
        """The stack, for as long as the block lasts: what was not running before is stopped after it.

        Raises:
            StampedeError: as `up`.
        """
        if not self._is_wanted():
            yield
            return
        self.stop_orphan(say)
        if "RUNNING" in self._await_settled().values():
            if not database_only:
                self.check_settings()
            self.up(say, database_only=database_only)  # what ended meanwhile
            yield
            return
        with self.stopping(say):
            claim_state(self._settings.state, self._suite.folder)
            write_owner(self._settings.state)
            self.up(say, database_only=database_only)
            yield

    def stop_orphan(self, say: Callable[[str], None]) -> None:
        """Stop the stack of a command that was killed before it could."""
        if is_orphaned(self._settings.state):
            say("stopping the stack that a killed command left behind")
            self.down()

    def check_settings(self) -> None:
        """Check that the running programs have the present settings.

        Raises:
            StampedeError: one has another; a program gets its settings when it starts.
        """
        if self.is_supervised():
            check_settings(self._suite)

    @contextmanager
    def stopping(self, say: Callable[[str], None], *, always: bool = True) -> Iterator[None]:
        """Stop everything after the block, or only where it fails; a second Ctrl-C does not break that off."""
        failed = True
        try:
            yield
            failed = False
        finally:
            if always or failed:
                with deferred_signals():
                    if self.is_supervised():
                        say("stopping what was started")
                    self.down()
