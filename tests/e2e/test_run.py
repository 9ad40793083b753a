import re
import time

import psycopg2
import pytest

from tests.e2e.conftest import RACE, SMALL_WORLD, Lab, interrupt


def test_race_alone_starts_runs_passes_and_leaves_nothing(lab: Lab) -> None:
    code, out, err = lab.call(*RACE, *SMALL_WORLD)
    assert code == 0, out + err
    assert "VERDICT  PASS" in out
    verdict = lab.verdict()
    assert verdict["verdict"] == "PASS"
    assert verdict["reasons"] == []
    assert verdict["audit"]["ok"] > 100
    assert verdict["audit"]["operations"] == verdict["audit"]["ok"] + verdict["audit"]["fail"]
    assert all(check["population"] > 0 and check["outcome"] == "pass" for check in verdict["checks"])
    assert len(verdict["load"]["workers"]) == 2
    assert {row["kind"] for row in verdict["load"]["rows"]} == {"GET", "POST"}
    used = verdict["environment"]["usage"]["components"]
    assert all(used[name]["cpu_s"] > 0 and used[name]["memory_bytes"] > 10**6 for name in ("api", "redis", "locust"))
    assert lab.processes() == []
    names = {path.name for path in (lab.reports / "latest").iterdir()}
    assert names >= {"verdict.json", "report.txt", "report.md", "report.html", "junit.xml", "history.jsonl.gz"}
    assert names >= {"locust.html", "locust_requests.csv", "locust_failures.csv"}


def test_verify_alone_starts_the_kept_database_only(lab: Lab) -> None:
    code, out, _ = lab.call(*RACE, *SMALL_WORLD)
    assert code == 0, out
    code, out, err = lab.call("verify", "registration")
    assert code == 0, out + err
    assert "starting postgres" in err
    assert "starting api" not in err
    assert lab.verdict()["audit"]["unattributed"] > 0
    assert lab.processes() == []


def test_no_locking_fails_and_names_the_oversold_courses(lab: Lab) -> None:
    code, out, _ = lab.call(*RACE, *SMALL_WORLD, LOCKING="none")
    assert code == 1, out
    verdict = lab.verdict()
    assert (verdict["verdict"], verdict["locking"]) == ("FAIL", "none")
    oversold = next(check for check in verdict["checks"] if check["name"] == "enrolled_within_capacity")
    assert oversold["offenders"] > 0
    row = oversold["rows"][0]
    assert row["entity"] in out
    seats, taken = (int(re.findall(r"\d+", row[column])[0]) for column in ("expected", "actual"))
    assert taken > seats
    assert f"{taken - seats} too many" in row["detail"]


@pytest.mark.parametrize("plan", ["peak_registration", "reserve_queue_pressure", "drop_auto_promotion"])
def test_every_other_scenario_passes(lab: Lab, plan: str) -> None:
    code, out, err = lab.call(
        "run", f"registration/{plan}", "--run-time", "5s", "--users", "30", "--threshold", "error_rate < 1%"
    )
    assert code == 0, out + err
    assert lab.verdict()["load"]["failures"] == 0


def test_missed_threshold_fails_although_the_answers_are_true(lab: Lab) -> None:
    code, out, _ = lab.call(*RACE, *SMALL_WORLD, "--threshold", "throughput > 1000000/s")
    assert code == 1, out
    assert [reason["text"].split(":")[0] for reason in lab.verdict()["reasons"]] == ["threshold throughput > 1000000/s"]


def test_crowd_that_never_was_complete_is_unknown(lab: Lab) -> None:
    code, out, _ = lab.call(*RACE, *SMALL_WORLD, "--spawn-rate", "2")
    assert code == 2, out
    assert any("of 60 users were ever running" in reason["text"] for reason in lab.verdict()["reasons"])


def test_killed_worker_is_unknown_and_says_why(lab: Lab) -> None:
    run = lab.start(*RACE[:2], "--run-time", "12s", "--users", "60", *SMALL_WORLD)
    lab.await_line(run, "load:")
    time.sleep(5)
    lab.find("locust", "--worker")[0].kill()
    out, _ = run.communicate(timeout=120)
    assert run.returncode == 2, out
    assert any("was lost in mid-run" in reason["text"] for reason in lab.verdict()["reasons"])
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
