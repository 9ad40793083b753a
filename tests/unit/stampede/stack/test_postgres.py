from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.stack.postgres import hide_password, prepare_database, read_options, run_program
from stampede.suite.model import Stack
from tests.unit.stampede.builders import make_suite


def test_password_leaves_the_command_line() -> None:
    url, environment = hide_password("postgresql://me:a%40b@host:5432/shop?sslmode=require")
    assert url == "postgresql://me@host:5432/shop?sslmode=require"
    assert environment == {"PGPASSWORD": "a@b"}


def test_url_without_password_stays() -> None:
    assert hide_password("postgresql://me@host/shop") == ("postgresql://me@host/shop", {})


def test_failing_pg_config_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "postgresql.conf").touch()
    with pytest.raises(StampedeError, match="pg_config could not be started"):
        read_options(tmp_path, tmp_path / "postgresql.conf")


def test_endless_program_is_killed() -> None:
    with pytest.raises(StampedeError, match=r"sleep 60 did not end within 0\.2 s and was killed"):
        run_program(["sleep", "60"], timeout_s=0.2)


def test_failing_program_tells_why() -> None:
    with pytest.raises(StampedeError, match="exit 3 failed: no space left"):
        run_program(["sh", "-c", "echo no space left >&2; exit 3"])


def test_prepare_command_gets_the_owners_url(tmp_path: Path) -> None:
    stack = Stack(postgres_prepare=("sh", "-c", "echo $DATABASE_URL > prepared"))
    prepare_database(make_suite(tmp_path, stack=stack), "postgresql://owner@host/shop")
    assert (tmp_path / "prepared").read_text() == "postgresql://owner@host/shop\n"


def test_suite_without_prepare_command_needs_none(tmp_path: Path) -> None:
    prepare_database(make_suite(tmp_path), "postgresql://owner@host/shop")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("sh", "-c", "echo one >&2; echo no such role >&2; exit 2"), ": no such role"),
        (("sh", "-c", "exit 3"), ": exit code 3"),
        (("no-such-program",), "no-such-program could not be started: No such file or directory"),
    ],
)
def test_failed_prepare_command_is_one_sentence(tmp_path: Path, command: tuple[str, ...], told: str) -> None:
    with pytest.raises(StampedeError, match=told):
        prepare_database(make_suite(tmp_path, stack=Stack(postgres_prepare=command)), "postgresql://owner@host/shop")


def test_endless_prepare_command_is_killed(tmp_path: Path) -> None:
    stack = Stack(postgres_prepare=("sleep", "60"), postgres_prepare_timeout=0.2)
    with pytest.raises(StampedeError, match=r"sleep did not end within 0\.2 s and was killed: \[stack\] postgres_prep"):
        prepare_database(make_suite(tmp_path, stack=stack), "postgresql://owner@host/shop")
