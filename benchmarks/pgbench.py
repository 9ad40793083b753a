"""`python -m benchmarks.pgbench --seconds N`: the target's own transactions, run by pgbench on the same server."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psycopg2

from benchmarks import ROOT
from benchmarks.world import replace_world
from seed.registration import SEEDER, World
from stampede.errors import StampedeError
from stampede.lab.peer import Peer
from stampede.lab.verification import run_all_checks
from stampede.stack.postgres import find_postgres, hide_password
from stampede.suite.load import load_suite
from stampede.suite.model import Suite
from stampede.verify.database import connect

SYSTEM = "registration"
SCRIPTS = ("row_lock", "atomic")
CLIENTS = (4, 8, 16, 32)
THREADS = 2
# All students register for one course, then all for the next: as the crowd of the hot course does.
WORLD = World(students=2500, courses=300, capacity=(2500,), reserve_limit=0, password_cost=4)
# Numbers of registrations set aside for one measurement; more than any server here can make.
SHARE = WORLD.students * (WORLD.courses // (len(SCRIPTS) * len(CLIENTS)))


NUMBER_ROWS = """
drop table if exists stampede.pgbench_courses, stampede.pgbench_students;
create table stampede.pgbench_courses as
    select (row_number() over (order by id) - 1)::integer as n, id
    from registration.courses where max_capacity = 2500;
create table stampede.pgbench_students as
    select (row_number() over (order by student_number) - 1)::integer as n, id
    from registration.students where student_number like 'TEST%';
alter table stampede.pgbench_courses add primary key (n);
alter table stampede.pgbench_students add primary key (n);
analyze stampede.pgbench_courses, stampede.pgbench_students;
"""


def measure_pgbench(suite: Suite, seconds: int) -> Iterator[Peer]:
    """Every script with every number of clients, on a world of its own; all of it must be consistent afterwards.

    Raises:
        StampedeError: pgbench is missing or failed, or its rows break an invariant.
    """
    assert suite.database is not None
    program, url = _find_program(suite), suite.database.owner
    place, password = hide_password(url)
    replace_world(url, SEEDER, WORLD)
    _execute(url, NUMBER_ROWS)
    count = 0
    for script in SCRIPTS:
        for clients in CLIENTS:
            command = _command(program, script, clients, seconds, first=count * SHARE)
            count += 1
            yield Peer(script, clients, _run([*command, place], password))
    broken = [check.name for check in run_all_checks(suite, SYSTEM).checks if check.outcome != "pass"]
    if broken:
        raise StampedeError(f"The rows of pgbench break {', '.join(broken)}: its scripts are wrong, not its speed.")


def _find_program(suite: Suite) -> str:
    beside = find_postgres(suite.settings) / "pgbench"
    program = str(beside) if beside.exists() else shutil.which("pgbench")
    if program is None:
        raise StampedeError("No pgbench was found: apt-get install postgresql-contrib, or set POSTGRES_BIN.")
    return program


def _command(program: str, script: str, clients: int, seconds: int, first: int) -> list[str]:
    file = ROOT / "sql" / "pgbench" / SYSTEM / f"{script}.sql"
    variables = {"i": 0, "first": first, "clients": clients, "students": WORLD.students}
    defined = [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
    load = ["-c", str(clients), "-j", str(THREADS), "-T", str(seconds)]
    return [program, "--no-vacuum", "--protocol=prepared", *load, *defined, "-f", str(file)]


def _run(command: list[str], password: dict[str, str]) -> float:
    # As the target's connections have it.
    environment = {**os.environ, **password, "PGOPTIONS": "-c plan_cache_mode=force_generic_plan"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    processed = re.search(r"actually processed: (\d+)", done.stdout)
    if processed and int(processed[1]) > SHARE:
        raise StampedeError(f"pgbench made {processed[1]} registrations where {SHARE} fit: give it less time.")
    speed = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    failed = re.search(r"number of failed transactions: ([1-9]\d*)", done.stdout)
    if done.returncode != 0 or speed is None or failed:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise StampedeError(f"pgbench failed: {said[-1] if said else done.returncode}")
    return float(speed[1])


def _execute(database_url: str, statements: str) -> None:
    connection = connect(database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statements)
    except psycopg2.Error as error:
        raise StampedeError(f"pgbench could not be prepared: {str(error).strip()}") from None
    finally:
        connection.close()


def main() -> None:
    """Print one JSON object per measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    try:
        for peer in measure_pgbench(load_suite(Path.cwd()), parser.parse_args().seconds):
            print(json.dumps(asdict(peer)), flush=True)
    except StampedeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
