"""The transactions of course registration; each statement stands above the function that runs it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from api import errors
from api.contention import Contended, Guarded, Row, Strategy
from api.database import Connection, Database
from api.idempotency import Answer, decide_once, replay, take_fingerprint
from api.pipeline import Pipeline
from api.registration import rules
from api.registration.rules import Action, Desk, Standing
from api.registration.schemas import Dropped, Registered

STUDENT_CONSTRAINT = "registrations_student_id_fkey"


@dataclass(frozen=True)
class Request:
    """One write as a student asked for it. `op_id` is the Idempotency-Key, or None."""

    action: Action
    course_id: UUID
    student_id: UUID
    op_id: str | None
    body: bytes

    @cached_property
    def fingerprint(self) -> str | None:
        """What a key must be used for again: action, course and body."""
        return take_fingerprint(f"{self.action} {self.course_id}", self.body) if self.op_id else None


async def decide(database: Database, strategy: Strategy, request: Request) -> Answer:
    """Decide one write in one transaction, guarded by the strategy.

    Raises:
        ProblemError: an unknown student, or the database's own problems.
    """
    contended = Contended((_row(request.course_id),), decide_all, decide_at_once)
    try:
        return await decide_once(lambda: strategy.decide(database, contended, request))
    except asyncpg.ForeignKeyViolationError as error:
        if error.constraint_name != STUDENT_CONSTRAINT:
            raise
        raise errors.ProblemError(errors.INVALID_TOKEN) from error


def _row(course_id: UUID) -> Row:
    return Row("registration.courses", course_id)


class Event(NamedTuple):
    """A row to be of registration.events, but for its course; the columns of `WRITE_EVENTS` in order."""

    student_id: UUID
    version: int | None
    action: Action
    status: str | None
    reserve_position: int | None
    promoted_student_id: UUID | None
    promoted_from_position: int | None
    refusal: str | None
    op_id: str | None
    request_hash: str | None


async def decide_all(guarded: Guarded, requests: Sequence[Request]) -> list[Answer]:
    """Decide requests for one course in their order: read once, decide in memory, write once."""
    rows = await _read_state(guarded.connection, requests)
    if rows[0]["id"] is None:
        return [Answer(rules.COURSE_NOT_FOUND)] * len(requests)
    desk = await _open_desk(guarded, rows)
    version_read = desk.course.version
    answers: list[Answer] = []
    events: list[Event] = []
    answered: dict[tuple[UUID, str], int] = {}
    for place, (request, row) in enumerate(zip(requests, rows, strict=True)):
        if row["answered_hash"] is not None:
            answers.append(replay(row["answered_hash"], _tell(row, request.course_id), request))
            continue
        if request.op_id is not None:
            first = answered.setdefault((request.student_id, request.op_id), place)
            if first != place:
                answers.append(replay(requests[first].fingerprint, answers[first].told, request))
                continue
        event = _decide(desk, request)
        events.append(event)
        answers.append(Answer(_tell(event._asdict(), request.course_id)))
    await _write(guarded, desk, version_read, events)
    return answers


def _decide(desk: Desk, request: Request) -> Event:
    decided = desk.decide(request.action, request.student_id)
    who, key = request.student_id, (request.op_id, request.fingerprint)
    if isinstance(decided, rules.Granted):
        grant = decided.grant
        return Event(who, grant.version, "register", grant.status, grant.reserve_position, None, None, None, *key)
    if isinstance(decided, rules.Released):
        release, promoted = decided.release, decided.promoted
        from_position = None if promoted is None else 1
        held = (release.status, release.reserve_position)
        return Event(who, release.version, "drop", *held, promoted, from_position, None, *key)
    return Event(who, None, request.action, None, None, None, None, decided.code, *key)


def _tell(event: Any, course_id: UUID) -> Registered | Dropped | errors.Problem:
    """What an event, stored or to be stored, means to who asked."""
    if event["refusal"] is not None:
        return rules.REFUSALS[event["refusal"]]
    if event["action"] == "register":
        return Registered(course_id=course_id, status=event["status"], reserve_position=event["reserve_position"])
    return Dropped(
        course_id=course_id,
        dropped_status=event["status"],
        promoted_student_id=event["promoted_student_id"],
        promoted_from_position=event["promoted_from_position"],
    )


# After the lock, in a statement of its own: its snapshot must be younger than the wait. One row per
# request, in order; the queue only where somebody drops. What a student holds is asked for one by one: planned on
# a world in which nobody holds anything, a plain join would read the whole course, and keep doing so as it fills.
READ_STATE = """
select c.id, c.max_capacity, c.reserve_limit, c.enrolled_count, c.reserved_count, c.version,
       now() between s.registration_start and s.registration_end as is_open,
       case when $4 then (
           select array_agg(q.student_id order by q.reserve_position)
           from registration.registrations q
           where q.course_id = c.id and q.status = 'RESERVED'
       ) end as queue,
       asked.student_id, asked.place, r.status as held_status, r.reserve_position as held_position,
       e.request_hash as answered_hash, e.action, e.status, e.reserve_position, e.refusal,
       e.promoted_student_id, e.promoted_from_position
