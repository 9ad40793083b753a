import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.web.metrics import exposition
from tests import ROOT

# A process of the target: one that lives on until its standard input ends, or one that ends at once.
PROCESS = """
from prometheus_client import Counter
from api.web import metrics
metrics.POOL_IN_USE.set(3)
Counter("api_locking_retries", "A counter").inc(2)
print("told", flush=True)
input()
"""


def test_process_that_died_leaves_what_it_counted_but_not_what_it_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = [sys.executable, "-c", PROCESS]
    pipe = subprocess.PIPE
    with subprocess.Popen(start, env=environment, stdin=pipe, stdout=pipe, text=True) as living:
        assert living.stdout
        assert living.stdout.readline() == "told\n"
        subprocess.run(start, env=environment, input="\n", stdout=pipe, check=True, text=True)
        text = exposition()[0].decode()
        living.communicate("\n")
    assert "api_pool_in_use 3.0" in text
    assert "api_locking_retries_total 4.0" in text
