import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import redis
import sqlalchemy as sa

from seed.registration import OPEN_SEMESTER, SEEDER, World, count_rows, plan_courses
from seed.world import WorldError, make_world
from tests import ROOT
from tests.conftest import Database, Lab, wait_until

SMALL = World(students=30, courses=4, capacity=(3, 5), reserve_limit=2, registrations=18, password_cost=4)
# Without what tells of the moment of seeding, and without the salt.
CONTENTS = (
    "select id, student_number, full_name from registration.students order by id",
    "select id, name, registration_end - registration_start from registration.semesters order by registration_start",
    "select id, semester_id, course_name, professor, schedule, max_capacity, reserve_limit, enrolled_count, "
    "reserved_count, version from registration.courses order by id",
    "select course_id, student_id, status, reserve_position from registration.course_registrations order by 1, 2",
    "select id, course_id, student_id, version, action, status, reserve_position, op_id, seeded "
    "from registration.events order by course_id, version",
)


def rows(database: Database, query: str, **values: object) -> list[tuple[Any, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query), values)]


def contents(database: Database) -> list[list[tuple[Any, ...]]]:
    return [rows(database, query) for query in CONTENTS]


def execute(database: Database, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text(statement))


def run_seed(
    database: Database | None, folder: Path, *options: str, system: str = "registration"
) -> subprocess.CompletedProcess[str]:
    # In a folder without a .env, so that only what stands here counts.
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    ours = {"PYTHONPATH": str(ROOT), "PASSWORD_COST": "4"} | ({"DATABASE_URL": database.url} if database else {})
    size = {"registration": ("--students", "5", "--courses", "2")}.get(system, ())
    command = [sys.executable, "-m", "seed", system, *size, *options]
    return subprocess.run(command, env=kept | ours, cwd=folder, capture_output=True, text=True, check=False)


def assert_one_sentence(result: subprocess.CompletedProcess[str], *words: str) -> None:
    said = " ".join(result.stderr.split())
    assert result.returncode == 2, said
    assert "Traceback" not in said
    for word in words:
        assert word in said


def test_same_seed_gives_the_same_rows(empty_database: Database) -> None:
    make_world(empty_database.engine, SEEDER, 7, SMALL)
    first = contents(empty_database)
    make_world(empty_database.engine, SEEDER, 7, SMALL, reset=True)
    assert contents(empty_database) == first
    assert all(first)


def test_other_seed_gives_other_rows(empty_database: Database) -> None:
    make_world(empty_database.engine, SEEDER, 7, SMALL)
    students, _, courses, *_ = contents(empty_database)
    make_world(empty_database.engine, SEEDER, 8, SMALL, reset=True)
    other_students, _, other_courses, *_ = contents(empty_database)
    assert {name for _, _, name in students} != {name for _, _, name in other_students}
    assert {course[0] for course in courses}.isdisjoint(course[0] for course in other_courses)


def test_world_has_the_students_of_the_contract_and_ours(empty_database: Database) -> None:
    make_world(empty_database.engine, SEEDER, 1, SMALL)
    numbers = {number for (number,) in rows(empty_database, "select student_number from registration.students")}
    contract = {f"STU{n}" for n in range(10000, 11000)} | {f"STU{n:03}" for n in range(1, 11)}
    assert numbers == contract | {f"TEST{n}" for n in range(100000, 100030)}
    hashes = rows(empty_database, "select distinct password_hash from registration.students")
    assert all(bcrypt.checkpw(b"test123", password_hash.encode()) for (password_hash,) in hashes)


def test_world_has_one_open_semester_among_closed_ones(empty_database: Database) -> None:
    make_world(empty_database.engine, SEEDER, 1, SMALL)
    now = datetime.now(UTC)
    semesters = rows(
        empty_database, "select name, registration_start, registration_end from registration.semesters order by 2 desc"
    )
    opened = [name for name, start, end in semesters if start <= now <= end]
    assert opened == ["Testing Open Window"]
    assert semesters[0][0] == "Testing Open Window"
    assert len(semesters) == 9
    assert all(end < now for _, _, end in semesters[1:])


def test_world_has_the_courses_of_the_contract_and_ours(empty_database: Database) -> None:
    make_world(empty_database.engine, SEEDER, 1, SMALL)
    query = """
        select course_name, max_capacity, reserve_limit, s.name = 'Testing Open Window'
        from registration.courses c join registration.semesters s on s.id = c.semester_id
        order by course_name
    """
    courses = rows(empty_database, query)
    opened = [course[:3] for course in courses if course[3]]
    assert opened[0] == ("Concurrent Systems", 2, 2)
    assert {("Concurrent Systems", 2, 2), ("Distributed Systems", 40, 10)} < set(opened)
    assert sorted(limits[1:] for limits in opened if "Systems" not in limits[0]) == [(3, 2)] * 2 + [(5, 2)] * 2
    closed = [course for course in courses if not course[3]]
    assert len(closed) == 16
    assert all(35 <= seats <= 60 and places == 10 for _, seats, places, _ in closed)