from unnest($2::uuid[], $3::text[]) with ordinality as asked (student_id, op_id, place)
left join registration.courses c on c.id = $1
left join registration.semesters s on s.id = c.semester_id
left join lateral (
    select * from registration.registrations r where r.course_id = $1 and r.student_id = asked.student_id limit 1
) r on true
left join registration.events e on e.student_id = asked.student_id and e.op_id = asked.op_id
order by asked.place
"""
COURSE_FIELDS = tuple(field.name for field in fields(rules.Course))
COUNTS = ("enrolled_count", "reserved_count", "version")


async def _read_state(connection: Connection, requests: Sequence[Request]) -> list[asyncpg.Record]:
    return await connection.fetch(
        READ_STATE,
        requests[0].course_id,
        [request.student_id for request in requests],
        [request.op_id for request in requests],
        any(request.action == "drop" for request in requests),
    )


async def _open_desk(guarded: Guarded, rows: list[asyncpg.Record]) -> Desk:
    row = rows[0]
    course = rules.Course(**{name: row[name] for name in COURSE_FIELDS})
    counts = await guarded.recall(_row(course.id), {name: row[name] for name in COUNTS})
    queue = list(row["queue"] or ())
    standings = {student: Standing("RESERVED", position) for position, student in enumerate(queue, start=1)}
    for row in rows:
        if row["held_status"] is not None:
            standings[row["student_id"]] = Standing(row["held_status"], row["held_position"])
    return Desk(course.recounted(*(counts[name] for name in COUNTS)), standings, queue)


WRITE_CHANGES = """
with course as (
    update registration.courses
    set enrolled_count = $2, reserved_count = $3, version = $4
    where id = $1 and ($5::bigint is null or version = $5)
    returning id
), gone as (
    delete from registration.registrations r
    using course
    where r.course_id = course.id and r.student_id = any ($6::uuid[])
), moved as (
    update registration.registrations r
    set status = m.status, reserve_position = m.reserve_position
    from course, unnest($7::uuid[], $8::text[], $9::integer[]) as m (student_id, status, reserve_position)
    where r.course_id = course.id and r.student_id = m.student_id
), placed as (
    insert into registration.registrations (course_id, student_id, status, reserve_position)
    select course.id, p.*
    from course, unnest($10::uuid[], $11::text[], $12::integer[]) as p
)
insert into registration.events
    (course_id, student_id, version, action, status, reserve_position,
     promoted_student_id, promoted_from_position, refusal, op_id, request_hash)
select course.id, e.*
from course, unnest($13::uuid[], $14::bigint[], $15::text[], $16::text[], $17::integer[],
                    $18::uuid[], $19::integer[], $20::text[], $21::text[], $22::text[]) as e
"""
# As durable as a success: the key promises the same answer again, also after a crash.
WRITE_REFUSALS = """
insert into registration.events (course_id, student_id, action, refusal, op_id, request_hash)
select $1, e.*
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) as e
"""


async def _write(guarded: Guarded, desk: Desk, version_read: int, events: list[Event]) -> None:
    """Write everything at once.

    Raises:
        ProblemError: `conflict`, where the version matters and has changed; nothing was written.
    """
    course = desk.course
    # A refusal without a key is not asked for again.
    kept = [event for event in events if event.version is not None or event.op_id is not None]
    if course.version == version_read:
        if kept:
            refusals = [(event.student_id, event.action, event.refusal, *event[-2:]) for event in kept]
            await guarded.connection.execute(WRITE_REFUSALS, course.id, *_columns(refusals, 5))
        return
    counts = (course.enrolled_count, course.reserved_count, course.version)
    await guarded.remember(_row(course.id), dict(zip(COUNTS, counts, strict=True)))
    changed = desk.changed().items()
    gone = [student for student, (_, now) in changed if now.status is None]
    moved = [
        (student, now.status, now.reserve_position) for student, (was, now) in changed if was.status and now.status
    ]
    placed = [(student, now.status, now.reserve_position) for student, (was, now) in changed if not was.status]
    written = await guarded.connection.execute(
        WRITE_CHANGES,
        course.id,
        *counts,
        version_read if guarded.version_matters else None,
        gone,
        *_columns(moved, 3),
        *_columns(placed, 3),
        *_columns(kept, len(Event._fields)),
    )
    if guarded.version_matters and written == "INSERT 0 0":
        raise errors.ProblemError(errors.CONFLICT)


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows as one list per column, as unnest takes them."""
    return [[row[column] for row in rows] for column in range(width)]


# The function stands in sql/schema/registration.sql and takes the same lock first.
DECIDE = "select * from registration.decide($1, $2, $3, $4, $5)"


async def decide_at_once(pipeline: Pipeline, request: Request) -> Answer:
    """Let the database decide, in one statement that commits by itself."""
    event = await pipeline.fetchrow(
        DECIDE, request.action, request.course_id, request.student_id, request.op_id, request.fingerprint
    )
    assert event is not None
    if event["course_id"] is None:
        return Answer(rules.COURSE_NOT_FOUND)
    told = _tell(event, request.course_id)
    return replay(event["request_hash"], told, request) if event["replayed"] else Answer(told)
