"""What PostgreSQL alone can do: the target's own transactions, run by pgbench on the same server."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import psycopg2

from seed.registration import World
from stampede.errors import StampedeError
from stampede.settings import ROOT, Settings
from stampede.stack.programs import find_postgres
from stampede.verification import connect, verify
from stampede.worlds import replace_world

SYSTEM = "registration"
SCRIPTS = ("row_lock", "atomic")
CLIENTS = (4, 8, 16, 32)
THREADS = 2
# All students register for one course, then all for the next: as the crowd of the hot course does.
WORLD = World(students=2500, courses=300, capacity=(2500,), reserve_limit=0, password_cost=4)
# Numbers of registrations set aside for one measurement; more than any server here can make.
SHARE = WORLD.students * (WORLD.courses // (len(SCRIPTS) * len(CLIENTS)))


@dataclass(frozen=True, slots=True)
class Pgbench:
    """One measurement: transactions per second, each one accepted registration."""

    script: str
    clients: int
    per_s: float


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


def measure_pgbench(settings: Settings, seconds: int, say: Callable[[str], None]) -> list[Pgbench]:
    """Every script with every number of clients, on a world of its own; all of it must be consistent afterwards.

    Raises:
        StampedeError: pgbench is missing or failed, or what it did breaks an invariant.
    """
    program = _find_program(settings)
    replace_world(settings, SYSTEM, 1, WORLD)
    _execute(settings, NUMBER_ROWS)
    measured: list[Pgbench] = []
    for script in SCRIPTS:
        for clients in CLIENTS:
            say(f"pgbench: {script}, {clients} clients, {seconds} s")
            command = _command(program, script, clients, seconds, first=len(measured) * SHARE)
            measured.append(Pgbench(script, clients, _run([*command, settings.database_url])))
    broken = [check.name for check in verify(settings.database_url, SYSTEM, None).checks if check.outcome != "pass"]
    if broken:
        raise StampedeError(f"What pgbench did breaks {', '.join(broken)}: its scripts are wrong, not its speed.")
    return measured


def _find_program(settings: Settings) -> str:
    beside = find_postgres(settings) / "pgbench"
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


def _run(command: list[str]) -> float:
    # As the target's connections have it.
    environment = {**os.environ, "PGOPTIONS": "-c plan_cache_mode=force_generic_plan"}
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


def _execute(settings: Settings, statements: str) -> None:
    connection = connect(settings.database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statements)
    except psycopg2.Error as error:
        raise StampedeError(f"pgbench could not be prepared: {str(error).strip()}") from None
    finally:
        connection.close()


def middle(measured: Sequence[Pgbench], script: str) -> list[Pgbench]:
    """What a script did with each number of clients, by the median of the rounds."""
    rounds: dict[int, list[float]] = {}
    for one in measured:
        if one.script == script:
            rounds.setdefault(one.clients, []).append(one.per_s)
    return [Pgbench(script, clients, median(speeds)) for clients, speeds in sorted(rounds.items())]


def best(measured: Sequence[Pgbench], script: str) -> Pgbench:
    """The number of clients with which a script was fastest."""
    return max(middle(measured, script), key=lambda one: one.per_s)
