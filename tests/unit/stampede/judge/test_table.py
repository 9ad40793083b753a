from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.judge.table import TARGETS, Table, describe_measured, evaluate_table, read_table
from stampede.suite.thresholds import parse_threshold

HEADER = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
)
TIMES = "100,1.5,1.0,777.25,90,60.0,0.0,100,120,140,150,200,{p95},600,700,780,780,780"
ROWS = (
    "POST,Create Order [PENDING],900,0," + TIMES.format(p95=300),
    "POST,Create Order [sold_out],100,9," + TIMES.format(p95=480),
    "GET,List Products,1000,1," + TIMES.format(p95=30),
    "GET,Never Sent,0,0,0,0,0,0,0,0,0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A",
    ",Aggregated,2000,10," + TIMES.format(p95=490),
)


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "results_stats.csv"
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return read_table(write(tmp_path, *ROWS))


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("p95 < 500ms", "pass"),
        ("p95 < 485ms", "fail"),
        ("p95 < 480ms", "fail"),
        ("p95 < 490ms", "unknown"),
        ("p95 < 494ms", "unknown"),
        ("p97 < 700ms", "pass"),
        ("p97 < 550ms", "unknown"),
        ("p97 < 400ms", "fail"),
        ("p10 < 200ms", "pass"),
        ("p10 < 99ms", "unknown"),
        ("average < 2ms", "pass"),
        ("max < 777.25ms", "fail"),
        ("max <= 777.25ms", "pass"),
        ("error_rate < 1%", "pass"),
        ("failures <= 10", "pass"),
        ("paid < 5/s", "unknown"),
        ("sold_out < 60/s", "fail"),
        ("sold_out <= 60/s", "pass"),
        ("Create Order: PENDING > 59/s", "pass"),
        ("List Products: failures <= 0.06/s", "pass"),
        ("List Products: failures < 0.06/s", "fail"),
        ("longest <= 777.25ms", "pass"),
        ("failures <= 9", "fail"),
        ("Create Order: failures <= 9", "pass"),
        ("List Products: requests > 1000", "fail"),
        ("error_rate < 0.5%", "fail"),
        ("throughput > 59/s", "pass"),
        ("Create Order: error_rate < 1%", "pass"),
        ("Create Order [sold_out]: error_rate < 1%", "fail"),
        ("Create Order: p95 < 500ms", "pass"),
        ("Create Order: p95 < 400ms", "unknown"),
        ("GET: p95 < 40ms", "pass"),
        ("GET: throughput > 50/s", "pass"),
        ("sold_out > 0", "pass"),
        ("sold_out <= 10", "fail"),
        ("Create Order: PENDING > 899", "pass"),
        ("sold_uot <= 10", "unknown"),
        ("Never Sent: p95 < 1ms", "unknown"),
        ("Pay Order: p95 < 1s", "unknown"),
    ],
)
def test_threshold_is_held_against_its_rows(table: Table, text: str, outcome: str) -> None:
    assert evaluate_table(parse_threshold(text), table).outcome == outcome


def test_documents_targets_are_the_default(table: Table) -> None:
    results = [evaluate_table(parse_threshold(text), table) for text in TARGETS]
    assert [(one.metric, one.outcome) for one in results] == [
        ("p95", "pass"),
        ("error_rate", "pass"),
        ("throughput", "fail"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("p95 < 500ms", "490 ms, rounded: 485.0 to 495.0 ms"),
        ("p97 < 500ms", "rounded: 485.0 to 605.0 ms"),
        ("throughput > 1/s", "60.0 /s"),
        ("sold_out > 0", "100"),
        ("Pay: p95 < 1s", "nothing measured"),
    ],
)
def test_rounding_is_told(table: Table, text: str, told: str) -> None:
    assert describe_measured(parse_threshold(text), table) == told


@pytest.mark.parametrize(
    ("rows", "header", "told"),
    [
        (ROWS, "Method,Name", "is no stats CSV of Locust"),
        (("GET,List,many,0",), HEADER, "is no stats CSV of Locust"),
        (ROWS[:1], HEADER, "has no line Aggregated"),
        ((), HEADER, "has no line Aggregated"),
    ],
)
def test_other_file_is_refused(tmp_path: Path, rows: tuple[str, ...], header: str, told: str) -> None:
    with pytest.raises(StampedeError, match=told):
        read_table(write(tmp_path, *rows, header=header))


def test_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="cannot be read"):
        read_table(tmp_path / "nothing.csv")
    (tmp_path / "results.csv").write_bytes(b"\xff\x00\xfe")
    with pytest.raises(StampedeError, match="is no stats CSV"):
        read_table(tmp_path / "results.csv")
