import pytest

from stampede.faults.recovery import await_recovery
from stampede.suite.model import Database, Target
from tests.unit.stampede.builders import make_suite
from tests.unit.stampede.pages import page_server


def test_ready_target_is_back() -> None:
    with page_server() as server:
        server.pages["/"] = "{}"
        assert await_recovery(make_suite(target=Target(server.url))) == []


def test_what_stays_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stampede.faults.recovery.TIMEOUT_S", 0.1)
    told = await_recovery(make_suite(database=Database("postgresql://127.0.0.1:1/x")))
    assert [sentence.partition(" was")[0] for sentence in told] == ["the database", "the target"]
