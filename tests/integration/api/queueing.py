"""A system of the tests that has jobs, which write lines into a file.

`python -m tests.integration.api.queueing worker` is `python -m api.worker` with these jobs; `scheduler` likewise.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from procrastinate import Blueprint, JobContext

from api import queue, scheduler, worker
from api.queue import BACK_OFF
from api.storage.session import Query
from tests import ROOT
from tests.conftest import Database, Lab, target_environment, wait_until

EVERY_SECOND = "* * * * * */1"
JOBS = Blueprint()


def write(path: str, line: str) -> None:
    with Path(path).open("a") as file:
        file.write(f"{line}\n")


@JOBS.task(name="wait", retry=BACK_OFF)
async def wait(path: str, delay_s: float) -> None:
    write(path, "began")
    await asyncio.sleep(delay_s)
    write(path, "ended")


@JOBS.task(name="fail", retry=BACK_OFF)
async def fail(path: str) -> None:
    write(path, str(time.time()))
    raise RuntimeError


@JOBS.task(name="look", pass_context=True)
async def look(context: JobContext, path: str) -> None:
    database = context.additional_context["database"]
    settings = context.additional_context["settings"]
    (row,) = await database.fetch(Query("select current_user::text as role"))
    write(path, f"{row['role']} {settings.password_cost}")


@JOBS.periodic(cron=EVERY_SECOND)
@JOBS.task(name="tick")
async def tick(timestamp: int) -> None: ...


ENQUEUE = """
select jobs.procrastinate_defer_jobs_v1(
    array[row('default', :name, 0, null, null, cast(:arguments as jsonb), null)::jobs.procrastinate_job_to_defer_v1]
)
"""
LIST_JOBS = "select task_name, status::text, attempts from jobs.procrastinate_jobs order by id"


@dataclass(frozen=True)
class Queue:
    """The queue of one database."""

    database: Database

    def enqueue(self, name: str, **arguments: object) -> None:
        with self.database.engine.begin() as connection:
            connection.execute(sa.text(ENQUEUE), {"name": f"test:{name}", "arguments": json.dumps(arguments)})

    def jobs(self) -> list[tuple[str, str, int]]:
        """Name, status and number of attempts of each."""
        with self.database.engine.connect() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(sa.text(LIST_JOBS))]

    def read(self, query: str) -> Any:
        with self.database.engine.connect() as connection:
            return connection.execute(sa.text(query)).scalar()


class Process:
    """A worker or a scheduler."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process = process
        self._log = log

    def says(self, sentence: str) -> bool:
        return sentence in self._log.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit code."""
        self._process.send_signal(number)
        return self._process.wait(30)


@contextmanager
def running(lab: Lab, database: Database, folder: Path, *command: str) -> Iterator[Process]:
    """The process of `python -m COMMAND`, once it is connected."""
    environment = target_environment(lab.settings, DATABASE_URL=lab.settings.url_of("api", database.name))
    log = folder / "process.log"
    with log.open("w") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, cwd=ROOT, stdout=output, stderr=output, text=True
        )
    connected = f"select count(*) from pg_stat_activity where datname = '{database.name}' and usename = 'api'"
    try:
        wait_until(lambda: started.poll() is not None or Queue(database).read(connected) > 0)
        assert started.poll() is None, log.read_text()
        yield Process(started, log)
    finally:
        started.kill()
        started.wait()


if __name__ == "__main__":
    queue.CONNECT_TIMEOUT_S = 1.0
    module = {"worker": worker, "scheduler": scheduler}[sys.argv[1]]
    module.find_jobs = lambda: {"test": JOBS}  # type: ignore[attr-defined]  # what it imports
    module.main()
