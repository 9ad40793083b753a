import threading
import time
from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.faults.steps import find_steps
from stampede.suite.model import Suite
from stampede.suite.targets import Faults, FaultTarget
from tests.unit.stampede.builders import make_plan, make_suite

TARGETS = {"cache": FaultTarget("cache-server", "cache"), "busy": FaultTarget("busy", "busy", child=True)}
PATIENCE_S = 10


def compose_suite(folder: Path) -> Suite:
    settings = {"stack": "compose", "fault_requests": folder}
    return make_suite(settings=settings, faults=Faults(targets=TARGETS))


def answer_requests(folder: Path, answers: list[str]) -> threading.Thread:
    """The host side: as many requests as there are answers; what they asked takes the answer's place."""

    def serve() -> None:
        deadline = time.monotonic() + PATIENCE_S
        for number, answer in enumerate(answers):
            while not (found := list(folder.glob("*.request"))) and time.monotonic() < deadline:
                time.sleep(0.01)
            for request in found:
                answers[number] = request.read_text()
                request.rename(request.with_suffix(".taken"))
                request.with_suffix(".told").write_text(answer)
                request.with_suffix(".told").rename(request.with_suffix(".answer"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        ("kill cache at 1s", ["kill cache\n"]),
        ("kill busy at 1s", ["kill busy child\n"]),
        ("restart cache at 1s", ["restart cache\n"]),
        ("pause cache for 1s at 1s", ["pause cache\n", "unpause cache\n"]),
        ("kill load generator at 1s", ["kill locust-master\n", "restart locust-worker\n"]),
    ],
)
def test_host_is_asked_on_compose(tmp_path: Path, fault: str, requests: list[str]) -> None:
    [step] = find_steps(compose_suite(tmp_path), make_plan(faults=(fault,))).values()
    asked = ["0\n"] * len(requests)
    host = answer_requests(tmp_path, asked)
    step.begin()
    step.end()
    step.finish()
    host.join(PATIENCE_S)
    assert asked == requests


def test_answer_of_the_host_is_told(tmp_path: Path) -> None:
    [step] = find_steps(compose_suite(tmp_path), make_plan(faults=("kill cache at 1s",))).values()
    answer_requests(tmp_path, ["1\nfirst\ncache has no container\n"])
    with pytest.raises(StampedeError, match=r"^cache has no container$"):
        step.begin()


def test_host_that_is_silent_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stampede.faults.host.TIMEOUT_S", 0.1)
    [step] = find_steps(compose_suite(tmp_path), make_plan(faults=("kill cache at 1s",))).values()
    with pytest.raises(StampedeError, match="the host did not answer"):
        step.begin()


@pytest.mark.parametrize(
    ("suite", "fault", "told"),
    [
        (make_suite(settings={"stack": "local"}), "kill postgres at 1s", "the local stack runs no program 'postgres'"),
        (make_suite(), "terminate one backend at 1s", "names no database"),
        (make_suite(settings={"stack": "compose"}), "kill postgres at 1s", "carried out by the host"),
        (
            make_suite(settings={"stack": "compose"}, faults=Faults(targets={"cache": FaultTarget("cache")})),
            "kill cache at 1s",
            "needs a service",
        ),
        (
            make_suite(settings={"database_proxy_control_port": 1}),
            "latency database 5ms from 1s to 2s",
            "the database proxy does not answer at 127.0.0.1:1",
        ),
    ],
)
def test_impossible_fault_is_refused_before_the_load(suite: Suite, fault: str, told: str) -> None:
    with pytest.raises(StampedeError, match=f"^The fault '{fault}' cannot be injected: .*{told}"):
        find_steps(suite, make_plan(faults=(fault,)))


def test_command_takes_the_place_of_a_target(tmp_path: Path) -> None:
    note = "echo {} >> notes"
    faults = Faults(
        commands={"kill cache": ("sh", "-c", note.format("command"))},
        targets={
            "cache": FaultTarget(pause=("sh", "-c", note.format("pause")), resume=("sh", "-c", "echo resume >> notes"))
        },
    )
    suite = make_suite(tmp_path, faults=faults)
    for step in find_steps(suite, make_plan(faults=("kill cache at 1s", "pause cache for 1s at 1s"))).values():
        step.begin()
        step.end()
    assert (tmp_path / "notes").read_text().split() == ["command", "pause", "resume"]
