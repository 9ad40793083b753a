import json
import os
import subprocess
from pathlib import Path

import psutil

from stampede.stack.owner import NAME, clear_owner, is_orphaned, write_owner
from tests.conftest import wait_until


def test_stack_of_a_living_command_is_no_orphan(tmp_path: Path) -> None:
    assert not is_orphaned(tmp_path)
    write_owner(tmp_path)
    assert not is_orphaned(tmp_path)
    clear_owner(tmp_path)
    assert not is_orphaned(tmp_path)


def test_stack_of_a_dead_command_is_an_orphan(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / NAME).write_text(json.dumps({"process": ended.pid, "created": 1.0}))
    assert is_orphaned(tmp_path)


def test_another_process_of_the_same_id_is_not_the_owner(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(json.dumps({"process": os.getpid(), "created": 1.0}))
    assert is_orphaned(tmp_path)


def test_half_written_note_is_an_orphans(tmp_path: Path) -> None:
    (tmp_path / NAME).touch()
    assert is_orphaned(tmp_path)


def test_killed_command_that_nobody_collects_is_dead(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as killed:
        process = psutil.Process(killed.pid)
        (tmp_path / NAME).write_text(json.dumps({"process": killed.pid, "created": process.create_time()}))
        assert not is_orphaned(tmp_path)
        killed.kill()
        wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE)
        assert is_orphaned(tmp_path)