@pytest.mark.parametrize("seed", range(5))
def test_contract_course_comes_first_by_name(seed: int) -> None:
    opened = [course.name for course in plan_courses(seed, World(courses=300)) if course.semester == OPEN_SEMESTER]
    assert min(opened) == "Concurrent Systems"
    assert len(set(opened)) == 302


def test_bulk_registrations_agree_with_counters_and_events(empty_database: Database) -> None:
    make_world(empty_database.engine, SEEDER, 1, SMALL)
    query = """
        select c.max_capacity, c.reserve_limit, c.enrolled_count, c.reserved_count, c.version,
               count(*) filter (where r.status = 'ENROLLED'),
               coalesce(array_agg(r.reserve_position order by r.reserve_position)
                        filter (where r.status = 'RESERVED'), '{}'),
               (select coalesce(array_agg(e.version order by e.version), '{}')
                from registration.events e where e.course_id = c.id)
        from registration.courses c left join registration.course_registrations r on r.course_id = c.id
        group by c.id
    """
    for seats, places, enrolled, reserved, version, seated, queue, versions in rows(empty_database, query):
        assert (enrolled, reserved) == (seated, len(queue))
        assert seated <= seats
        assert queue == list(range(1, len(queue) + 1))
        assert len(queue) <= places
        assert not queue or seated == seats
        assert versions == list(range(1, version + 1))
        assert version == seated + len(queue)
    ((total,),) = rows(empty_database, "select count(*) from registration.course_registrations")
    assert total == SMALL.registrations


def test_bulk_events_tell_what_the_rows_hold(empty_database: Database) -> None:
    make_world(empty_database.engine, SEEDER, 1, SMALL)
    query = """
        select r.status, r.reserve_position, e.status, e.reserve_position, e.action, e.seeded, e.op_id
        from registration.course_registrations r
        full join registration.events e using (course_id, student_id)
    """
    for status, position, told_status, told_position, action, seeded, op_id in rows(empty_database, query):
        assert (told_status, told_position) == (status, position)
        assert (action, seeded, op_id) == ("register", True, None)
    twice = "select from registration.course_registrations group by course_id, student_id having count(*) > 1"
    assert rows(empty_database, twice) == []


def test_more_registrations_than_places_are_refused(empty_database: Database) -> None:
    with pytest.raises(ValueError, match="hold 24"):
        make_world(empty_database.engine, SEEDER, 1, World(30, 4, (3, 5), 2, 25, 4))


def test_progress_counts_every_row_once(empty_database: Database) -> None:
    advanced: list[int] = []
    make_world(empty_database.engine, SEEDER, 1, SMALL, advance=advanced.append)
    assert sum(advanced) == count_rows(SMALL)


def test_schema_after_seeding_is_that_of_the_file(database: Database) -> None:
    query = """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'registration'::regnamespace
        union all
        select tablename, indexname, indexdef from pg_indexes where schemaname = 'registration'
        order by 1, 2
    """
    declared = rows(database, query)
    make_world(database.engine, SEEDER, 1, SMALL, reset=True)
    assert rows(database, query) == declared


def test_world_that_exists_is_kept_without_reset(empty_database: Database) -> None:
    make_world(empty_database.engine, SEEDER, 7, SMALL)
    before = contents(empty_database)
    with pytest.raises(WorldError, match="--reset"):
        make_world(empty_database.engine, SEEDER, 8, SMALL)
    assert contents(empty_database) == before


@pytest.mark.parametrize("table", ["public.invoices", "registration.students", "billing.invoices"])
@pytest.mark.parametrize("reset", [False, True])
def test_database_with_a_strangers_table_is_refused_unless_named(
    empty_database: Database, table: str, reset: bool
) -> None:
    execute(empty_database, f"create schema if not exists {table.partition('.')[0]}")
    execute(empty_database, f"create table {table} as select 42 as precious")
    for named in (None, "another"):
        with pytest.raises(WorldError, match=f"{table}.*--force-database {empty_database.name}"):
            make_world(empty_database.engine, SEEDER, 1, SMALL, reset=reset, named_database=named)
    assert rows(empty_database, f"select precious from {table}") == [(42,)]
    make_world(empty_database.engine, SEEDER, 1, SMALL, reset=reset, named_database=empty_database.name)
    ((count,),) = rows(empty_database, "select count(*) from registration.courses")
    assert count == 22


def test_named_database_loses_only_the_systems_own_schema(empty_database: Database) -> None:
    execute(empty_database, "create table public.invoices as select 42 as precious")
    make_world(empty_database.engine, SEEDER, 1, SMALL, named_database=empty_database.name)
    assert rows(empty_database, "select precious from public.invoices") == [(42,)]


class InterruptionError(Exception):
    pass


