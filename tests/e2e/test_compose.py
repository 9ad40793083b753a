"""Whole runs on a real engine, by the make targets that a user types."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import psycopg2
import pytest
import requests

from tests import ROOT
from tests.conftest import free_port
from tests.e2e.compose import ANY_SPEED, LIMIT_BYTES, OURS, SECRETS, SMALL, Compose, engine_answers

pytestmark = pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers: COMPOSE WAS NOT TESTED")


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    made = Compose(tmp_path_factory.mktemp("compose"))
    try:
        yield made
    finally:
        made.make("reset", "--yes")
        images = made.docker("image", "ls", "--quiet", "--filter", f"reference={made.project}*").split()
        made.docker("image", "rm", "--force", *set(images))


@pytest.fixture(scope="module")
def up(idle: Compose) -> Compose:
    """The stack, up; a test that breaks a part brings it up again."""
    code, _, err = idle.make("up")
    assert code == 0, err
    return idle


def test_missing_secret_fails_at_once(idle: Compose) -> None:
    environment = {name: value for name, value in idle.environment.items() if name not in SECRETS}
    command = ["docker", "compose", "--env-file", "/dev/null", "up"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "run make up once" in done.stderr
    assert idle.left("container") == []


def test_race_alone_starts_runs_passes_and_stops_what_it_started(idle: Compose) -> None:
    code, out, err = idle.make("race-test", f"--run-time 6s {SMALL} {ANY_SPEED}")
    assert code == 0, out + err
    assert "VERDICT  PASS" in out
    assert idle.left("container") == []
    owner = (idle.reports / "latest" / "verdict.json").stat().st_uid
    assert owner == os.getuid()
    code, out, err = idle.make("verify-db")
    assert code == 0, out + err
    assert "VERDICT  PASS  (" in out.strip().splitlines()[-1]
    assert idle.left("container") == []
    assert idle.left("network") == []


def test_only_api_and_web_ui_are_published_and_only_on_loopback(up: Compose) -> None:
    found = [json.loads(up.docker("inspect", name))[0] for name in up.left("container")]
    published = [
        port
        for container in found
        for ports in container["NetworkSettings"]["Ports"].values()
        if ports
        for port in ports
    ]
    assert {port["HostIp"] for port in published} == {"127.0.0.1"}
    assert {port["HostPort"] for port in published} == {up.ports["API_PORT"], up.ports["WEB_PORT"]}


def test_ports_profile_publishes_database_and_redis(up: Compose) -> None:
    code, _, err = up.make("up", COMPOSE_PROFILES="ports")
    assert code == 0, err
    password = up.environment["POSTGRES_PASSWORD"]
    psycopg2.connect(
        f"postgresql://stampede:{password}@127.0.0.1:{up.ports['POSTGRES_PORT']}/stampede", connect_timeout=5
    ).close()
    up.compose("rm", "--stop", "--force", "ports")


SIGNED_IN = "select distinct usename from pg_stat_activity where application_name = 'stampede-api'"


def test_target_signs_in_as_api(up: Compose) -> None:
    command = ("psql", "--username=stampede", "--tuples-only", f"--command={SIGNED_IN}", "stampede")
    assert up.compose("exec", "--no-TTY", "db", *command).split() == ["api"]
    told = up.docker("inspect", *up.containers("api"))
    assert up.environment["POSTGRES_API_PASSWORD"] in told
    assert up.environment["POSTGRES_PASSWORD"] not in told


def test_our_containers_are_neither_root_nor_writable(up: Compose) -> None:
    for service in ("api", "worker", "scheduler", "locust-master", "locust-worker"):
        found = json.loads(up.docker("inspect", *up.containers(service)))
        for container in found:
            assert container["Config"]["User"] == "stampede"
            assert container["HostConfig"]["ReadonlyRootfs"]
            assert container["HostConfig"]["CapDrop"] == ["ALL"]


def test_images_are_small_and_hold_no_secret(up: Compose) -> None:
    for name in OURS:
        image = f"{up.project}-{name}"
        sizes = up.docker("run", "--rm", "--network=none", "--entrypoint=du", image, "-s", "-k", "/venv", "/lab")
        assert sum(int(line.split()[0]) for line in sizes.splitlines()) * 1024 < LIMIT_BYTES
        files = up.docker("run", "--rm", "--network=none", "--entrypoint=find", image, "/lab", "-name", ".env*")
        assert files == ""
        told = up.docker("image", "history", "--no-trunc", image) + up.docker("image", "inspect", image)
        assert not any(up.environment[secret] in told for secret in SECRETS)


def test_taken_port_is_named_with_the_variable_that_changes_it(idle: Compose) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        other = {"COMPOSE_PROJECT_NAME": f"{idle.project}-taken", "WEB_PORT": str(free_port())}
        code, _, err = idle.make("up", API_PORT=port, **other)
        idle.make("reset", "--yes", **other)
    assert code == 2
    assert f"Port {port} is in use; stop what uses it or choose another with API_PORT." in err


def test_interrupt_while_starting_leaves_nothing(idle: Compose) -> None:
    project = f"{idle.project}-broken-off"
    other = {"COMPOSE_PROJECT_NAME": project, "WEB_PORT": str(free_port()), "API_PORT": str(free_port())}
    run = idle.start("race-test", f"--run-time 60s {SMALL}", **other)
    assert run.stderr is not None
    assert any("starting the containers" in line for line in run.stderr)
    time.sleep(2)
    os.killpg(run.pid, signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode != 0
    assert idle.left("container", project) == []
    idle.make("reset", "--yes", **other)


def test_race_passes_and_shows_in_the_web_ui(up: Compose) -> None:
    code, out, err = up.make("race-test", f"--run-time 6s {SMALL} {ANY_SPEED}")
    assert code == 0, out + err
    sent = up.verdict()["load"]["requests"]
    assert sent > 0
    up.await_shown(sent)
    assert up.verdict()["environment"]["target"]["packages"].keys() == {"fastapi", "uvicorn", "psycopg"}
    assert up.verdict()["environment"]["target"]["servers"].keys() == {"Redis"}
    assert 0 < up.verdict()["environment"]["limits"]["memory_bytes"] <= (2 + 0.25 + 4 * 1) * 2**30
    used = up.verdict()["environment"]["usage"]["components"]
    assert used.keys() == {"api", "database", "redis", "locust"}
    assert all(part["cpu_s"] > 0 and part["memory_bytes"] > 10**6 for part in used.values())


def test_figures_of_a_run_become_a_baseline(up: Compose) -> None:
    kept = ROOT / "baselines" / f"{up.project}.json"
    try:
        code, out, err = up.make("baseline", f"--file baselines/{kept.name}")
        assert code == 0, out + err
        assert out.splitlines()[-1] == f"Written: baselines/{kept.name}"
        entries = json.loads(kept.read_text())
        assert {row["name"] for row in up.verdict()["load"]["rows"]} == set(entries)
        assert all(entry["P95"] > 0 for entry in entries.values())
        assert kept.stat().st_uid == os.getuid()
    finally:
        kept.unlink(missing_ok=True)


def test_thresholds_judge_a_file_of_the_host(up: Compose) -> None:
    csv = str(up.reports / "latest" / "locust_requests.csv")
    code, out, err = up.make("thresholds", '--threshold "error_rate <= 100%"', CSV=csv)
    assert code == 0, out + err
    assert "VERDICT  PASS" in out
    code, out, err = up.make("thresholds", '--threshold "throughput > 100000000/s"', CSV=csv)
    assert code == 2, out + err
    assert "VERDICT  FAIL" in out
    assert "none.csv cannot be read" in up.make("thresholds", CSV="none.csv")[2]


def test_last_items_of_the_other_system_are_sold_once(up: Compose) -> None:
    code, out, err = up.make("last-item-test", f"--run-time 6s --world products=300 {ANY_SPEED}")
    assert code == 0, out + err
    verdict = up.verdict()
    assert (verdict["system"], verdict["verdict"]) == ("inventory", "PASS")
    assert up.count("ok") > 50


def test_no_locking_fails_and_names_the_oversold_courses(up: Compose) -> None:
    code, out, err = up.make("race-test", f"--run-time 6s {SMALL} {ANY_SPEED}", LOCKING="none")
    assert code == 2, out + err
    verdict = up.verdict()
    assert (verdict["verdict"], verdict["strategies"]["LOCKING"]) == ("FAIL", "none")
    oversold = next(check for check in verdict["checks"] if check["name"] == "enrolled_within_capacity")
    assert oversold["rows"][0]["entity"] in out
    assert "too many" in oversold["rows"][0]["detail"]


def test_killed_worker_is_unknown_and_says_why(up: Compose) -> None:
    run = up.start("race-test", f"--run-time 12s {SMALL}")
    up.await_load(run)
    up.docker("kill", up.containers("locust-worker")[0])
    out, _ = run.communicate(timeout=120)
    assert run.returncode == 2, out
    verdict = up.verdict()
    assert verdict["verdict"] == "UNKNOWN"
    assert any("was lost during the run" in reason["text"] for reason in verdict["reasons"])
    assert up.make("up")[0] == 0


def test_database_killed_in_mid_run_loses_nothing(up: Compose) -> None:
    run = up.start("race-test", f"--run-time 12s {SMALL}")
    up.await_load(run)
    time.sleep(2)
    up.compose("kill", "--signal", "KILL", "db")
    time.sleep(1)
    up.compose("start", "db")
    out, err = run.communicate(timeout=120)
    verdict = up.verdict()
    retried = sum(row["requests"] for row in verdict["load"]["rows"] if row["name"].endswith("[retried]"))
    assert retried + up.count("unknown") > 0, out  # the outage was noticed
    assert up.count("ok") > 0
    assert not [audit["name"] for audit in verdict["audits"] if audit["outcome"] == "fail"], out + err
    assert {check["outcome"] for check in verdict["checks"]} == {"pass"}, out


def test_second_run_is_refused_and_leaves_the_first_alone(up: Compose) -> None:
    first = up.start("race-test", f"--run-time 8s {SMALL} {ANY_SPEED}")
    up.await_load(first)
    for target, arguments in (("race-test", SMALL), ("up", "")):
        code, _, err = up.make(target, arguments, LOCKING="none")
        assert code != 0
        assert "Another run or verification is under way" in err
    out, err = first.communicate(timeout=120)
    assert first.returncode == 0, out + err


def test_faults_are_survived(up: Compose) -> None:
    code, out, err = up.make("run", ANY_SPEED, PLAN="inventory/faults")
    assert code == 0, out + err
    assert all(fault["spans"] for fault in up.verdict()["faults"])


def test_interrupt_stops_the_load_and_leaves_the_stack_up(up: Compose) -> None:
    run = up.start("race-test", f"--run-time 60s {SMALL}")
    up.await_load(run)
    os.killpg(run.pid, signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode != 0
    assert up.verdict()["verdict"] == "UNKNOWN"
    assert up.containers("referee") == []
    assert up.containers("api") != []
    url = f"http://127.0.0.1:{up.ports['WEB_PORT']}/stats/requests"
    deadline = time.monotonic() + 20
    while requests.get(url, timeout=5).json()["user_count"]:
        assert time.monotonic() < deadline, "the load goes on"
        time.sleep(0.5)


def test_four_workers_take_part(up: Compose) -> None:
    code, _, err = up.make("up", WORKERS="4")
    assert code == 0, err
    code, out, err = up.make("race-test", f"--run-time 6s {SMALL} {ANY_SPEED}", WORKERS="4")
    assert code == 0, out + err
    assert len(up.verdict()["load"]["workers"]) == 4


def test_every_program_stops_by_itself(up: Compose) -> None:
    names = [name for name in up.left("container") if name not in up.compose("ps", "--all", "--quiet", "seed").split()]
    up.compose("stop")
    found = {one["Name"]: one["State"]["ExitCode"] for one in json.loads(up.docker("inspect", *names))}
    killed = 128 + signal.SIGKILL
    assert killed not in found.values(), found
    assert "database system is shut down" in up.compose("logs", "--tail", "1", "db")


def test_down_leaves_the_data_and_reset_nothing(up: Compose) -> None:
    assert up.make("down")[0] == 0
    assert up.left("container") == []
    assert up.left("network") == []
    assert len(up.left("volume")) == 1
    assert up.make("reset")[0] != 0
    assert len(up.left("volume")) == 1
    assert up.make("reset", "--yes")[0] == 0
    assert up.left("volume") == []
