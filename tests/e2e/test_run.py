import re
import time

import psycopg2
import pytest

from tests.e2e.conftest import ANY_SPEED, RACE, SMALL_WORLD, Lab, interrupt


def test_race_alone_starts_runs_passes_and_leaves_nothing(lab: Lab) -> None:
    code, out, err = lab.call(*RACE, *SMALL_WORLD, *ANY_SPEED)
    assert code == 0, out + err
    assert "VERDICT  PASS" in out
    verdict = lab.verdict()
    assert verdict["verdict"] == "PASS"
    assert verdict["reasons"] == []
    assert verdict["strategies"] == {"LOCKING": "row_lock", "ANSWERS": "truthful"}
    assert min(lab.count("ok"), lab.count("refused")) > 100
    assert lab.count("unknown") == 0
    assert lab.count("ok", "read") > 0
    assert all(audit["outcome"] in ("pass", "unknown") for audit in verdict["audits"])
    assert all(check["population"] > 0 and check["outcome"] == "pass" for check in verdict["checks"])
    assert len(verdict["load"]["workers"]) == 2
    assert {row["kind"] for row in verdict["load"]["rows"]} == {"GET", "POST"}
    used = verdict["environment"]["usage"]["components"]
    assert all(used[name]["cpu_s"] > 0 and used[name]["memory_bytes"] > 10**6 for name in ("api", "redis", "locust"))
    assert lab.processes() == []
    names = {path.name for path in (lab.reports / "latest").iterdir()}
    assert names >= {"verdict.json", "report.txt", "report.md", "report.html", "junit.xml", "evidence"}
    assert names >= {"locust.html", "locust_requests.csv", "locust_failures.csv", "locust_stats_history.csv"}
    assert "series.parquet" in names
    evidence = {path.name for path in (lab.reports / "latest" / "evidence").iterdir()}
    parts = ("operations", "effects", "states", "frozen_before", "frozen_after")
    assert evidence == {"manifest.json", "findings.json", *(f"{part}.parquet" for part in parts)}


def test_verify_alone_starts_the_kept_database_only(lab: Lab) -> None:
    if not (lab.reports / "latest").exists():
        assert lab.call(*RACE, *SMALL_WORLD, *ANY_SPEED)[0] == 0
    code, out, err = lab.call("verify", "registration")
    assert code == 0, out + err
    assert "starting postgres" in err
    assert "starting api" not in err
    assert out.strip().splitlines()[-1] == "VERDICT  PASS  (registration PASS)"
    assert {check["outcome"] for check in lab.verdict()["checks"]} == {"pass"}
    assert lab.processes() == []


def test_no_locking_fails_and_names_the_oversold_courses(lab: Lab) -> None:
    code, out, _ = lab.call(*RACE, *SMALL_WORLD, LOCKING="none")
    assert code == 1, out
    verdict = lab.verdict()
    assert (verdict["verdict"], verdict["strategies"]["LOCKING"]) == ("FAIL", "none")
    oversold = next(check for check in verdict["checks"] if check["name"] == "enrolled_within_capacity")
    assert oversold["offenders"] > 0
    row = oversold["rows"][0]
    assert row["entity"] in out
    seats, taken = (int(re.findall(r"\d+", row[column])[0]) for column in ("expected", "actual"))
    assert taken > seats
    assert f"{taken - seats} too many" in row["detail"]


@pytest.mark.parametrize("plan", ["peak_registration", "reserve_queue_pressure"])
def test_every_other_scenario_passes(lab: Lab, plan: str) -> None:
    code, out, err = lab.call(
        "run", f"registration/{plan}", "--run-time", "5s", "--users", "30", "--only-threshold", "error_rate < 1%"
    )
    assert code == 0, out + err
    assert lab.verdict()["load"]["failures"] == 0


def test_missed_threshold_fails_although_the_answers_are_true(lab: Lab) -> None:
    code, out, _ = lab.call(*RACE, *SMALL_WORLD, "--only-threshold", "throughput > 1000000/s")
    assert code == 1, out
    assert [reason.split(":")[0] for reason in lab.reasons()] == ["threshold throughput > 1000000/s"]


def test_run_shorter_than_its_spawn_time_is_refused(lab: Lab) -> None:
    code, _, err = lab.call(*RACE, *SMALL_WORLD, "--spawn-rate", "2")
    assert code == 2, err
    assert "needs 30 s to start 60 users at 2/s, so its run time of 6s is too short" in err
    assert len(err.strip().splitlines()) == 1  # nothing was started
    assert lab.processes() == []


def test_killed_worker_is_unknown_and_says_why(lab: Lab) -> None:
    run = lab.start(*RACE[:2], "--run-time", "9s", "--users", "60", *SMALL_WORLD)
    lab.await_line(run, "load:")
    time.sleep(3)
    lab.find("locust", "--worker")[0].kill()
    out, _ = run.communicate(timeout=120)
    assert run.returncode == 2, out
    assert any("was lost during the run" in reason for reason in lab.reasons())
    assert lab.processes() == []


def test_database_stopped_in_mid_verification_is_unknown(up: Lab) -> None:
    holder = psycopg2.connect(up.database_url)
    # The checks wait for this lock, so the signal comes in between them for certain.
    holder.cursor().execute("lock table registration.events in access exclusive mode")
    verify = up.start("verify", "registration")
    up.await_line(verify, "verifying")
    time.sleep(1)
    up.find("postgres", "-D")[0].kill()
    out, _ = verify.communicate(timeout=60)
    holder.close()
    assert verify.returncode == 2, out
    assert up.verdict()["verdict"] == "UNKNOWN"
    assert "did not run" in out


def test_interrupt_stops_the_load_and_everything_that_was_started(lab: Lab) -> None:
    run = lab.start(*RACE[:2], "--run-time", "60s", "--users", "60", *SMALL_WORLD)
    lab.await_line(run, "load:")
    time.sleep(4)
    code, _ = interrupt(run)
    assert code == 130
    assert lab.processes() == []
    assert lab.verdict()["verdict"] == "UNKNOWN"
    assert lab.reasons()[0] == "interrupted"


def test_killed_referee_leaves_no_earlier_verdict(lab: Lab) -> None:
    before = (lab.reports / "latest").resolve().name
    run = lab.start(*RACE[:2], "--run-time", "60s", "--users", "60", *SMALL_WORLD)
    lab.await_line(run, "load:")
    time.sleep(2)
    run.kill()
    run.communicate(timeout=30)
    assert (lab.verdict()["verdict"], lab.verdict()["run"] != before) == ("UNKNOWN", True)
    assert lab.reasons()[0] == "the run has not ended: it was broken off"
    assert lab.call("report")[0] == 2
    assert lab.call("down")[0] == 0
    assert lab.processes() == []
