"""Who gets the seat: pure decisions over what was read under the lock (seed document 000)."""

from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

from api.problems import INVALID_TOKEN, Problem

COURSE_NOT_FOUND = Problem("course_not_found", "missing", "No such course.")
SEMESTER_NOT_FOUND = Problem("semester_not_found", "missing", "No such semester.")
REGISTRATION_CLOSED = Problem("registration_closed", "invalid", "The registration window of this semester is not open.")
ALREADY_REGISTERED = Problem("already_registered", "conflict", "You are already registered for this course.")
COURSE_FULL = Problem("course_full", "conflict", "The course and its reserve queue are full.")
NOT_REGISTERED = Problem("not_registered", "missing", "You are not registered for this course.")
REFUSALS = (INVALID_TOKEN, COURSE_NOT_FOUND, REGISTRATION_CLOSED, ALREADY_REGISTERED, COURSE_FULL, NOT_REGISTERED)

Status = Literal["ENROLLED", "RESERVED"]
Action = Literal["register", "drop"]


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

    def recounted(self, enrolled_count: int, reserved_count: int, version: int) -> "Course":
        """The same course with other counters."""
        return replace(self, enrolled_count=enrolled_count, reserved_count=reserved_count, version=version)


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
    """A place given up: everyone behind it moves up, and the head of the queue into a free seat.

    `promoted` is that head, once the release is applied.
    """

    status: Status
    reserve_position: int | None
    promotes: bool
    enrolled_count: int
    reserved_count: int
    version: int
    promoted: UUID | None = None


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
        position = standing.reserve_position
        return Release("RESERVED", position, False, course.enrolled_count, course.reserved_count - 1, version)
    promotes = course.reserved_count > 0
    return Release(
        "ENROLLED",
        None,
        promotes,
        course.enrolled_count - (not promotes),
        course.reserved_count - promotes,
        version,
    )


NOTHING = Standing(None, None)


@dataclass(slots=True)
class Desk:
    """One course while requests for it are decided in their order; it remembers what each one changed.

    `queue` holds the students that wait, the head first. It is only needed, and only right, where
    somebody drops.
    """

    course: Course
    standings: dict[UUID, Standing]
    queue: list[UUID]
    before: dict[UUID, Standing] = field(default_factory=dict)

    def decide(self, action: Action, student: UUID) -> Grant | Release | Problem:
        """Decide one request and apply it."""
        standing = self.standings.get(student, NOTHING)
        if action == "register":
            granted = decide_register(self.course, standing)
            return self._apply_grant(student, granted) if isinstance(granted, Grant) else granted
        released = decide_drop(self.course, standing)
        return self._apply_release(student, released) if isinstance(released, Release) else released

    def _apply_grant(self, student: UUID, grant: Grant) -> Grant:
        self._recount(grant)
        self._stand(student, Standing(grant.status, grant.reserve_position))
        if grant.status == "RESERVED":
            self.queue.append(student)
        return grant

    def _apply_release(self, student: UUID, release: Release) -> Release:
        self._recount(release)
        self._stand(student, NOTHING)
        if student in self.queue:
            self.queue.remove(student)
        promoted = self.queue.pop(0) if release.promotes and self.queue else None
        if promoted is not None:
            self._stand(promoted, Standing("ENROLLED", None))
        for position, waiting in enumerate(self.queue, start=1):
            self._stand(waiting, Standing("RESERVED", position))
        return replace(release, promoted=promoted)

    def _recount(self, change: Grant | Release) -> None:
        self.course = self.course.recounted(change.enrolled_count, change.reserved_count, change.version)

    def _stand(self, student: UUID, standing: Standing) -> None:
        self.before.setdefault(student, self.standings.get(student, NOTHING))
        self.standings[student] = standing

    def changed(self) -> dict[UUID, tuple[Standing, Standing]]:
        """Who stands elsewhere than before: each one's standing before and now."""
        return {
            student: (before, self.standings[student])
            for student, before in self.before.items()
            if before != self.standings[student]
        }
