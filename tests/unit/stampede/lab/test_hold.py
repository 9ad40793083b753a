import subprocess
import sys
from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.lab.hold import NAME, hold_lab
from stampede.suite.model import Suite
from tests.unit.stampede.builders import make_suite

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print(flush=True)
time.sleep(60)
"""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return make_suite(settings={"state": tmp_path / "state", "reports": tmp_path / "reports"})


def test_second_run_is_refused(suite: Suite) -> None:
    with hold_lab(suite), pytest.raises(StampedeError, match=r"Another run \(process \d+\)"), hold_lab(suite):
        pass
    with hold_lab(suite):
        pass


def test_killed_run_holds_nothing(suite: Suite) -> None:
    with hold_lab(suite):
        pass
    command = [sys.executable, "-c", HOLD, str(suite.settings.state / NAME)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StampedeError), hold_lab(suite):
            pass
        other.kill()
        other.wait()
    with hold_lab(suite):
        pass


def test_containers_share_their_reports(tmp_path: Path) -> None:
    folders = {"state": tmp_path / "state", "reports": tmp_path / "reports"}
    with hold_lab(make_suite(settings={"stack": "compose", **folders})):
        assert (tmp_path / "reports" / NAME).exists()
    assert not (tmp_path / "state").exists()
