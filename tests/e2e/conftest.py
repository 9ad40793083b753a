import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import ROOT
from tests.conftest import free_port

PORTS = ("API_PORT", "WEB_PORT", "LOCUST_PORT", "POSTGRES_PORT", "REDIS_PORT")
PASSWORDS = ("POSTGRES_PASSWORD", "POSTGRES_API_PASSWORD", "POSTGRES_REFEREE_PASSWORD", "REDIS_PASSWORD")
MARK = "STAMPEDE_STACK"
# A small race: enough waves to prove something, short enough to be run ten times.
RACE = ("run", "registration/race_condition", "--run-time", "6s", "--users", "60")
# Tests judge the answers: on a busy machine the load generator is starved, and a limit on a latency UNKNOWN.
ANY_SPEED = ("--only-threshold", "error_rate <= 0%")
SMALL_WORLD = ("--world", "courses=200", "--world", "capacity=10,30", "--world", "students=300")


class Lab:
    """The command line as a user has it, with ports and folders of this test session."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.reports = folder / "reports"
        inherited = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_PORT"))}
        ports = {name: str(free_port()) for name in PORTS}
        secrets = dict.fromkeys((*PASSWORDS, "JWT_SECRET"), "end-to-end-secret-of-32-characters")
        folders = {"STATE": str(self.state), "REPORTS": str(self.reports)}
        # The URLs follow from these, as .env has them.
        self.environment = {
            **inherited,
            **ports,
            **secrets,
            **folders,
            "STACK": "local",
            "LOCKING": "row_lock",
            "WORKERS": "2",
        }

    def url(self, part: str) -> str:
        return f"http://127.0.0.1:{self.environment[part]}"

    @property
    def database_url(self) -> str:
        password, port = self.environment["POSTGRES_PASSWORD"], self.environment["POSTGRES_PORT"]
        return f"postgresql://stampede:{password}@127.0.0.1:{port}/stampede"

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "stampede", *arguments]
        environment = {**self.environment, **changes}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)

    def call(self, *arguments: str, **changes: str) -> tuple[int, str, str]:
        process = self.start(*arguments, **changes)
        out, err = process.communicate(timeout=180)
        return process.returncode, out, err

    def verdict(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads((self.reports / "latest" / "verdict.json").read_text())
        return fields

    def count(self, outcome: str, kind: str = "write") -> int:
        """Operations of the latest run."""
        return sum(int(one[outcome]) for one in self.verdict()["operations"] if one["kind"] == kind)

    def reasons(self) -> list[str]:
        return [reason["text"] for reason in self.verdict()["reasons"]]

    def failed(self, part: str = "audits") -> set[str]:
        """Names of the failed audits or checks of the latest run."""
        return {one["name"] for one in self.verdict()[part] if one["outcome"] == "fail"}

    def processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == str(self.state) or str(self.state) in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def find(self, *words: str) -> list[psutil.Process]:
        """Processes of this lab whose command line holds all the words, the oldest first."""
        lines = [(process, " ".join(process.cmdline())) for process in self.processes()]
        found = [process for process, line in lines if all(word in line for word in words)]
        return sorted(found, key=lambda process: process.create_time())

    def await_line(self, process: subprocess.Popen[str], text: str) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            if text in line:
                return
        pytest.fail(f"the program ended before it said {text!r}")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("lab"))
    try:
        yield made
    finally:
        made.call("down")
        made.call("reset", "--yes")


@contextmanager
def standing(lab: Lab) -> Iterator[Lab]:
    """The lab up for as long as the block lasts."""
    code, _, err = lab.call("up")
    assert code == 0, err
    try:
        yield lab
    finally:
        lab.call("down")


@pytest.fixture
def up(lab: Lab) -> Iterator[Lab]:
    with standing(lab):
        yield lab


def interrupt(process: subprocess.Popen[str]) -> tuple[int, float]:
    """Ctrl-C; gives the exit code and how long it took."""
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=90)
    return process.returncode, time.monotonic() - started
