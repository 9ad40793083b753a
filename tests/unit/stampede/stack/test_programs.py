from pathlib import Path

import pytest

from stampede.stack.programs import MASTER, WORKER, commands, supervisor_config
from stampede.suite.model import Database, Program, Stack
from tests.unit.stampede.builders import make_suite


@pytest.mark.parametrize(
    ("bind", "near"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("10.0.0.5", "10.0.0.5")],  # noqa: S104  # read, not bound
)
def test_own_workers_reach_the_master_wherever_it_is_bound(tmp_path: Path, bind: str, near: str) -> None:
    (tmp_path / "users.py").touch()
    found = commands(make_suite(tmp_path, settings={"locust_master_bind": bind, "locustfile": Path("users.py")}))
    assert found[MASTER][found[MASTER].index("--master-bind-host") + 1] == bind
    worker = found[f"{WORKER}-1"]
    assert worker[worker.index("--master-host") + 1] == near


@pytest.mark.parametrize(
    ("own", "slowed", "told"),
    [
        ("", False, "postgresql://reads@127.0.0.1:9132/shop"),
        ("postgresql://sells@127.0.0.1:9132/shop", False, "postgresql://sells@127.0.0.1:9132/shop"),
        ("postgresql://sells@127.0.0.1:9132/shop", True, "postgresql://sells@127.0.0.1:9133/shop"),
    ],
    ids=["the suite's", "its own", "its own, slowed"],
)
def test_program_gets_its_database_url(tmp_path: Path, own: str, slowed: bool, told: str) -> None:
    (tmp_path / "users.py").touch()
    ports = {"postgres_port": 9132, "database_proxy_port": 9133, "database_proxy": True}
    program = Program(("shop",), "tcp 127.0.0.1:1", database_url=own, slowed_database=slowed)
    suite = make_suite(
        tmp_path,
        settings={**ports, "locustfile": Path("users.py")},
        database=Database("postgresql://reads@127.0.0.1:9132/shop", owner_url="postgresql://owns@127.0.0.1:9132/shop"),
        stack=Stack(programs={"shop": program}),
    )
    config = supervisor_config(suite, tmp_path / "socket")
    assert [line for line in config.splitlines() if "DATABASE_URL" in line] == [f'environment=DATABASE_URL="{told}"']
