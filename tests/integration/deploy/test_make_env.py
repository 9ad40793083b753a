"""The script that makes .env, in a folder of its own."""

import shutil
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values

from tests import ROOT

PASSWORDS = ("POSTGRES_PASSWORD", "POSTGRES_API_PASSWORD", "POSTGRES_REFEREE_PASSWORD", "REDIS_PASSWORD")
# The lines of a version with one role.
OLDER = """POSTGRES_PASSWORD=kept
export REDIS_PASSWORD=kept
JWT_SECRET=kept
COMPOSE_PROJECT_NAME=mine
REPORTS_OWNER=1:1
POSTGRES_PORT=9000
DATABASE_URL=postgresql://stampede:${POSTGRES_PASSWORD}@127.0.0.1:${POSTGRES_PORT}/stampede
OURS=stays"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "make-env.sh", tmp_path / "deploy")
    shutil.copy(ROOT / ".env.example", tmp_path)
    return tmp_path


def make(folder: Path) -> dict[str, str | None]:
    """The variables after a run of the script; the variables of this process are none of them."""
    subprocess.run(["sh", "deploy/make-env.sh"], cwd=folder, env={"PATH": "/usr/bin:/bin"}, check=True)
    return dotenv_values(folder / ".env")


def test_every_secret_is_generated(folder: Path) -> None:
    made = make(folder)
    secrets = [made[name] for name in (*PASSWORDS, "JWT_SECRET")]
    assert all(secret and len(secret) == 64 for secret in secrets)
    assert len(set(secrets)) == len(secrets)
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600


def test_complete_file_is_left_alone(folder: Path) -> None:
    made = make(folder)
    before = (folder / ".env").stat()
    assert make(folder) == made
    assert (folder / ".env").stat() == before


def test_older_file_is_completed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PASSWORDS, "POSTGRES_PORT"):
        monkeypatch.delenv(name, raising=False)
    (folder / ".env").write_text(OLDER)
    made = make(folder)
    assert (folder / ".env").read_text().startswith(f"{OLDER}\n")
    password = made["POSTGRES_API_PASSWORD"]
    assert password
    assert made["API_DATABASE_URL"] == f"postgresql://api:{password}@127.0.0.1:9000/stampede"
    assert made["DATABASE_URL"] == "postgresql://stampede:kept@127.0.0.1:9000/stampede"
    assert made.keys() >= dotenv_values(folder / ".env.example").keys()
    assert (made["OURS"], made["REDIS_PASSWORD"]) == ("stays", "kept")


def test_completed_file_is_left_alone(folder: Path) -> None:
    (folder / ".env").write_text(OLDER)
    make(folder)
    before = (folder / ".env").read_text()
    make(folder)
    assert (folder / ".env").read_text() == before
