"""The script that carries out faults on Compose, on containers of a project of its own."""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT
from tests.conftest import wait_until
from tests.e2e.compose import engine_answers

# As in the images: a process with two below it, of which one has used CPU time.
TREE = """
import subprocess, sys, time
BUSY = "import time\\nwhile time.process_time() < 0.5: pass\\nprint('was busy', flush=True)\\ntime.sleep(600)"
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "idle"])
subprocess.Popen([sys.executable, "-c", BUSY, "busy"])
time.sleep(600)
"""
IMAGE = "python:3.13-slim"  # that of the Dockerfile


class Containers:
    """Services: `tree` below an init, `bare` without one, `alone` without a child, `absent` without a container."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "deploy").mkdir()
        shutil.copy(ROOT / "deploy" / "fault.sh", folder / "deploy")
        tree = {"image": IMAGE, "command": ["python", "-c", TREE], "network_mode": "none", "stop_grace_period": "1s"}
        services = {
            "tree": {**tree, "init": True},
            "bare": tree,
            "alone": {**tree, "init": True, "command": ["sleep", "600"]},
            "absent": {**tree, "profiles": ["never"]},
        }
        (folder / "docker-compose.yml").write_text(json.dumps({"services": services}))
        self.environment = {**os.environ, "COMPOSE_PROJECT_NAME": f"stampede-fault-{secrets.token_hex(4)}"}

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    def read(self, *command: str) -> str:
        done = self.run("docker", *command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fault(self, *words: str) -> tuple[int, str]:
        """The script's exit code, and the last line of what it said."""
        done = self.run("sh", "deploy/fault.sh", *words)
        return done.returncode, (done.stderr.strip().splitlines() or [""])[-1]

    def id_of(self, service: str) -> str:
        return self.read("compose", "ps", "--all", "--quiet", service).strip()

    def state(self, service: str) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.read("inspect", self.id_of(service)))[0]["State"]
        return state

    def list_processes(self, service: str) -> list[str]:
        """The last word of each command line."""
        return [line.split()[-1] for line in self.read("top", self.id_of(service), "-o", "pid,args").splitlines()[1:]]

    def restart_fresh(self, service: str) -> None:
        """A container whose processes have all begun."""
        self.read("compose", "up", "--detach", "--force-recreate", service)
        wait_until(lambda: "was busy" in self.read("logs", self.id_of(service)))


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    if not engine_answers():
        pytest.skip("no Docker engine answers: THE FAULTS ON COMPOSE WERE NOT TESTED")
    made = Containers(tmp_path_factory.mktemp("project"))
    try:
        made.read("compose", "up", "--detach", "alone")
        yield made
    finally:
        made.run("docker", "compose", "down", "--timeout", "1", "--remove-orphans")


def test_killed_container_runs_again(containers: Containers) -> None:
    before = containers.state("alone")
    assert containers.fault("kill", "alone") == (0, "")
    after = containers.state("alone")
    assert after["Running"]
    assert (after["Pid"] != before["Pid"], after["StartedAt"] > before["StartedAt"]) == (True, True)


@pytest.mark.parametrize("service", ["tree", "bare"])
def test_busiest_child_is_killed_alone(containers: Containers, service: str) -> None:
    containers.restart_fresh(service)
    before = containers.list_processes(service)
    assert {"idle", "busy"} <= set(before)
    started_at = containers.state(service)["StartedAt"]
    assert containers.fault("kill", service, "child") == (0, "")
    wait_until(lambda: "busy" not in containers.list_processes(service))
    assert "idle" in containers.list_processes(service)
    assert containers.state(service)["StartedAt"] == started_at


def test_container_without_a_child_is_told(containers: Containers) -> None:
    before = containers.state("alone")["Pid"]
    code, said = containers.fault("kill", "alone", "child")
    assert code != 0
    assert said == "the main process has no child"
    assert containers.state("alone")["Pid"] == before


def test_restarted_container_has_begun_anew(containers: Containers) -> None:
    before = containers.state("alone")["StartedAt"]
    assert containers.fault("restart", "alone") == (0, "")
    after = containers.state("alone")
    assert after["Running"]
    assert after["StartedAt"] > before


def test_paused_container_goes_on(containers: Containers) -> None:
    assert containers.fault("pause", "alone") == (0, "")
    paused = containers.state("alone")
    assert containers.fault("unpause", "alone") == (0, "")
    resumed = containers.state("alone")
    assert (paused["Paused"], resumed["Paused"], resumed["Pid"]) == (True, False, paused["Pid"])


def test_service_without_a_container_is_told(containers: Containers) -> None:
    assert containers.fault("kill", "absent") == (2, "absent has no container")


def test_other_verbs_are_refused(containers: Containers) -> None:
    before = containers.state("alone")["StartedAt"]
    assert containers.fault("rm", "alone") == (2, "no fault: rm")
    assert containers.state("alone")["StartedAt"] == before


@pytest.mark.parametrize("service", ["", "--all", "db;touch taken", "../db", "$(touch taken)", "DB"])
def test_other_words_are_no_service(tmp_path: Path, service: str) -> None:
    """They come from a container. No engine is asked."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "fault.sh", tmp_path / "deploy")
    command = ["/bin/sh", "deploy/fault.sh", "kill", service]
    path = {"PATH": os.defpath}
    done = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, f"no service: {service}\n")
    assert [one.name for one in tmp_path.iterdir()] == ["deploy"]
