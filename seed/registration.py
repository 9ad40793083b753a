"""The registration world: students, semesters, courses, and registrations in bulk.

Names and numbers beyond our own are those of contracts/registration.md ("Seeded data").
"""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid5

import bcrypt
import sqlalchemy as sa
import typer
from faker import Faker

from seed.copy import NULL, fill_table
from seed.options import number_option, numbers_option
from seed.world import Advance, Seeder

SYSTEM = "registration"
PASSWORD = "test123"  # noqa: S105  # the password of the seed document, known to every client
OPEN_SEMESTER = "Testing Open Window"
SEASONS = ("Spring", "Summer", "Autumn", "Winter")
CLOSED_SEMESTERS = tuple(f"{season} {year}" for year in (2023, 2024) for season in SEASONS)
WINDOW = timedelta(days=30)
CLOSED_WINDOW = timedelta(days=3)
CONTRACT_STUDENTS = (*(f"STU{n}" for n in range(10000, 11000)), *(f"STU{n:03}" for n in range(1, 11)))
# The contract's suite has its ReserveQueue users fill the alphabetically first open course: Concurrent Systems, full
# after four. So the first word of each of our courses begins with a later letter.
CONTRACT_OPEN_COURSES = (("Concurrent Systems", 2, 2), ("Distributed Systems", 40, 10))
FIRST_LETTER = "d"
# fmt: off
CLOSED_COURSES = (
    "Algorithms", "Calculus", "Chemistry", "Compilers", "Databases", "Economics", "Ethics", "Genetics",
    "Geometry", "Linguistics", "Logic", "Mechanics", "Networks", "Optics", "Statistics", "Topology",
)
# fmt: on
CONTRACT_CLOSED_COURSES = tuple((name, 35 + 5 * (index % 6), 10) for index, name in enumerate(CLOSED_COURSES))
NAME_POOL = 500
DEFAULT_PASSWORD_COST = 6


@dataclass(frozen=True, slots=True)
class World:
    """Course registration (seed document 000)."""

    students: Annotated[int, number_option("Students TEST100000 and on, beside the contract's.", 1)] = 1000
    courses: Annotated[int, number_option("Courses in the open semester.", 1)] = 30
    capacity: Annotated[tuple[int, ...], numbers_option("Seats, dealt to the courses in turn.", 1)] = (10, 50, 100)
    reserve_limit: Annotated[int, number_option("Places in each reserve queue.", 0)] = 10
    registrations: Annotated[
        int, number_option("Registrations from the start, course after course (bulk mode).", 0)
    ] = 0
    password_cost: Annotated[int, typer.Option(envvar="PASSWORD_COST", help="Rounds of each password's hash.")] = (
        DEFAULT_PASSWORD_COST
    )


@dataclass(frozen=True, slots=True)
class Course:
    """A course of the world and how many of its places are taken from the start."""

    id: UUID
    semester: str
    name: str
    max_capacity: int
    reserve_limit: int
    taken: int = 0


def student_id(student_number: str) -> UUID:
    """The id of a student; a client that mints its own tokens computes the same."""
    return uuid5(NAMESPACE_URL, f"stampede/registration/student/{student_number}")


def student_numbers(world: World) -> list[str]:
    """Ours first, then those of the contract."""
    return [f"TEST{100000 + n}" for n in range(world.students)] + list(CONTRACT_STUDENTS)


def plan_courses(seed: int, world: World) -> list[Course]:
    """All courses; the registrations fill ours one after the other, each up to its queue's end."""
    faker = Faker()
    faker.seed_instance(seed)
    left = world.registrations
    courses = []
    for n in range(world.courses):
        capacity = world.capacity[n % len(world.capacity)]
        taken = min(left, capacity + world.reserve_limit, world.students)
        left -= taken
        name = f"{_first_word(faker).title()} {faker.word().title()} {n + 1:04}"
        identity = uuid5(NAMESPACE_URL, f"stampede/registration/{seed}/course/{n}")
        courses.append(Course(identity, OPEN_SEMESTER, name, capacity, world.reserve_limit, taken))
    contract = [(OPEN_SEMESTER, *course) for course in CONTRACT_OPEN_COURSES]
    contract += [
        (CLOSED_SEMESTERS[n % len(CLOSED_SEMESTERS)], *course) for n, course in enumerate(CONTRACT_CLOSED_COURSES)
    ]
    for semester, name, capacity, reserve_limit in contract:
        identity = uuid5(NAMESPACE_URL, f"stampede/registration/{seed}/course/{semester}/{name}")
        courses.append(Course(identity, semester, name, capacity, reserve_limit))
    if left:
        places = world.registrations - left
        raise ValueError(f"{world.registrations} registrations do not fit: {world.courses} courses hold {places}.")
    return courses


def _first_word(faker: Faker) -> str:
    """A word that begins with `FIRST_LETTER` or a later letter."""
    word = ""
    while word < FIRST_LETTER:
        word = faker.word()
    return word


