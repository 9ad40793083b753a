"""A target that decides correctly and answers something else: the audits see it, and can be repeated from the files."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Lab, standing

REGISTRATION = ("run", "registration/drop_auto_promotion", "--run-time", "6s", "--reads", "100%")
INVENTORY = ("run", "inventory/stock_depletion_recovery", "--run-time", "6s", "--reads", "100%")
ANY_SPEED = ("--only-threshold", "error_rate < 100%")
# At least one of these audits sees the lie; others may as well.
CAUGHT_BY = {
    "truthful": set[str](),
    "false_refusal": {"phantom", "refused_wrongly", "mismatched"},
    "stale_answer": {"read_wrongly"},
    "swapped_answer": {"mismatched"},
    "early_answer": {"read_wrongly", "reordered", "went_back", "refused_wrongly"},
}


@pytest.fixture(scope="module", params=CAUGHT_BY)
def answers(lab: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    lab.environment["ANSWERS"] = request.param
    try:
        with standing(lab):
            yield request.param
    finally:
        del lab.environment["ANSWERS"]


@pytest.mark.parametrize("command", [REGISTRATION, INVENTORY], ids=["registration", "inventory"])
def test_false_answers_fail_by_an_audit_alone(lab: Lab, answers: str, command: tuple[str, ...]) -> None:
    code, out, err = lab.call(*command, *ANY_SPEED)
    assert lab.verdict()["strategies"]["ANSWERS"] == answers
    assert lab.failed("checks") == set(), out + err
    if answers == "truthful":
        assert (code, lab.failed()) == (0, set()), out + err
        assert lab.verdict()["load"]["failures"] == 0
    else:
        assert code == 1, out + err
        assert lab.failed() & CAUGHT_BY[answers], out
    keep(lab, answers)


def keep(lab: Lab, answers: str) -> None:
    """The report of the latest run, for the tests of the audit that follow."""
    shutil.copytree((lab.reports / "latest").resolve(), lab.state.parent / f"kept-{answers}", dirs_exist_ok=True)


@pytest.fixture(params=["truthful", "swapped_answer"])
def kept(lab: Lab, request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    lab.call("down")
    assert lab.processes() == []
    return request.param, shutil.copytree(lab.state.parent / f"kept-{request.param}", tmp_path / "run")


def test_audit_gives_the_verdict_with_every_server_down(lab: Lab, kept: tuple[str, Path]) -> None:
    answers, folder = kept
    code, out, err = lab.call("audit", str(folder))
    assert code == (0 if answers == "truthful" else 1), out + err
    assert out == (folder / "report.txt").read_text() + "\n"


@pytest.mark.parametrize("file", ["operations.parquet", "effects.parquet", "states.parquet", "frozen_after.parquet"])
def test_damaged_evidence_is_named_and_never_passes(lab: Lab, tmp_path: Path, file: str) -> None:
    folder = shutil.copytree(lab.state.parent / "kept-truthful", tmp_path / "run")
    path = folder / "evidence" / file
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    code, out, err = lab.call("audit", str(folder))
    assert (code, "VERDICT  UNKNOWN" in out) == (2, True), out + err
    assert f"evidence: {file} is damaged" in out
    path.unlink()
    code, out, err = lab.call("audit", str(folder))
    assert (code, "VERDICT  UNKNOWN" in out) == (2, True), out + err
    assert f"evidence: {file} is missing" in out


def test_added_evidence_is_named_and_never_passes(lab: Lab, tmp_path: Path) -> None:
    folder = shutil.copytree(lab.state.parent / "kept-truthful", tmp_path / "run")
    (folder / "evidence" / "more.parquet").write_bytes((folder / "evidence" / "effects.parquet").read_bytes())
    code, out, err = lab.call("audit", str(folder))
    assert (code, "VERDICT  UNKNOWN" in out) == (2, True), out + err
    assert "evidence: more.parquet is not in the manifest" in out
