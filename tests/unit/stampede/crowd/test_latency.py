from types import SimpleNamespace

from stampede.crowd.latency import Latencies
from stampede.crowd.phases import Phase


def note(latencies: Latencies, name: str, units: int, status: int = 200) -> None:
    latencies.note("GET", name, units / 10, None, 1.0, None, SimpleNamespace(status_code=status), 7)


def test_kind_is_the_method_unless_the_context_differs() -> None:
    latencies = Latencies()
    latencies.note("GET", "List", 1.26, None, 5.0, {})
    latencies.note("GET", "Report", 2.0, ValueError("broken"), 6.0, {"kind": "complex"})
    report = latencies.report()
    assert report["kinds"] == {"List": "GET", "Report": "complex"}
    (phase,) = report["phases"]
    assert phase["latencies"] == {"List": [(12, 1)], "Report": [(20, 1)]}
    assert phase["failures"] == {"Report": {"broken": 1}}
    assert report["first_at"] == 5.0


def test_request_counts_in_the_phase_of_its_end() -> None:
    latencies = Latencies()
    note(latencies, "Login", 500)
    latencies.enter(Phase("steady", 0))
    note(latencies, "List", 10)
    latencies.enter(Phase("steady", 0))  # told twice
    latencies.enter(Phase("tail", 0))
    phases = latencies.report()["phases"]
    assert [(one["part"], one["latencies"]) for one in phases] == [
        ("ramp", {"Login": [(500, 1)]}),
        ("steady", {"List": [(10, 1)]}),
        ("tail", {}),
    ]
    assert phases[0]["ended_at"] == phases[1]["began_at"] > 0


def test_statuses_are_counted_by_class() -> None:
    latencies = Latencies()
    for status in (200, 204, 503, 0):
        note(latencies, "List", 10, status)
    latencies.note("GET", "List", 1.0, None, 1.0, None)  # of a client without responses
    assert latencies.report()["phases"][0]["statuses"] == {"List": [(0, 2), (2, 2), (5, 1)]}


def test_second_holds_what_ended_in_it() -> None:
    latencies = Latencies()
    note(latencies, "List", 12345)
    note(latencies, "List", 12399)
    latencies.note_lag(0.25)
    latencies.note_lag(0.002)
    latencies.end_second(100, users=3)
    latencies.end_second(101, users=2)
    first, second = latencies.report()["seconds"]
    assert (first["second"], first["users"], first["bytes"], first["latencies"]) == (100, 3, 14, [(12300, 2)])
    assert (first["lag_ms"], second["lag_ms"]) == (250.0, 0.0)
    assert (second["users"], second["latencies"]) == (2, [])
