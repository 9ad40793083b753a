from stampede.crowd.latency import Latencies


def test_kind_is_the_method_unless_the_context_differs() -> None:
    latencies = Latencies()
    latencies.note("GET", "List", 1.26, None, 5.0, {})
    latencies.note("GET", "Report", 2.0, ValueError("broken"), 6.0, {"kind": "complex"})
    report = latencies.report()
    assert report["kinds"] == {"List": "GET", "Report": "complex"}
    assert report["latencies"] == {"List": [(12, 1)], "Report": [(20, 1)]}
    assert report["failures"] == {"Report": {"broken": 1}}
    assert report["first_at"] == 5.0
