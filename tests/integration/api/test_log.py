import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
import requests
import sqlalchemy as sa

from api.storage.database import Database
from api.storage.session import Query
from stampede.stack import postgres
from tests.conftest import Lab, running_lab, wait_until
from tests.integration.api.conftest import REQUEST_TIMEOUT_S, Campus

HOLD_COURSE = "select from registration.courses where id = :id for update"
WRITERS = 8
LOAD_S = 0.5


@pytest.fixture(scope="module")
def fragile() -> Iterator[Lab]:
    """A stack of this module's own, whose servers may be killed."""
    with running_lab() as lab:
        yield lab


def log_of(lab: Lab, url: str) -> Path:
    name = "api" if url == lab.api_url else f"api-{url.rpartition(':')[2]}"
    return lab.settings.state / f"{name}.log"


def logged(lab: Lab, url: str, request_id: str) -> dict[str, Any]:
    """The one line that the target logged of a request; it is written when the answer has left."""

    def find() -> list[dict[str, Any]]:
        text = log_of(lab, url).read_text()
        assert not any(secret in text for secret in (lab.settings.password, lab.settings.jwt_secret))
        return [json.loads(line) for line in text.splitlines() if f'"request_id": "{request_id}"' in line]

    wait_until(lambda: find() != [])
    (line,) = find()
    return line


def test_fast_answers_have_ids_and_no_log(lab: Lab, campus: Campus) -> None:
    paths = ("/semesters/", "/nowhere", "/semesters/not-an-id/courses", "/openapi.json", "/docs")
    ids = [campus.get(path).headers["X-Request-Id"] for path in paths]
    assert len(set(ids)) == len(paths)
    text = log_of(lab, lab.api_url).read_text()
    assert not any(one in text for one in ids)


def test_slow_answer_tells_where_its_time_went(lab: Lab) -> None:
    with lab.target(REQUEST_TIMEOUT_S="1", API_WORKERS="1", SLOW_REQUEST_S="0.5") as url:
        campus = Campus(lab, url)
        course, students = campus.course(), campus.students(2)
        with lab.engine.begin() as holder, ThreadPoolExecutor(2) as threads:
            holder.execute(sa.text(HOLD_COURSE), {"id": course})
            answers = list(threads.map(lambda student: student.register(course), students))
        lines = [logged(lab, url, answer.headers["X-Request-Id"]) for answer in answers]
    assert {line["code"] for line in lines} == {"database_busy"}
    assert max(line["stages_s"].get("database", 0) for line in lines) > 0.5
    assert max(line["stages_s"].get("row", 0) for line in lines) > 0.4  # half of its time


def test_stopped_server_is_named_as_the_cause(fragile: Lab) -> None:
    campus = Campus(fragile, fragile.api_url)
    fragile.stop("postgres")
    try:
        answer = requests.get(f"{campus.url}/semesters/", headers={"X-Request-Id": "mine-1"}, timeout=REQUEST_TIMEOUT_S)
    finally:
        fragile.start("postgres")
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (503, "mine-1")
    line = logged(fragile, fragile.api_url, "mine-1")
    assert (line["code"], line["route"]) == ("database_unavailable", "/registration/semesters/")
    assert any("refused" in cause.lower() for cause in line["cause"])


def postmaster(lab: Lab) -> int:
    return int((postgres.find_data(lab.settings.postgres) / "postmaster.pid").read_text().split()[0])


@pytest.mark.parametrize("locking", ["row_lock", "atomic", "batched"])
def test_killed_postgres_is_a_503_never_a_500(fragile: Lab, locking: str) -> None:
    with fragile.target(LOCKING=locking, REQUEST_TIMEOUT_S="2") as url:
        campus = Campus(fragile, url)
        courses, students = [campus.course(capacity=1000) for _ in range(2)], campus.students(WRITERS)
        ended = Event()

        def write(number: int) -> set[int]:
            course, seen = courses[number % 2], set()
            while not ended.is_set():
                seen |= {students[number].register(course).status_code, campus.get("/semesters/").status_code}
                seen.add(students[number].drop(course).status_code)
            return seen

        with ThreadPoolExecutor(WRITERS) as threads:
            writers = [threads.submit(write, number) for number in range(WRITERS)]
            try:
                time.sleep(LOAD_S)
                os.kill(postmaster(fragile), signal.SIGKILL)
                time.sleep(LOAD_S)
                fragile.stop("postgres")
                fragile.start("postgres")
                time.sleep(LOAD_S)
            finally:
                ended.set()
            statuses = set[int]().union(*(writer.result() for writer in writers))
    assert 503 in statuses
    assert 500 not in statuses


def test_argument_of_a_wrong_type_is_our_mistake(lab: Lab) -> None:
    async def work() -> None:
        database = Database(lab.settings.url_of("api"), 2, 8)
        for arguments in (("no number",), (1, 2)):
            with pytest.raises(psycopg.Error):
                await database.fetch(Query("select $1::integer", arguments))
        await database.ping()
        await database.close()

    asyncio.run(work())
