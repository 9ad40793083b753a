"""Load tests written from a contract alone, as a stranger would, run against the target without a failure."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.e2e.conftest import Lab

FILES = sorted((ROOT / "tests" / "e2e" / "contracts").glob("*_locustfile.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_file_that_knows_only_the_contract_runs_without_a_failure(up: Lab, file: Path) -> None:
    host = f"{up.url('API_PORT')}/{file.stem.removesuffix('_locustfile')}"
    options = ["--headless", "-u", "45", "-r", "45", "-t", "10s", "--host", host, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(file), *options],
        cwd=file.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    rows = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert sum(row["num_requests"] for row in rows) > 300
    assert [row for row in rows if row["num_failures"]] == []
