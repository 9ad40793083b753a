"""Who gets the seat: pure decisions over what was read under the lock (seed document 000)."""

from dataclasses import dataclass
from uuid import UUID

from api.errors import Problem
from api.registration.schemas import Status

COURSE_NOT_FOUND = Problem("course_not_found", 404, "No such course.")
SEMESTER_NOT_FOUND = Problem("semester_not_found", 404, "No such semester.")
REGISTRATION_CLOSED = Problem("registration_closed", 400, "The registration window of this semester is not open.")
ALREADY_REGISTERED = Problem("already_registered", 409, "You are already registered for this course.")
COURSE_FULL = Problem("course_full", 409, "The course and its reserve queue are full.")
NOT_REGISTERED = Problem("not_registered", 404, "You are not registered for this course.")
REFUSALS = {problem.code: problem for problem in (REGISTRATION_CLOSED, ALREADY_REGISTERED, COURSE_FULL, NOT_REGISTERED)}

# Positions count from 1, so everyone stands behind 0: an enrolled drop moves the whole queue.
BEFORE_THE_QUEUE = 0


@dataclass(frozen=True, slots=True)
class Course:
    """A course as read for one decision; the counts are persons, the version counts events."""

    id: UUID
    max_capacity: int
    reserve_limit: int
    enrolled_count: int
    reserved_count: int
    version: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What one student holds in one course; no status means nothing."""

    status: Status | None
    reserve_position: int | None


@dataclass(frozen=True, slots=True)
class Grant:
    """A place given: the course's next counters and version, and what the student holds from now."""

    status: Status
    reserve_position: int | None
    enrolled_count: int
    reserved_count: int
    version: int


@dataclass(frozen=True, slots=True)
class Release:
    """A place given up: who moves up is everyone behind `shift_after`; the head may be promoted."""

    status: Status
    reserve_position: int | None
    promotes: bool
    shift_after: int
    enrolled_count: int
    reserved_count: int
    version: int


def decide_register(course: Course, standing: Standing) -> Grant | Problem:
    """A seat while there is one, then the end of the queue while it has room, then a refusal."""
    if not course.is_open:
        return REGISTRATION_CLOSED
    if standing.status is not None:
        return ALREADY_REGISTERED
    version = course.version + 1
    if course.enrolled_count < course.max_capacity:
        return Grant("ENROLLED", None, course.enrolled_count + 1, course.reserved_count, version)
    if course.reserved_count < course.reserve_limit:
        position = course.reserved_count + 1
        return Grant("RESERVED", position, course.enrolled_count, position, version)
    return COURSE_FULL


def decide_drop(course: Course, standing: Standing) -> Release | Problem:
    """An enrolled drop promotes position 1 and shifts the rest; a reserved one shifts those behind it."""
    if not course.is_open:
        return REGISTRATION_CLOSED
    if standing.status is None:
        return NOT_REGISTERED
    version = course.version + 1
    if standing.status == "RESERVED":
        position = standing.reserve_position or BEFORE_THE_QUEUE
        return Release("RESERVED", position, False, position, course.enrolled_count, course.reserved_count - 1, version)
    promotes = course.reserved_count > 0
    return Release(
        "ENROLLED",
        None,
        promotes,
        BEFORE_THE_QUEUE,
        course.enrolled_count - (not promotes),
        course.reserved_count - promotes,
        version,
    )
