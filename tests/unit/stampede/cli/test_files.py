import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.unit.stampede.judge.test_table import ROWS, write


def call(*arguments: object) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "stampede", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("threshold", "code", "verdict"),
    [("p95 < 500ms", 0, "PASS"), ("max < 1ms", 1, "FAIL"), ("p95 < 490ms", 2, "UNKNOWN")],
)
def test_exit_code_is_the_verdicts(tmp_path: Path, threshold: str, code: int, verdict: str) -> None:
    found, out, _ = call("thresholds", write(tmp_path, *ROWS), "--threshold", threshold)
    assert (found, out.splitlines()[-1]) == (code, f"VERDICT  {verdict}")


def test_documents_targets_are_the_default(tmp_path: Path) -> None:
    code, out, _ = call("thresholds", write(tmp_path, *ROWS))
    told = [line.split()[:2] for line in out.splitlines()[:3]]
    assert (code, told) == (1, [["PASS", "p95"], ["PASS", "error_rate"], ["FAIL", "throughput"]])


@pytest.mark.parametrize(
    "threshold",
    ["stage peak: p95 < 500ms", "stage a: p95 < 150% of stage b", "recovery < 5s", "cpu api < 1", "5xx <= 0"],
)
def test_limit_that_a_csv_cannot_tell_is_refused(tmp_path: Path, threshold: str) -> None:
    code, out, err = call("thresholds", write(tmp_path, *ROWS), "--threshold", threshold)
    assert (code, out) == (2, "")
    assert f"The threshold {threshold!r} cannot be told from a stats CSV" in err


def test_file_that_is_no_stats_csv_is_one_sentence(tmp_path: Path) -> None:
    code, _, err = call("thresholds", tmp_path / "missing.csv")
    assert (code, len(err.splitlines())) == (2, 1)
