import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from stampede.errors import StampedeError
from stampede.settings import Settings
from stampede.stack import postgres, unprivileged
from stampede.stack.local import LocalStack
from stampede.suite.model import Suite, Target
from stampede.suite.state import claim_state
from tests import ROOT
from tests.conftest import Program, make_postgres_settings

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="other users start Postgres as themselves")
ANOTHER_DAEMON = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a stack whose state and programs lie in a folder that only root may enter."""
    monkeypatch.setattr(unprivileged, "HOME", Path(f"/var/lib/stampede-test-{os.getpid()}"))
    tmp_path.chmod(0o700)
    settings = make_postgres_settings(tmp_path / "state")
    installed = postgres.find_postgres(settings)
    package = next(folder for folder in installed.parents if folder.name == unprivileged.PACKAGE)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    yield settings.model_copy(update={"postgres_bin": tmp_path / installed.relative_to(package.parent)})
    shutil.rmtree(unprivileged.HOME, ignore_errors=True)


def start(settings: Settings) -> Program:
    server = f"postgresql://{postgres.USER}:{settings.postgres_password}@127.0.0.1:{settings.postgres_port}"

    def answers() -> bool:
        try:
            psycopg2.connect(f"{server}/postgres", connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    claim_state(settings.state, ROOT)
    postgres.prepare(settings)
    command = postgres.command(settings, ROOT / "deploy" / "postgresql.conf")
    logs = settings.state / "logs"
    logs.mkdir(exist_ok=True)
    started = Program(command, dict(os.environ), logs / "postgres.log")
    started.wait_ready(answers)
    return started


def find_server(settings: Settings) -> psutil.Process:
    mark = postgres.state_mark(settings)
    # With attributes, a process that has just ended gives None instead of an error.
    found = psutil.process_iter(["cmdline", "ppid"])
    return next(one for one in found if mark in (one.info["cmdline"] or ()) and one.info["ppid"] == os.getpid())


def test_postgres_starts_from_closed_folder(closed: Settings) -> None:
    server = start(closed)
    try:
        process = find_server(closed)
        assert process.uids().real == unprivileged.USER_ID
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert [line.split()[1] for line in status.splitlines() if line.startswith(("CapPrm", "CapEff"))] == [
            "0" * 16
        ] * 2
    finally:
        server.stop()


def test_other_daemons_cannot_read_the_data(closed: Settings) -> None:
    server = start(closed)
    try:
        data = postgres.find_data(closed)
        denied = subprocess.run([*ANOTHER_DAEMON, "ls", data], capture_output=True, text=True, check=False)
        assert "Permission denied" in denied.stderr
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        root = f"/proc/{find_server(closed).pid}/cwd/PG_VERSION"
        assert subprocess.run([*ANOTHER_DAEMON, "cat", root], capture_output=True, check=False).returncode != 0
        assert not (data.parent / "postgres-password").exists()
    finally:
        server.stop()


def test_delete_finds_server_and_leaves_nothing(closed: Settings) -> None:
    server = start(closed)
    stack = LocalStack(Suite(ROOT, closed, Target("http://127.0.0.1:1")))
    assert stack.has_data()
    stack.delete()
    server.stop()
    assert not stack.has_data()
    assert not postgres.find_data(closed).parent.exists()
    assert not closed.state.exists()


def test_kept_data_outlive_a_second_start(closed: Settings) -> None:
    start(closed).stop()
    made = (postgres.find_data(closed) / "PG_VERSION").stat().st_mtime_ns
    start(closed).stop()
    assert (postgres.find_data(closed) / "PG_VERSION").stat().st_mtime_ns == made


def test_new_folder_of_a_deleted_one_starts_afresh(closed: Settings) -> None:
    start(closed).stop()
    shutil.rmtree(closed.state)
    start(closed.model_copy(update={"postgres_password": "another"})).stop()


def test_strict_umask_does_not_close_the_copy(closed: Settings) -> None:
    before = os.umask(0o077)
    try:
        start(closed).stop()
    finally:
        os.umask(before)


def test_closed_programs_of_no_wheel_are_an_error(closed: Settings, tmp_path: Path) -> None:
    assert closed.postgres_bin is not None
    shutil.copytree(closed.postgres_bin, tmp_path / "bin")
    foreign = closed.model_copy(update={"postgres_bin": tmp_path / "bin"})
    with pytest.raises(StampedeError, match="POSTGRES_BIN"):
        postgres.prepare(foreign)