@pytest.mark.parametrize("after", [0, 1000, 1040, 1075, 1085], ids=lambda count: f"after {count} rows")
def test_interrupted_seeding_is_not_ready_and_can_be_reset(empty_database: Database, after: int) -> None:
    seen: list[int] = []

    def advance(more: int) -> None:
        seen.append(more)
        if sum(seen) > after:
            raise InterruptionError

    # The driver cancels its COPY and tells of our exception in its own.
    with pytest.raises(WorldError, match=InterruptionError.__name__):
        make_world(empty_database.engine, SEEDER, 1, SMALL, advance=advance)
    assert rows(empty_database, "select ready from stampede.worlds") == [(False,)]
    with pytest.raises(WorldError, match="--reset"):
        make_world(empty_database.engine, SEEDER, 1, SMALL)
    make_world(empty_database.engine, SEEDER, 1, SMALL, reset=True)
    assert rows(empty_database, "select seed, ready from stampede.worlds") == [(1, True)]


BREAK_COPY = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and query like 'copy registration.course_registrations %'
"""


def test_command_that_loses_the_database_says_so_and_can_be_reset(empty_database: Database, tmp_path: Path) -> None:
    large = ("--students", "2000", "--courses", "200", "--capacity", "2000", "--registrations", "400000")
    with ThreadPoolExecutor(1) as thread:
        seeding = thread.submit(run_seed, empty_database, tmp_path, *large)
        wait_until(lambda: seeding.done() or rows(empty_database, BREAK_COPY) != [])
    assert rows(empty_database, "select ready from stampede.worlds") == [(False,)]
    assert run_seed(empty_database, tmp_path, "--reset").returncode == 0
    assert_one_sentence(seeding.result(), "The database")


def test_seeding_forgets_what_the_target_cached_and_nothing_else(lab: Lab, empty_database: Database) -> None:
    with redis.Redis.from_url(lab.settings.redis_url) as client:
        client.mset({"registration:courses:old": "old", "elsewhere:x": "kept"})
        make_world(empty_database.engine, SEEDER, 1, SMALL, redis_url=lab.settings.redis_url)
        assert client.mget(["registration:courses:old", "elsewhere:x"]) == [None, b"kept"]


def test_command_makes_a_world_and_resets_it_on_demand(empty_database: Database, tmp_path: Path) -> None:
    assert run_seed(empty_database, tmp_path, "--seed", "3").returncode == 0
    assert_one_sentence(run_seed(empty_database, tmp_path), "seed 3", "--reset")
    assert run_seed(empty_database, tmp_path, "--seed", "4", "--reset").returncode == 0
    assert rows(empty_database, "select seed, ready from stampede.worlds") == [(4, True)]


def test_command_refuses_a_strangers_database_until_it_is_named(empty_database: Database, tmp_path: Path) -> None:
    execute(empty_database, "create table public.invoices as select 42 as precious")
    assert_one_sentence(run_seed(empty_database, tmp_path, "--reset"), "public.invoices", empty_database.name)
    assert run_seed(empty_database, tmp_path, "--force-database", empty_database.name).returncode == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--registrations", "1000000"), ("1000000 registrations do not fit",)),
        (("--capacity", "ten"), ("--capacity", "not a list of numbers")),
        (("--capacity", "10,0"), ("--capacity", "each number is at least 1")),
        (("--students", "0"), ("--students",)),
    ],
    ids=lambda value: " ".join(value),
)
def test_command_says_what_does_not_fit(
    empty_database: Database, tmp_path: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert_one_sentence(run_seed(empty_database, tmp_path, *options), *words)


def test_command_without_a_database_says_which_variable_is_missing(tmp_path: Path) -> None:
    assert_one_sentence(run_seed(None, tmp_path), "DATABASE_URL is not set")


@pytest.mark.parametrize(
    ("url", "word"),
    [
        pytest.param("postgresql://nobody:x@127.0.0.1:1/none", "did not answer", id="nobody listens"),
        pytest.param("nonsense", "not a URL", id="no URL"),
    ],
)
def test_command_without_a_reachable_database_says_so(lab: Lab, tmp_path: Path, url: str, word: str) -> None:
    assert_one_sentence(run_seed(Database("none", url, lab.engine), tmp_path), word)


def test_two_programs_make_a_world_one_after_the_other(database: Database) -> None:
    make_world(database.engine, SEEDER, 1, SMALL, reset=True)
    expected = contents(database)
    with ThreadPoolExecutor(2) as pool:
        makers = [pool.submit(make_world, database.engine, SEEDER, 1, SMALL, reset=True) for _ in range(2)]
        for maker in makers:
            maker.result()
    assert contents(database)[:2] == expected[:2]


def test_failed_maker_keeps_no_other_waiting(database: Database) -> None:
    make_world(database.engine, SEEDER, 1, SMALL, reset=True)
    with pytest.raises(WorldError, match="already holds"):
        make_world(database.engine, SEEDER, 1, SMALL)
    make_world(database.engine, SEEDER, 1, SMALL, reset=True)
