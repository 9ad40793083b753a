"""How a write to a course is decided: what is read, what each student is told, what is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from api.guards.contention import Contended, Counts, Row
from api.guards.writes import Decided, Events, Write
from api.problems import INVALID_TOKEN, Problem
from api.registration import queries, rules
from api.registration.rules import Action, Desk, Standing
from api.registration.schemas import Dropped, Registered
from api.storage.session import Query, Record

COURSE_FIELDS = tuple(field.name for field in fields(rules.Course))


@dataclass(frozen=True, slots=True)
class Asked:
    """A student's wish for one course."""

    action: Action
    course_id: UUID
    actor: UUID

    @property
    def purpose(self) -> str:
        """The action and its course."""
        return f"{self.action} {self.course_id}"


def contend(asked: Asked) -> Contended[Asked]:
    """All registrations and drops of a course contend for the row of the course."""
    return Contended((Row("registration.courses", asked.course_id),), Courses())


class Courses:
    """Decides registrations and drops."""

    events = Events(
        "registration.events",
        "course_id, student_id, version, action, status, reserve_position, promoted_student_id, promoted_from_position",
        rules.REFUSALS,
        actor="student_id",
    )
    violations: Mapping[str, Problem] = {"course_registrations_student_id_fkey": INVALID_TOKEN}

    def read(self, rows: Sequence[Row], writes: Sequence[Write[Asked]]) -> Query:
        """The course, and one row per write: what its student holds."""
        drops = any(write.asked.action == "drop" for write in writes)
        return queries.read_state(rows[0].id, [write.asked.actor for write in writes], with_queue=drops)

    def open(self, rows: Sequence[Row], found: Sequence[Record]) -> "CourseDesk":
        """The course as it was found."""
        return CourseDesk(rows[0], found)

    def at_once(self, write: Write[Asked]) -> Query:
        """One call of the function in sql/schema/registration.sql, which takes the same lock first."""
        asked = write.asked
        return Query(queries.DECIDE, (asked.action, asked.course_id, asked.actor, write.key, write.fingerprint))


class CourseDesk:
    """One course while writes for it are decided."""

    def __init__(self, row: Row, found: Sequence[Record]) -> None:
        self._row = row
        self._desk = _open(found) if found[0]["id"] is not None else None
        self._version_read = self._desk.course.version if self._desk else 0
        self._unknown = {record["student_id"] for record in found if not record["is_known"]}

    @property
    def changed(self) -> int:
        """1 where the course has changed, else 0."""
        return int(self._desk is not None and self._desk.course.version != self._version_read)

    def counts(self) -> dict[Row, Counts]:
        """The persons in the course and its queue, and the version."""
        if self._desk is None:
            return {}
        course = self._desk.course
        counts = {
            "enrolled_count": course.enrolled_count,
            "reserved_count": course.reserved_count,
            "version": course.version,
        }
        return {self._row: counts}

    def recount(self, row: Row, counts: Counts) -> None:
        """Decide on other counts."""
        assert self._desk is not None
        self._desk.course = self._desk.course.recounted(**counts)
        self._version_read = self._desk.course.version

    def decide(self, write: Write[Asked]) -> Decided:
        """Decide one write; an unknown student or course leaves no event."""
        asked = write.asked
        if asked.actor in self._unknown:
            return Decided(INVALID_TOKEN)
        if self._desk is None:
            return Decided(rules.COURSE_NOT_FOUND)
        decided = self._desk.decide(asked.action, asked.actor)
        event: dict[str, object] = {"course_id": asked.course_id, "student_id": asked.actor, "action": asked.action}
        if isinstance(decided, Problem):
            return Decided(decided, event)
        event |= {"version": decided.version, "status": decided.status, "reserve_position": decided.reserve_position}
        if isinstance(decided, rules.Grant):
            registered = Registered(
                course_id=asked.course_id, status=decided.status, reserve_position=decided.reserve_position
            )
            return Decided(registered.model_dump_json(), event)
        from_position = None if decided.promoted is None else 1
        dropped = Dropped(
            course_id=asked.course_id,
            dropped_status=decided.status,
            promoted_student_id=decided.promoted,
            promoted_from_position=from_position,
        )
        promotion = {"promoted_student_id": decided.promoted, "promoted_from_position": from_position}
        return Decided(dropped.model_dump_json(), event | promotion)

    def write(self, *, compare_versions: bool) -> Query:
        """The course, and the registrations that have changed."""
        assert self._desk is not None
        changed = self._desk.changed().items()
        gone = [student for student, (_, now) in changed if now.status is None]
        moved = [_place(student, now) for student, (was, now) in changed if was.status and now.status]
        placed = [_place(student, now) for student, (was, now) in changed if not was.status and now.status]
        return queries.write_changes(
            self._desk.course, gone, moved, placed, self._version_read if compare_versions else None
        )


def _place(student: UUID, standing: Standing) -> dict[str, object]:
    return {"student_id": student, "status": standing.status, "reserve_position": standing.reserve_position}


def _open(found: Sequence[Record]) -> Desk:
    course = rules.Course(**{name: found[0][name] for name in COURSE_FIELDS})
    queue = list(found[0]["queue"] or ())
    standings = {student: Standing("RESERVED", position) for position, student in enumerate(queue, start=1)}
    for record in found:
        if record["held_status"] is not None:
            standings[record["student_id"]] = Standing(record["held_status"], record["held_position"])
    return Desk(course, standings, queue)
