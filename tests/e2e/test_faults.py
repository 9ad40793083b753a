"""Whole runs with faults: what is killed comes back, nothing acknowledged is lost, a lost load generator is told."""

import pytest

from tests.e2e.conftest import ANY_SPEED, Lab


def injected(lab: Lab) -> set[str]:
    """The faults of the latest run that took place."""
    return {fault["fault"] for fault in lab.verdict()["faults"] if fault["spans"]}


@pytest.mark.parametrize("plan", ["registration/faults", "inventory/faults", "inventory/faults_latency"])
def test_faults_are_survived(lab: Lab, plan: str) -> None:
    code, out, err = lab.call("run", plan, *ANY_SPEED, "--only-threshold", "recovery < 60s")
    assert code == 0, out + err
    assert injected(lab) == {fault["fault"] for fault in lab.verdict()["faults"]}
    assert lab.processes() == []


def test_killed_load_generators_are_unknown(lab: Lab) -> None:
    code, out, _ = lab.call("run", "registration/faults_generator")
    assert code == 2, out
    assert injected(lab) == {"kill worker at 4s", "kill load generator at 9s"}
    assert any("ended a load generator, and nothing tells what it had sent" in reason for reason in lab.reasons())
    assert lab.processes() == []
