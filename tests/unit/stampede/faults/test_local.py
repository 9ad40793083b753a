"""Faults of programs, on processes under a real supervisor."""

import os
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from stampede.errors import StampedeError
from stampede.faults.local import program_step
from stampede.faults.step import Step
from stampede.stack.local import LocalStack
from stampede.stack.programs import MASTER, WORKER
from stampede.stack.supervisor import place_socket
from stampede.suite.fault import parse_fault
from stampede.suite.targets import FaultTarget
from tests.conftest import Program, wait_until
from tests.unit.stampede.builders import make_suite

# A server with two processes below it, of which one has used CPU time, and one below that.
SERVER = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))  # stopped in order, it leaves none behind
IDLE = "import subprocess, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
BUSY = "import time\\nwhile time.process_time() < 0.5: pass\\ntime.sleep(600)"
subprocess.Popen([sys.executable, "-c", IDLE, "idle"])
subprocess.Popen([sys.executable, "-c", BUSY, "busy"])
time.sleep(600)
"""
CONFIG = """
[unix_http_server]
file={socket}
[supervisord]
nodaemon=true
logfile={folder}/supervisor.log
pidfile={folder}/supervisor.pid
childlogdir={folder}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:server]
command={python} {folder}/server.py
startsecs=0
killasgroup=true
[program:broken]
command=false
startsecs=1
startretries=0
[program:{master}]
command=sleep 600
startsecs=0
[program:{worker}-1]
command=sleep 600
startsecs=0
[program:{worker}-2]
command=sleep 600
startsecs=0
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    folder = tmp_path_factory.mktemp("stack")
    socket = place_socket(folder)
    (folder / "server.py").write_text(SERVER)
    names = {"python": sys.executable, "master": MASTER, "worker": WORKER}
    config = folder / "supervisor.conf"
    config.write_text(CONFIG.format(socket=socket, folder=folder, **names))
    stack = LocalStack(make_suite(folder, settings={"state": folder}))
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)]
    supervisor = Program(command, dict(os.environ), folder / "log")
    supervisor.wait_ready(stack.is_supervised)
    yield stack
    supervisor.stop()
    socket.unlink(missing_ok=True)


def find(stack: LocalStack, text: str, name: str = "server") -> Step:
    fault = parse_fault(f"{text} {name} {'for 1s ' if text == 'pause' else ''}at 0s")
    return program_step(stack, fault, FaultTarget(program=name))


def read_pid(stack: LocalStack, name: str) -> int:
    """The process of a program, once the supervisor runs it."""
    wait_until(lambda: stack.states()[name] == "RUNNING")
    process = stack.find_process(name)
    assert process is not None
    return int(process.pid)


def list_tree(stack: LocalStack) -> list[psutil.Process]:
    """The server, its idle and its busy process and the one below, once that has been busy."""
    server = psutil.Process(read_pid(stack, "server"))
    wait_until(lambda: len(server.children(recursive=True)) == 3 and cpu_s(find_child(server, "busy")) > 0.4)
    return [server, *server.children(recursive=True)]


def find_child(server: psutil.Process, name: str) -> psutil.Process:
    [child] = [child for child in server.children() if child.cmdline()[-1] == name]
    return child


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def is_running(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def test_killed_program_is_started_again(stack: LocalStack) -> None:
    tree, step = list_tree(stack), find(stack, "kill")
    step.begin()
    wait_until(lambda: not any(map(is_running, tree)))
    assert read_pid(stack, "server") not in [process.pid for process in tree]
    step.end()
    step.finish()
    assert len(list_tree(stack)) == 4


def test_busiest_child_is_killed_alone(stack: LocalStack) -> None:
    server, *others = list_tree(stack)
    busy, idle = find_child(server, "busy"), find_child(server, "idle")
    target = FaultTarget(program="server", child=True)
    program_step(stack, parse_fault("kill part at 0s"), target).begin()
    wait_until(lambda: not is_running(busy))
    assert [one for one in (server, *others) if is_running(one)] == [one for one in (server, *others) if one != busy]
    assert idle in server.children()
    stack.restart("server")


def test_program_without_a_child_has_none_to_kill(stack: LocalStack) -> None:
    target = FaultTarget(program=f"{WORKER}-1", child=True)
    with pytest.raises(StampedeError, match=r"^locust-worker-1 has no child process$"):
        program_step(stack, parse_fault("kill part at 0s"), target).begin()


def test_paused_program_goes_on(stack: LocalStack) -> None:
    tree, step = list_tree(stack), find(stack, "pause")
    step.begin()
    wait_until(lambda: {process.status() for process in tree} == {psutil.STATUS_STOPPED})
    step.end()
    wait_until(lambda: {process.status() for process in tree} == {psutil.STATUS_SLEEPING})
    assert read_pid(stack, "server") == tree[0].pid


def test_program_that_ended_while_paused_is_no_error(stack: LocalStack) -> None:
    tree, step = list_tree(stack), find(stack, "pause")
    step.begin()
    for process in tree:
        process.kill()
    wait_until(lambda: not any(map(is_running, tree)))
    step.end()
    assert len(list_tree(stack)) == 4


def test_restarted_program_is_another_process(stack: LocalStack) -> None:
    tree = list_tree(stack)
    find(stack, "restart").begin()
    assert read_pid(stack, "server") != tree[0].pid
    wait_until(lambda: not any(map(is_running, tree)))


def test_program_that_does_not_start_again_is_told(stack: LocalStack) -> None:
    with pytest.raises(StampedeError, match=r"^broken did not start again: "):
        find(stack, "restart", "broken").begin()


@pytest.mark.parametrize("text", ["kill", "pause"])
def test_program_that_does_not_run_cannot_be_hit(stack: LocalStack, text: str) -> None:
    with pytest.raises(StampedeError, match=r"^broken did not run$"):
        find(stack, text, "broken").begin()


def test_unknown_program_is_refused_with_those_known(stack: LocalStack) -> None:
    with pytest.raises(StampedeError, match=r"runs no program 'cache' \(it runs broken, .*server\)") as refused:
        find(stack, "kill", "cache")
    assert "[faults.targets] of suite.toml" in str(refused.value)


def test_workers_of_a_killed_master_are_restarted(stack: LocalStack) -> None:
    names = ("server", f"{WORKER}-1", f"{WORKER}-2")
    before, master = [read_pid(stack, name) for name in names], read_pid(stack, MASTER)
    step = find(stack, "kill", MASTER)
    step.begin()
    wait_until(lambda: read_pid(stack, MASTER) != master)
    assert [read_pid(stack, name) for name in names] == before
    step.finish()
    server, *workers = [read_pid(stack, name) for name in names]
    assert server == before[0]
    assert not set(workers) & set(before)


def test_other_programs_need_no_end(stack: LocalStack) -> None:
    begun, before = time.monotonic(), read_pid(stack, f"{WORKER}-1")
    find(stack, "kill").finish()
    assert read_pid(stack, f"{WORKER}-1") == before
    assert time.monotonic() - begun < 30
