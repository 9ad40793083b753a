"""What students look at: credentials, semesters, courses. Reads only; nothing here is contended."""

from typing import Any
from uuid import UUID

import asyncpg

from api import errors
from api.database import Database
from api.registration import rules

READ_CREDENTIALS = "select id, password_hash from registration.students where student_number = $1"


async def find_credentials(database: Database, student_number: str) -> asyncpg.Record | None:
    """`id, password_hash` of a student, or None."""
    async with database.connection() as connection:
        return await connection.fetchrow(READ_CREDENTIALS, student_number)


LIST_SEMESTERS = """
select id, name, registration_start, registration_end, created_at, updated_at
from registration.semesters
order by registration_start desc, id
"""


async def list_semesters(database: Database) -> list[dict[str, Any]]:
    """All semesters, the latest window first."""
    async with database.connection() as connection:
        return [dict(row) for row in await connection.fetch(LIST_SEMESTERS)]


COURSE_COLUMNS = """
c.id, c.semester_id, c.course_name, c.professor, c.schedule, c.max_capacity, c.reserve_limit, c.created_at,
c.updated_at
"""
LIST_COURSES = f"""
select {COURSE_COLUMNS}
from registration.semesters s
left join registration.courses c on c.semester_id = s.id
where s.id = $1
order by c.course_name, c.id
"""


async def list_courses(database: Database, semester_id: UUID) -> list[dict[str, Any]]:
    """The courses of a semester by name.

    Raises:
        ProblemError: `semester_not_found`.
    """
    async with database.connection() as connection:
        rows = await connection.fetch(LIST_COURSES, semester_id)
    if not rows:
        raise errors.ProblemError(rules.SEMESTER_NOT_FOUND)
    return [dict(row) for row in rows if row["id"] is not None]


READ_ONE_COURSE = f"select {COURSE_COLUMNS} from registration.courses c where c.id = $1"


async def find_course(database: Database, course_id: UUID) -> dict[str, Any]:
    """One course.

    Raises:
        ProblemError: `course_not_found`.
    """
    async with database.connection() as connection:
        row = await connection.fetchrow(READ_ONE_COURSE, course_id)
    if row is None:
        raise errors.ProblemError(rules.COURSE_NOT_FOUND)
    return dict(row)


LIST_MY_COURSES = """
select s.id as semester_id, c.id as course_id, c.course_name, c.professor, c.schedule, r.status, r.reserve_position
from registration.semesters s
left join registration.registrations r on r.student_id = $2
left join registration.courses c on c.id = r.course_id and c.semester_id = s.id
where s.id = $1
order by c.course_name, c.id
"""


async def list_my_courses(database: Database, semester_id: UUID, student_id: UUID) -> list[dict[str, Any]]:
    """What one student holds in a semester.

    Raises:
        ProblemError: `semester_not_found`.
    """
    async with database.connection() as connection:
        rows = await connection.fetch(LIST_MY_COURSES, semester_id, student_id)
    if not rows:
        raise errors.ProblemError(rules.SEMESTER_NOT_FOUND)
    return [dict(row) for row in rows if row["course_id"] is not None]
