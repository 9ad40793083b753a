import signal
import subprocess
import sys

import pytest

from tests import ROOT

WAIT = """
import os, signal, sys, types
import stampede.__main__ as program
command = types.ModuleType("stampede.cli.main")
command.main = lambda: (os.kill(os.getpid(), int(sys.argv[1])), print("survived"))
sys.modules["stampede.cli.main"] = command
program.main()
"""


def call(number: int, **options: bool) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", WAIT, str(int(number))]
    if options.get("ignored"):
        command = ["nohup", *command]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_without_a_traceback(number: int) -> None:
    done = call(number)
    assert (done.returncode, done.stderr) == (130, "stampede: interrupted\n")


def test_hangup_is_ignored_under_nohup() -> None:
    assert "survived" in call(signal.SIGHUP, ignored=True).stdout
