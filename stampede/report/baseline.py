"""The baseline and the bands of a run as the rows of every rendering."""

from collections.abc import Iterator

from stampede.judge.baseline import Difference
from stampede.judge.findings import Findings

HEADER = ("request", "p50 ms", "p95 ms", "p99 ms", "requests/s")
FIGURES = (("P50", 1), ("P95", 1), ("P99", 1), ("RPS", 1))


def list_differences(findings: Findings) -> list[tuple[str, ...]]:
    """Each entry of the baseline: its name, then each figure with its difference, like `12.0 (+20 %)`."""
    return [(one.name, *_compare(one)) for one in findings.baseline]


def _compare(difference: Difference) -> Iterator[str]:
    for name, digits in FIGURES:
        expected = getattr(difference.expected, name)
        if difference.actual is None:
            yield f"not sent ({expected:,.{digits}f})"
            continue
        actual = getattr(difference.actual, name)
        share = f"{100 * (actual - expected) / expected:+,.0f} %" if expected else f"was {expected:,.{digits}f}"
        yield f"{actual:,.{digits}f} ({share})"
