"""The statements of course registration: what students look at, and what a decision reads and writes.

Answers leave the database as JSON in the shapes of schemas.py, so no row is made into objects and back.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from api.problems import INVALID_TOKEN, ProblemError
from api.registration import rules
from api.storage.database import Database
from api.storage.session import Query, Record, id_list

READ_CREDENTIALS = "select id, password_hash from registration.students where student_number = $1"


async def find_credentials(database: Database, student_number: str) -> Record | None:
    """`id, password_hash` of a student, or None."""
    return next(iter(await database.fetch(Query(READ_CREDENTIALS, (student_number,)))), None)


SEMESTER = """
json_build_object('id', s.id, 'name', s.name, 'registration_start', s.registration_start,
                  'registration_end', s.registration_end, 'created_at', s.created_at, 'updated_at', s.updated_at)
"""
# A list of `Semester`, the latest window first.
LIST_SEMESTERS = Query(f"""
select coalesce(json_agg({SEMESTER} order by registration_start desc, id), '[]') from registration.semesters s
""")

COURSE = """
json_build_object('id', c.id, 'semester_id', c.semester_id, 'course_name', c.course_name, 'professor', c.professor,
                  'schedule', c.schedule, 'max_capacity', c.max_capacity, 'reserve_limit', c.reserve_limit,
                  'created_at', c.created_at, 'updated_at', c.updated_at)
"""
LIST_COURSES = f"""
select (
    select coalesce(json_agg({COURSE} order by c.course_name, c.id), '[]')
    from registration.courses c
    where c.semester_id = s.id
)
from registration.semesters s
where s.id = $1
"""


def list_courses(semester_id: UUID) -> Query:
    """The courses of a semester by name, as a list of `Course`; no row without the semester."""
    return Query(LIST_COURSES, (semester_id,))


FIND_COURSE = f"select {COURSE} from registration.courses c where c.id = $1"


def find_course(course_id: UUID) -> Query:
    """One course, as `Course`."""
    return Query(FIND_COURSE, (course_id,))


LIST_MY_COURSES = """
select t.id is not null as is_known, s.id is not null as has_semester,
       (
           select coalesce(json_agg(json_build_object(
               'course_id', c.id, 'course_name', c.course_name, 'professor', c.professor, 'schedule', c.schedule,
               'status', r.status, 'reserve_position', r.reserve_position
           ) order by c.course_name, c.id), '[]')
           from registration.course_registrations r
           join registration.courses c on c.id = r.course_id
           where r.student_id = t.id and c.semester_id = s.id
       ) as courses
from (select) as asked
left join registration.students t on t.id = $2
left join registration.semesters s on s.id = $1
"""


async def list_my_courses(database: Database, semester_id: UUID, student_id: UUID) -> str:
    """What one student holds in a semester, as a list of `MyCourse`.

    Raises:
        ProblemError: `invalid_token` of an unknown student, `semester_not_found`.
    """
    (row,) = await database.fetch(Query(LIST_MY_COURSES, (semester_id, student_id)))
    if not row["is_known"]:
        raise ProblemError(INVALID_TOKEN)
    if not row["has_semester"]:
        raise ProblemError(rules.SEMESTER_NOT_FOUND)
    courses: str = row["courses"]
    return courses


# After the lock, in a statement of its own: its snapshot must be younger than the wait. One row per
# write, in order; the queue is read only for drops. Registrations are looked up per student by a lateral join: a plain
# join, planned while the table is empty, would scan all registrations of the course, also after it has filled.
READ_STATE = """
select c.id, c.max_capacity, c.reserve_limit, c.enrolled_count, c.reserved_count, c.version,
       now() between s.registration_start and s.registration_end as is_open,
       case when $3 then (
           select array_agg(q.student_id order by q.reserve_position)
           from registration.course_registrations q
           where q.course_id = c.id and q.status = 'RESERVED'
       ) end as queue,
       asked.student_id, asked.place,
       exists (select from registration.students t where t.id = asked.student_id) as is_known,
       r.status as held_status, r.reserve_position as held_position
from unnest($2::uuid[]) with ordinality as asked (student_id, place)
left join registration.courses c on c.id = $1
left join registration.semesters s on s.id = c.semester_id
left join lateral (
    select * from registration.course_registrations r where r.course_id = $1 and r.student_id = asked.student_id limit 1
) r on true
order by asked.place
"""


def read_state(course_id: UUID | int, students: Sequence[UUID], *, with_queue: bool) -> Query:
    """The course, and what each of the students holds of it, in their order."""
    return Query(READ_STATE, (course_id, id_list(students), with_queue))


# One document. The ids are passed as arrays, too: the planner estimates 100 rows for each json_to_recordset, and
# would scan all registrations of the course.
WRITE_CHANGES = """
with course as (
    update registration.courses
    set enrolled_count = $2, reserved_count = $3, version = $4
    where id = $1 and ($5::bigint is null or version = $5)
    returning id
), gone as (
    delete from registration.course_registrations r
    using course
    where r.course_id = course.id and r.student_id = any ($7::uuid[])
), moved as (
    update registration.course_registrations r
    set status = m.status, reserve_position = m.reserve_position
    from course,
         json_to_recordset($6::json -> 'moved') as m (student_id uuid, status text, reserve_position integer)
    where r.course_id = course.id and r.student_id = m.student_id and r.student_id = any ($8::uuid[])
), placed as (
    insert into registration.course_registrations (course_id, student_id, status, reserve_position)
    select course.id, p.*
    from course,
         json_to_recordset($6::json -> 'placed') as p (student_id uuid, status text, reserve_position integer)
)
select count(*) as written from course
"""


def write_changes(
    course: rules.Course,
    gone: Sequence[UUID],
    moved: Sequence[Record],
    placed: Sequence[Record],
    version_read: int | None,
) -> Query:
    """The course's counters, and its registrations that are `gone`, `moved` and `placed`.

    With a `version_read`, nothing is written where the course has another.
    """
    counts = (course.enrolled_count, course.reserved_count, course.version)
    places = json.dumps({"moved": moved, "placed": placed}, default=str)
    lists = (id_list(gone), id_list(one["student_id"] for one in moved))
    return Query(WRITE_CHANGES, (course.id, *counts, version_read, places, *lists))


DECIDE = "select * from registration.decide($1, $2, $3, $4, $5)"
