from types import SimpleNamespace
from typing import Any

import gevent

from stampede.crowd.exchange import LOCAL, Master
from stampede.crowd.options import Options
from stampede.crowd.roster import Part
from tests.unit.stampede.crowd.conftest import Crowd, Start, answer


def master_of(crowd: Crowd) -> Master:
    listener: Any = crowd.environment.runner.custom_messages["stampede_piece"][0]  # type: ignore[union-attr]
    master = listener.__self__
    assert isinstance(master, Master)
    return master


def send(crowd: Crowd, kind: str, **data: Any) -> None:
    message: Any = SimpleNamespace(node_id=LOCAL, data=data)
    crowd.environment.runner.custom_messages[kind][0](environment=crowd.environment, msg=message)  # type: ignore[union-attr]


def test_history_is_handed_over_at_the_end(start: Start) -> None:
    crowd = start(answer(200, "{}"))
    crowd.user.visit("GET", "/", "Page")
    crowd.environment.events.test_stop.fire(environment=crowd.environment)
    shown = master_of(crowd).show_run()
    report = shown["reports"][LOCAL]
    assert (shown["run_id"], shown["workers"]) == ("run", {LOCAL: 0})
    assert (report["complete"], report["operations"], report["offset_s"], report["error_s"]) == (True, 0, 0.0, 0.0)
    assert report["kinds"] == {"Page": "GET"}


def test_messages_of_another_run_change_nothing(start: Start) -> None:
    crowd = start(answer(200, "{}"))
    master, run = master_of(crowd), crowd.generator.run
    send(crowd, "stampede_piece", run_id="earlier", piece=b"x")
    send(crowd, "stampede_report", run_id="earlier", pieces=1, damage=None)
    send(crowd, "stampede_end", run_id="earlier")
    send(crowd, "stampede_release", run_id="earlier", wave={"number": 1, "target": 0, "repetition": 0})
    gevent.sleep(0.1)
    assert (master.reports, master.history(LOCAL).exists()) == ({}, False)
    assert run is not None
    assert not run.finished


def test_missing_piece_makes_a_history_incomplete(start: Start) -> None:
    crowd = start(answer(200, "{}"))
    send(crowd, "stampede_piece", run_id="run", piece=b"x")
    send(crowd, "stampede_report", run_id="run", pieces=2, damage=None)
    assert master_of(crowd).reports[LOCAL]["complete"] is False


def test_unwritten_history_is_incomplete(start: Start) -> None:
    crowd = start(answer(200, "{}"))
    send(crowd, "stampede_report", run_id="run", pieces=0, damage="disk full")
    assert master_of(crowd).reports[LOCAL]["complete"] is False


def test_same_part_twice_keeps_the_run(start: Start) -> None:
    crowd = start(answer(200, "{}"))
    run = crowd.generator.run
    crowd.generator.start(Part("run", 0, 1, 99), Options())
    assert crowd.generator.run is run


def test_next_run_begins_afresh(start: Start) -> None:
    crowd = start(answer(200, "{}"))
    crowd.user.visit("GET", "/", "Page")
    crowd.generator.start(Part("next", 0, 1, 1), Options())
    run = crowd.generator.run
    assert run is not None
    assert (run.part.run_id, run.latencies.report()["kinds"]) == ("next", {})


def test_shared_thing_is_read_once_per_run(start: Start) -> None:
    run = start(answer(200, "{}")).generator.run
    assert run is not None
    answers = iter([[], [1], [2]])
    assert [run.share("targets", lambda: next(answers)) for _ in range(3)] == [[], [1], [1]]
