"""The checkout on Docker Compose, as a user has it: `make` with settings of the test session."""

import json
import os
import re
import secrets
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import ROOT
from tests.conftest import free_port

PORTS = ("API_PORT", "WEB_PORT", "LOCUST_PORT", "POSTGRES_PORT", "REDIS_PORT")
SECRETS = ("POSTGRES_PASSWORD", "POSTGRES_API_PASSWORD", "POSTGRES_REFEREE_PASSWORD", "REDIS_PASSWORD", "JWT_SECRET")
# As in tests/e2e/conftest.py, for a shell.
ANY_SPEED = "--only-threshold 'error_rate <= 0%'"
SMALL = "--users 60 --world courses=200 --world capacity=10,30 --world students=300"
OURS = ("api", "lab")
LIMIT_BYTES = 250 * 1000 * 1000
SHOWN_TIMEOUT_S = 15


def engine_answers() -> bool:
    docker = shutil.which("docker")
    commands = (["docker", "info"], ["docker", "compose", "version"])
    return docker is not None and all(
        subprocess.run(command, capture_output=True, check=False).returncode == 0 for command in commands
    )


class Compose:
    """The checkout on Compose, as a project of its own with ports, secrets and reports of its own."""

    def __init__(self, folder: Path) -> None:
        self.project = f"stampede-test-{secrets.token_hex(4)}"
        self.reports = folder / "reports"
        ours = {"STACK", "WORKERS", "LOCKING", "ANSWERS", "AUTH", "BIND", "COMPOSE_PROFILES"}
        inherited = {name: value for name, value in os.environ.items() if name not in ours and "MAKE" not in name}
        self.ports = {name: str(free_port()) for name in PORTS}
        self.environment = {
            **inherited,
            **self.ports,
            **{name: secrets.token_urlsafe(32) for name in SECRETS},
            "COMPOSE_PROJECT_NAME": self.project,
            "REPORTS": str(self.reports),
            "HEALTH_INTERVAL": "1s",
            "STACK": "compose",
        }

    def start(self, target: str, arguments: str = "", **changes: str) -> subprocess.Popen[str]:
        command = ["make", "--no-print-directory", target, *([f"ARGS={arguments}"] if arguments else [])]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**self.environment, **changes},
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,
        )

    def make(self, target: str, arguments: str = "", **changes: str) -> tuple[int, str, str]:
        process = self.start(target, arguments, **changes)
        out, err = process.communicate(timeout=220)
        return process.returncode, out, err

    def docker(self, *arguments: str) -> str:
        done = subprocess.run(
            ["docker", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def compose(self, *arguments: str) -> str:
        return self.docker("compose", "--profile", "referee", "--profile", "ports", *arguments)

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "--quiet", service).split()

    def left(self, kind: str, project: str = "") -> list[str]:
        """What the engine still holds of a project: container, network or volume."""
        flags = ["--all"] if kind == "container" else []
        label = f"label=com.docker.compose.project={project or self.project}"
        return self.docker(kind, "ls", "--quiet", *flags, "--filter", label).split()

    def verdict(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads((self.reports / "latest" / "verdict.json").read_text())
        return fields

    def count(self, outcome: str) -> int:
        """Writes of the latest run."""
        return sum(int(one[outcome]) for one in self.verdict()["operations"] if one["kind"] == "write")

    def await_load(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            if re.search(r"[1-9][\d,]* requests", line):
                return
        pytest.fail("the program ended before there was load")

    def await_shown(self, sent: int) -> None:
        """The web UI tells of a run's end only when its cache of two seconds has run out."""
        deadline = time.monotonic() + SHOWN_TIMEOUT_S
        shown = -1
        while shown != sent and time.monotonic() < deadline:
            stats = requests.get(f"http://127.0.0.1:{self.ports['WEB_PORT']}/stats/requests", timeout=5).json()["stats"]
            shown = stats[-1]["num_requests"]
            time.sleep(0.5)
        assert shown == sent
