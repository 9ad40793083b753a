"""The time axis of the page: users, requests and latencies by the second, with stages and faults marked on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb

from stampede.evidence.engine import engine, literal

SERIES = "series.parquet"
WIDTH, HEIGHT = 1000.0, 90.0  # of a lane, in the drawing's own units
ROWS = "select elapsed_s, phase, stage, faults, users, requests_per_s, failures_per_s, p95_ms from {} order by second"


@dataclass(frozen=True, slots=True)
class Moment:
    """One second of the load. `p95_ms` is null where no request ended."""

    elapsed_s: int
    phase: str
    stage: str
    faults: Sequence[str]
    users: int
    requests_per_s: int
    failures_per_s: int
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Span:
    """What lasted from one second to another: a phase, a stage or a fault."""

    text: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Lane:
    """Lines on one scale from 0 to `top`; each as an SVG path with its name."""

    title: str
    top: float
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that is drawn. `duration_s` is the length of the axis, `height` that of a lane."""

    duration_s: int
    height: float
    lanes: tuple[Lane, ...]
    phases: tuple[Span, ...]
    stages: tuple[Span, ...]
    faults: tuple[Span, ...]


def read_timeline(folder: Path) -> Timeline | None:
    """The timeline of a run's folder; none where it has no series, or none that can be read."""
    try:
        with engine() as connection:
            rows = connection.execute(ROWS.format(f"read_parquet({literal(folder / SERIES)})")).fetchall()
    except duckdb.Error:
        return None
    moments = [Moment(*row) for row in rows]
    return draw_timeline(moments) if moments else None


def draw_timeline(moments: Sequence[Moment]) -> Timeline:
    """Draw at least one moment."""
    duration_s = moments[-1].elapsed_s + 1
    texts = list(dict.fromkeys(fault for one in moments for fault in one.faults))
    return Timeline(
        duration_s,
        HEIGHT,
        (
            _draw_lane("users", moments, users=lambda one: one.users),
            _draw_lane(
                "requests/s", moments, requests=lambda one: one.requests_per_s, failed=lambda one: one.failures_per_s
            ),
            _draw_lane("p95 ms", moments, p95=lambda one: one.p95_ms),
        ),
        _find_spans(moments, lambda one: one.phase if one.phase != "steady" else ""),
        _find_spans(moments, lambda one: one.stage),
        tuple(span for text in texts for span in _find_fault(moments, text)),
    )


def _draw_lane(title: str, moments: Sequence[Moment], **lines: Callable[[Moment], float | None]) -> Lane:
    duration_s = moments[-1].elapsed_s + 1
    values = {name: [(one.elapsed_s, value(one)) for one in moments] for name, value in lines.items()}
    top = max((value for line in values.values() for _, value in line if value is not None), default=0) or 1
    return Lane(title, top, tuple((name, _draw_line(line, duration_s, top)) for name, line in values.items()))


def _draw_line(points: Sequence[tuple[int, float | None]], duration_s: int, top: float) -> str:
    """A path through the middle of each second; it is interrupted where a second is missing or has no value."""
    steps, last = [], None
    for second, value in points:
        if value is None:
            continue
        x, y = (second + 0.5) / duration_s * WIDTH, HEIGHT - value / top * HEIGHT
        steps.append(f"{'L' if last == second - 1 else 'M'}{x:.1f} {y:.1f}")
        last = second
    return " ".join(f"{step}h.1" if step[0] == "M" else step for step in steps)  # a single second is a dot


def _find_fault(moments: Sequence[Moment], text: str) -> tuple[Span, ...]:
    return _find_spans(moments, lambda one: text if text in one.faults else "")


def _find_spans(moments: Sequence[Moment], key: Callable[[Moment], str]) -> tuple[Span, ...]:
    """Neighbouring moments with the same text; those without one are left out."""
    duration_s = moments[-1].elapsed_s + 1
    spans: list[Span] = []
    for text, group in groupby(moments, key):
        seconds = [one.elapsed_s for one in group]
        if text:
            begin, end = (WIDTH * second / duration_s for second in (seconds[0], seconds[-1] + 1))
            spans.append(Span(text, begin, end - begin))
    return tuple(spans)
