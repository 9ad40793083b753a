from locustfiles.utils.latency import Latencies


def test_kind_of_a_request_is_its_method_unless_its_context_says_another() -> None:
    latencies = Latencies()
    latencies.note("GET", "List", 1.26, None, 5.0, {})
    latencies.note("GET", "Report", 2.0, ValueError("broken"), 6.0, {"kind": "complex"})
    told = latencies.report()
    assert told["kinds"] == {"List": "GET", "Report": "complex"}
    assert told["latencies"] == {"List": [(12, 1)], "Report": [(20, 1)]}
    assert told["failures"] == {"Report": {"broken": 1}}


def test_next_run_starts_without_what_the_one_before_counted() -> None:
    latencies = Latencies()
    latencies.note("GET", "List", 1.0, None, 5.0)
    latencies.clear()
    told = latencies.report()
    assert (told["kinds"], told["latencies"], told["first_at"]) == ({}, {}, 0.0)