def _people(seed: int) -> Iterator[str]:
    faker = Faker()
    faker.seed_instance(seed)
    first = [faker.first_name() for _ in range(NAME_POOL)]
    last = [faker.last_name() for _ in range(NAME_POOL)]
    chance = random.Random(seed)  # noqa: S311  # names, not secrets
    while True:
        yield f"{chance.choice(first)} {chance.choice(last)}"


def _student_rows(seed: int, world: World) -> Iterator[list[str]]:
    # One hash for all: they share one known password, and a salt of its own for each would only
    # make seeding as slow as as many sign-ins.
    password_hash = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(world.password_cost)).decode()
    people = _people(seed)
    for number in student_numbers(world):
        yield ["\t".join((str(student_id(number)), number, next(people), password_hash))]


def _semester_id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"stampede/registration/semester/{name}")


def _semester_rows(now: datetime) -> Iterator[list[str]]:
    yield [f"{_semester_id(OPEN_SEMESTER)}\t{OPEN_SEMESTER}\t{now - WINDOW}\t{now + WINDOW}"]
    for age, name in enumerate(reversed(CLOSED_SEMESTERS), start=1):
        start = now - WINDOW - timedelta(days=90 * age)
        yield [f"{_semester_id(name)}\t{name}\t{start}\t{start + CLOSED_WINDOW}"]


def _course_rows(seed: int, courses: list[Course]) -> Iterator[list[str]]:
    people = _people(seed + 1)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri")
    for n, course in enumerate(courses):
        enrolled = min(course.taken, course.max_capacity)
        yield [
            "\t".join(
                str(value)
                for value in (
                    course.id,
                    _semester_id(course.semester),
                    course.name,
                    f"Prof. {next(people)}",
                    f"{days[n % 5]} {8 + n % 10:02}:00",
                    course.max_capacity,
                    course.reserve_limit,
                    enrolled,
                    course.taken - enrolled,
                    course.taken,
                )
            )
        ]


def _holders(courses: list[Course], students: list[str]) -> Iterator[tuple[Course, list[str]]]:
    """Each filled course with the ids of its students, in order of arrival; students are dealt in turn."""
    start = 0
    for course in courses:
        if course.taken:
            end = start + course.taken
            yield course, [*students[start:end], *students[: max(0, end - len(students))]]
            start = end % len(students)


def _registration_rows(courses: list[Course], students: list[str], now: datetime) -> Iterator[list[str]]:
    for course, holders in _holders(courses, students):
        head, seats = f"{course.id}\t", course.max_capacity
        enrolled, reserved = f"\tENROLLED\t{NULL}\t{now}", f"\t{now}"
        rows = [head + student + enrolled for student in islice(holders, seats)]
        rows += [f"{head}{student}\tRESERVED\t{n}{reserved}" for n, student in enumerate(holders[seats:], start=1)]
        yield rows


def _event_rows(courses: list[Course], students: list[str], now: datetime) -> Iterator[list[str]]:
    for course, holders in _holders(courses, students):
        head, tail, seats = f"{course.id}\t", f"\tt\t{now}", course.max_capacity
        enrolled = f"\tregister\tENROLLED\t{NULL}{tail}"
        rows = [f"{head}{student}\t{n}{enrolled}" for n, student in enumerate(holders[:seats], start=1)]
        rows += [
            f"{head}{student}\t{seats + n}\tregister\tRESERVED\t{n}{tail}"
            for n, student in enumerate(holders[seats:], start=1)
        ]
        yield rows


def load(engine: sa.Engine, seed: int, world: World, advance: Advance) -> None:
    """Fill every table of the system; the two large ones side by side, each on a connection of its own.

    Raises:
        ValueError: more registrations than the courses hold.
    """
    now = datetime.now(UTC)
    courses = plan_courses(seed, world)
    students = [str(student_id(number)) for number in islice(student_numbers(world), world.students)]

    def fill(table: str, columns: str, blocks: Iterator[list[str]]) -> None:
        fill_table(engine, SYSTEM, table, columns, blocks, advance)

    fill("students", "id, student_number, full_name, password_hash", _student_rows(seed, world))
    fill("semesters", "id, name, registration_start, registration_end", _semester_rows(now))
    fill(
        "courses",
        "id, semester_id, course_name, professor, schedule, max_capacity, reserve_limit, "
        "enrolled_count, reserved_count, version",
        _course_rows(seed, courses),
    )
    registrations = _registration_rows(courses, students, now)
    events = _event_rows(courses, students, now)
    with ThreadPoolExecutor(2) as threads:
        filled = [
            threads.submit(
                fill,
                "course_registrations",
                "course_id, student_id, status, reserve_position, created_at",
                registrations,
            ),
            threads.submit(
                fill,
                "events",
                "course_id, student_id, version, action, status, reserve_position, seeded, occurred_at",
                events,
            ),
        ]
        for one in filled:
            one.result()


def count_rows(world: World) -> int:
    """Rows that `load` will copy."""
    people = world.students + len(CONTRACT_STUDENTS)
    courses = world.courses + len(CONTRACT_OPEN_COURSES) + len(CONTRACT_CLOSED_COURSES)
    return people + 1 + len(CLOSED_SEMESTERS) + courses + 2 * world.registrations


SEEDER = Seeder(SYSTEM, World, count_rows, load)
