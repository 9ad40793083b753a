import json

import pytest

from stampede.lab.comparison import Comparison, describe_comparison, render_markdown
from stampede.lab.peer import Peer
from stampede.lab.plot import render_page, render_png
from stampede.lab.runs import Run
from stampede.suite.model import Guard

LOCK = Guard("row_lock", right=("row_lock", "atomic"), wrong=("none",))


def run(strategy: str, verdict: str = "PASS", speed: float = 100.0, delay_ms: float = 0, **anomalies: int) -> Run:
    return Run(strategy, delay_ms, verdict, (), speed, (5, 9), None, 0.5, None, None, anomalies)


@pytest.fixture
def comparison() -> Comparison:
    runs = (run("row_lock", speed=600), run("row_lock", speed=800), run("atomic", speed=900))
    wrong = (run("none", "FAIL", 50, lost=2, seats=1),)
    slow = (run("row_lock", speed=70, delay_ms=5), run("atomic", speed=90, delay_ms=5))
    peers = (Peer("row_lock", 4, 900), Peer("row_lock", 8, 1000), Peer("atomic", 4, 1800))
    return Comparison(LOCK, "shop/rush", ("--guard", "LOCK"), (*runs, *wrong, *slow), peers, "2 cores")


def test_command_can_be_typed_again(comparison: Comparison) -> None:
    assert render_markdown(comparison).startswith("`stampede compare shop/rush --guard LOCK`; 2 cores\n")


def test_strategy_is_compared_with_its_transaction(comparison: Comparison) -> None:
    table = render_markdown(comparison)
    assert "| row_lock | 700 | 0.70 | 5 / 9 ms |  | 0.50 |  |  | none | 2 PASS |" in table
    assert "| atomic | 900 | 0.50 |" in table


def test_others_are_compared_with_the_default(comparison: Comparison) -> None:
    assert "| none (wrong) | 50 | 0.05 |" in render_markdown(comparison)
    assert "| 2: lost, seats | 1 FAIL |" in render_markdown(comparison)


def test_sweep_has_a_column_per_delay(comparison: Comparison) -> None:
    lines = render_markdown(comparison).splitlines()
    assert "| row_lock | 700 | 70 |" in lines
    assert "| atomic | 900 | 90 |" in lines
    assert not any(line.startswith("| none | ") for line in lines)  # wrong ones are not slowed


def test_comparison_without_a_peer_has_no_ratio(comparison: Comparison) -> None:
    alone = Comparison(LOCK, "shop/rush", (), comparison.runs, (), "2 cores")
    assert "| row_lock | 700 |  | 5 / 9 ms |" in render_markdown(alone)
    assert render_png(alone).startswith(b"\x89PNG")


def test_peers_are_told_per_transaction(comparison: Comparison) -> None:
    expected = "transaction of `row_lock`, per second and clients (median of 1 rounds): 900 with 4, 1,000 with 8."
    assert expected in render_markdown(comparison)


def test_comparison_is_described_in_json(comparison: Comparison) -> None:
    described = json.loads(json.dumps(describe_comparison(comparison)))
    assert described["guard"]["wrong"] == ["none"]
    assert described["runs"][0]["accepted_per_s"] == 600
    assert described["peers"][0] == {"script": "row_lock", "clients": 4, "per_s": 900}


def test_page_holds_picture_and_table(comparison: Comparison) -> None:
    png = render_png(comparison)
    assert png.startswith(b"\x89PNG")
    page = render_page(comparison, png)
    assert "<td>row_lock<td>700<td>0.70" in page
    assert "data:image/png;base64,iVBOR" in page
