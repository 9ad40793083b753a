from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.suite.state import MARK, claim_state, delete_state


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "suite.toml").touch()
    return folder


def test_new_folder_is_marked_and_deleted_whole(suite: Path) -> None:
    state = suite / ".stampede"
    claim_state(state, suite)
    (state / "logs").mkdir()
    (state / "logs" / "api.log").touch()
    assert delete_state(state) == []
    assert not state.exists()


def test_what_others_made_is_left(suite: Path) -> None:
    state = suite / ".stampede"
    claim_state(state, suite)
    (state / "thesis.txt").touch()
    assert delete_state(state) == ["thesis.txt"]


def test_folder_whose_entries_only_look_like_ours_is_refused(suite: Path) -> None:
    (suite / "data" / "postgres").mkdir(parents=True)
    with pytest.raises(StampedeError, match="name a folder of its own"):
        claim_state(suite / "data", suite)


@pytest.mark.parametrize("place", [".", "..", "docs"])
def test_folder_with_other_files_is_refused(suite: Path, place: str) -> None:
    (suite / "docs").mkdir()
    (suite / "docs" / "thesis.txt").touch()
    with pytest.raises(StampedeError, match="name a folder of its own"):
        claim_state(suite / place, suite)
    assert (suite / "docs" / "thesis.txt").exists()


def test_empty_suite_folder_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="STATE names"):
        claim_state(tmp_path, tmp_path)


def test_folder_without_mark_is_not_deleted(suite: Path) -> None:
    (suite / "logs").mkdir()
    with pytest.raises(StampedeError, match="nothing was deleted"):
        delete_state(suite)
    assert (suite / "logs").exists()


def test_folder_of_an_earlier_version_is_claimed(suite: Path) -> None:
    state = suite / ".stampede"
    state.mkdir()
    (state / "redis.conf").touch()
    (state / "supervisor.conf").write_text(f"pidfile={state}/supervisor.pid\n")
    claim_state(state, suite)
    assert (state / MARK).exists()
