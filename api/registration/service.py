"""The transactions of course registration; each statement stands above the function that runs it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Literal
from uuid import UUID

import asyncpg

from api import errors
from api.database import Connection, Database
from api.locking import Contended, Strategy
from api.registration import rules
from api.registration.schemas import Dropped, Registered

Action = Literal["register", "drop"]
KEY_CONSTRAINT = "events_op_id_key"
STUDENT_CONSTRAINT = "registrations_student_id_fkey"


@dataclass(frozen=True, slots=True)
class Request:
    """One write as a student asked for it. `op_id` is the Idempotency-Key, or None."""

    action: Action
    course_id: UUID
    student_id: UUID
    op_id: str | None
    body: bytes

    @property
    def fingerprint(self) -> str | None:
        """What a key must be used for again: action, course and body."""
        if self.op_id is None:
            return None
        return blake2b(f"{self.action} {self.course_id} ".encode() + self.body, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the student is told; `replayed` where an earlier request with the same key was answered."""

    told: Registered | Dropped | errors.Problem
    replayed: bool = False


async def decide(database: Database, strategy: Strategy, request: Request) -> Answer:
    """Decide one write in one transaction, guarded by the strategy.

    Raises:
        ProblemError: no such course, a key used for something else, an unknown student, or the
            database's own problems.
    """
    contended = Contended("registration.courses", request.course_id)

    async def work(connection: Connection) -> Answer:
        return await _work(connection, request)

    try:
        try:
            return await strategy.decide(database, contended, work)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != KEY_CONSTRAINT:
                raise
            # The same key arrived twice at once; the other one has committed, so its answer is there now.
            return await strategy.decide(database, contended, work)
    except asyncpg.ForeignKeyViolationError as error:
        if error.constraint_name != STUDENT_CONSTRAINT:
            raise
        raise errors.ProblemError(errors.INVALID_TOKEN) from error


# After the lock, in a statement of its own: its snapshot must be younger than the wait.
READ_STATE = """
select c.id, c.max_capacity, c.reserve_limit, c.enrolled_count, c.reserved_count, c.version,
       now() between s.registration_start and s.registration_end as is_open,
       r.status, r.reserve_position, e.request_hash as answered_hash, e.action as answered_action,
       e.status as answered_status, e.reserve_position as answered_position, e.refusal,
       e.promoted_student_id, e.promoted_from_position
from registration.courses c
join registration.semesters s on s.id = c.semester_id
left join registration.registrations r on r.course_id = c.id and r.student_id = $2
left join registration.events e on e.student_id = $2 and e.op_id = $3
where c.id = $1
"""
COURSE_FIELDS = tuple(field.name for field in fields(rules.Course))


async def _work(connection: Connection, request: Request) -> Answer:
    state = await connection.fetchrow(READ_STATE, request.course_id, request.student_id, request.op_id)
    if state is None:
        raise errors.ProblemError(rules.COURSE_NOT_FOUND)
    if state["answered_hash"] is not None:
        return _replay(state, request)
    course = rules.Course(**{name: state[name] for name in COURSE_FIELDS})
    standing = rules.Standing(state["status"], state["reserve_position"])
    decided = DECISIONS[request.action](course, standing)
    if isinstance(decided, rules.Grant):
        return await _grant(connection, request, decided)
    if isinstance(decided, rules.Release):
        return await _release(connection, request, decided)
    return await _refuse(connection, request, decided)


DECISIONS: dict[Action, Callable[[rules.Course, rules.Standing], rules.Grant | rules.Release | errors.Problem]] = {
    "register": rules.decide_register,
    "drop": rules.decide_drop,
}


def _replay(known: asyncpg.Record, request: Request) -> Answer:
    """The first answer again, rebuilt from its event.

    Raises:
        ProblemError: `idempotency_key_reused`.
    """
    if known["answered_hash"] != request.fingerprint:
        raise errors.ProblemError(errors.IDEMPOTENCY_KEY_REUSED)
    if known["refusal"] is not None:
        return Answer(rules.REFUSALS[known["refusal"]], replayed=True)
    if known["answered_action"] == "register":
        told: Registered | Dropped = Registered(
            course_id=request.course_id, status=known["answered_status"], reserve_position=known["answered_position"]
        )
    else:
        told = Dropped(
            course_id=request.course_id,
            dropped_status=known["answered_status"],
            promoted_student_id=known["promoted_student_id"],
            promoted_from_position=known["promoted_from_position"],
        )
    return Answer(told, replayed=True)


WRITE_GRANT = """
with place as (
    insert into registration.registrations (course_id, student_id, status, reserve_position)
    values ($1, $2, $3, $4)
), course as (
    update registration.courses set enrolled_count = $5, reserved_count = $6, version = $7 where id = $1
)
insert into registration.events
    (course_id, student_id, version, action, status, reserve_position, op_id, request_hash)
values ($1, $2, $7, 'register', $3, $4, $8, $9)
"""


async def _grant(connection: Connection, request: Request, grant: rules.Grant) -> Answer:
    await connection.execute(
        WRITE_GRANT,
        request.course_id,
        request.student_id,
        grant.status,
        grant.reserve_position,
        grant.enrolled_count,
        grant.reserved_count,
        grant.version,
        request.op_id,
        request.fingerprint,
    )
    return Answer(Registered(course_id=request.course_id, status=grant.status, reserve_position=grant.reserve_position))


WRITE_RELEASE = """
with gone as (
    delete from registration.registrations where course_id = $1 and student_id = $2
), shifted as (
    update registration.registrations
    set status = case when $5 and reserve_position = 1 then 'ENROLLED' else 'RESERVED' end,
        reserve_position = case when $5 and reserve_position = 1 then null else reserve_position - 1 end
    where course_id = $1 and status = 'RESERVED' and reserve_position > $6 and student_id <> $2
    returning student_id, status
), course as (
    update registration.courses set enrolled_count = $7, reserved_count = $8, version = $9 where id = $1
), promoted as (
    select student_id from shifted where status = 'ENROLLED' limit 1
)
insert into registration.events
    (course_id, student_id, version, action, status, reserve_position,
     promoted_student_id, promoted_from_position, op_id, request_hash)
select $1, $2, $9, 'drop', $3, $4::integer, promoted.student_id,
       case when promoted.student_id is not null then 1 end, $10, $11
from (values (1)) as one (row) left join promoted on true
returning promoted_student_id, promoted_from_position
"""


async def _release(connection: Connection, request: Request, release: rules.Release) -> Answer:
    event = await connection.fetchrow(
        WRITE_RELEASE,
        request.course_id,
        request.student_id,
        release.status,
        release.reserve_position,
        release.promotes,
        release.shift_after,
        release.enrolled_count,
        release.reserved_count,
        release.version,
        request.op_id,
        request.fingerprint,
    )
    assert event is not None
    return Answer(Dropped(course_id=request.course_id, dropped_status=release.status, **event))


# A refusal changes nothing: losing it in a crash only means deciding again, so its commit does
# not wait for the disk.
WRITE_REFUSAL = """
insert into registration.events (course_id, student_id, action, refusal, op_id, request_hash)
select $1, $2, $3, $4, $5, $6 from set_config('synchronous_commit', 'off', true)
"""


async def _refuse(connection: Connection, request: Request, refusal: errors.Problem) -> Answer:
    if request.op_id is not None:
        await connection.execute(
            WRITE_REFUSAL,
            request.course_id,
            request.student_id,
            request.action,
            refusal.code,
            request.op_id,
            request.fingerprint,
        )
    return Answer(refusal)
