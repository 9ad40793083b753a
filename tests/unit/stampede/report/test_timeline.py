from dataclasses import replace
from pathlib import Path

from stampede.evidence.engine import engine, write_parquet
from stampede.report.files import render_html
from stampede.report.timeline import HEIGHT, SERIES, WIDTH, Lane, Moment, Span, draw_timeline, read_timeline
from stampede.suite.fault import Injection
from tests.unit.stampede.report.test_files import made

BUSY = Moment(0, "steady", "", (), users=10, requests_per_s=100, failures_per_s=0, p95_ms=50.0)


def make_moments(count: int) -> list[Moment]:
    return [replace(BUSY, elapsed_s=second) for second in range(count)]


def find_lane(moments: list[Moment], title: str) -> Lane:
    return next(lane for lane in draw_timeline(moments).lanes if lane.title == title)


def test_highest_value_touches_the_top_and_zero_the_bottom() -> None:
    lane = find_lane([BUSY, replace(BUSY, elapsed_s=1, requests_per_s=50, failures_per_s=50)], "requests/s")
    assert lane.top == 100
    quarter = WIDTH / 4
    assert dict(lane.lines) == {
        "requests": f"M{quarter:.1f} 0.0h.1 L{3 * quarter:.1f} {HEIGHT / 2:.1f}",
        "failed": f"M{quarter:.1f} {HEIGHT:.1f}h.1 L{3 * quarter:.1f} {HEIGHT / 2:.1f}",
    }


def test_line_is_interrupted_where_no_request_ended() -> None:
    moments = make_moments(4)
    moments[1] = replace(moments[1], p95_ms=None)
    ((_, path),) = find_lane(moments, "p95 ms").lines
    assert [step[0] for step in path.split()[::2]] == ["M", "M", "L"]


def test_line_is_interrupted_where_a_second_is_missing() -> None:
    moments = make_moments(4)
    ((_, path),) = find_lane([*moments[:1], *moments[2:]], "users").lines
    assert path.count("M") == 2


def test_neighbouring_seconds_of_a_fault_are_one_span() -> None:
    moments = make_moments(10)
    for second in (2, 3, 7):
        moments[second] = replace(moments[second], faults=("kill api",))
    assert draw_timeline(moments).faults == (Span("kill api", 200, 200), Span("kill api", 700, 100))


def test_overlapping_faults_have_spans_of_their_own() -> None:
    moments = make_moments(4)
    moments[1] = replace(moments[1], faults=("kill api", "pause postgres"))
    moments[2] = replace(moments[2], faults=("pause postgres",))
    assert draw_timeline(moments).faults == (Span("kill api", 250, 250), Span("pause postgres", 250, 500))


def test_ramp_and_tail_are_marked_and_the_steady_part_is_not() -> None:
    moments = [
        replace(one, phase=phase)
        for one, phase in zip(make_moments(4), ("ramp", "steady", "steady", "tail"), strict=True)
    ]
    assert draw_timeline(moments).phases == (Span("ramp", 0, 250), Span("tail", 750, 250))


def test_stages_are_marked_where_the_plan_has_some() -> None:
    moments = [
        replace(one, stage=stage) for one, stage in zip(make_moments(4), ("low", "low", "high", "high"), strict=True)
    ]
    assert draw_timeline(moments).stages == (Span("low", 0, 500), Span("high", 500, 500))
    assert draw_timeline(make_moments(4)).stages == ()


def test_run_without_series_has_no_timeline(tmp_path: Path) -> None:
    assert read_timeline(tmp_path) is None


def test_damaged_series_costs_the_timeline_alone(tmp_path: Path) -> None:
    (tmp_path / SERIES).write_bytes(b"no parquet")
    assert read_timeline(tmp_path) is None


def test_timeline_is_read_from_the_series(tmp_path: Path) -> None:
    query = """select 5 as second, 0 as elapsed_s, 'steady' as phase, '' as stage, ['kill api'] as faults, 10 as users,
        100 as requests_per_s, 0 as failures_per_s, null::double as p95_ms"""
    with engine() as connection:
        write_parquet(connection, query, tmp_path / SERIES)
    timeline = read_timeline(tmp_path)
    assert timeline is not None
    assert (timeline.duration_s, timeline.faults) == (1, (Span("kill api", 0, WIDTH),))


def test_page_numbers_the_marks_as_the_table_of_faults() -> None:
    moments = make_moments(4)
    moments[1] = replace(moments[1], faults=("pause postgres",))
    faults = (Injection("kill api"), Injection("pause postgres", ((1.0, 1.9),)))
    page = render_html(made(faults=faults), draw_timeline(moments))
    assert '<g class="fault"><title>pause postgres</title><rect x="250.0" width="250.0"' in page
    assert page.count('class="fault"') == 1
    assert '<text x="250.0" y="-30">2</text>' in page
    assert '<td class="number">2<td>pause postgres<td>' in page
