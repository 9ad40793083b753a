"""How a write to a course is decided: what is read, what each student is told, what is written."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple
from uuid import UUID

from api.guards.contention import Answer, Contended, Counts, Decided, Row, Stored, Told, Write
from api.guards.decision import replay
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


class Event(NamedTuple):
    """A row to be of registration.events, but for its course."""

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


def contend(asked: Asked) -> Contended[Asked]:
    """All registrations and drops of a course contend for the row of the course."""
    return Contended((Row("registration.courses", asked.course_id),), Courses())


class Courses:
    """Decides registrations and drops."""

    violations: Mapping[str, Problem] = {"course_registrations_student_id_fkey": INVALID_TOKEN}

    def read(self, rows: Sequence[Row], writes: Sequence[Write[Asked]]) -> Query:
        """The course, and one row per write: what its student holds, and what its key was told before."""
        students, keys = [write.asked.actor for write in writes], [write.key for write in writes]
        drops = any(write.asked.action == "drop" for write in writes)
        return queries.read_state(rows[0].id, students, keys, with_queue=drops)

    def open(self, rows: Sequence[Row], found: Sequence[Record], writes: Sequence[Write[Asked]]) -> "CourseDesk":
        """The course as it was found."""
        return CourseDesk(rows[0], found, writes)

    def at_once(self, write: Write[Asked]) -> Query:
        """One call of the function in sql/schema/registration.sql, which takes the same lock first."""
        asked = write.asked
        return Query(queries.DECIDE, (asked.action, asked.course_id, asked.actor, write.key, write.fingerprint))

    def answer_at_once(self, found: Record, write: Write[Asked]) -> Answer:
        """What the function tells."""
        if not found["is_known"]:
            return Answer(INVALID_TOKEN)
        if found["course_id"] is None:
            return Answer(rules.COURSE_NOT_FOUND)
        told = _read_told(found, write.asked.course_id)
        return replay(Stored(found["request_hash"], told), write) if found["replayed"] else Answer(told)


class CourseDesk:
    """One course while writes for it are decided."""

    def __init__(self, row: Row, found: Sequence[Record], writes: Sequence[Write[Asked]]) -> None:
        self._row = row
        self._desk = _open(found) if found[0]["id"] is not None else None
        self._version_read = self._desk.course.version if self._desk else 0
        self._unknown = {record["student_id"] for record in found if not record["is_known"]}
        self.stored: dict[Hashable, Stored] = {
            write.identity: Stored(record["answered_hash"], _read_told(record, write.asked.course_id))
            for write, record in zip(writes, found, strict=True)
            if record["answered_hash"] is not None
        }

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
        event = _decide(self._desk, write)
        return Decided(_read_told(event._asdict(), asked.course_id), event)

    def write(self, events: Sequence[Any], *, compare_versions: bool) -> Query | None:
        """The course's changes and the events, or the refusals alone."""
        if self._desk is None or not events:
            return None
        course_id, documents = self._row.id, [event._asdict() for event in events]
        if not self.changed:
            return queries.write_refusals(course_id, documents)
        changed = self._desk.changed().items()
        gone = [student for student, (_, now) in changed if now.status is None]
        changes = {
            "moved": [_place(student, now) for student, (was, now) in changed if was.status and now.status],
            "placed": [_place(student, now) for student, (was, now) in changed if not was.status],
            "events": documents,
        }
        expected = self._version_read if compare_versions else None
        return queries.write_changes(self._desk.course, gone, changes, expected)


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


def _decide(desk: Desk, write: Write[Asked]) -> Event:
    asked = write.asked
    decided = desk.decide(asked.action, asked.actor)
    who, key = asked.actor, (write.key, write.fingerprint)
    if isinstance(decided, rules.Granted):
        grant = decided.grant
        return Event(who, grant.version, "register", grant.status, grant.reserve_position, None, None, None, *key)
    if isinstance(decided, rules.Released):
        release, promoted = decided.release, decided.promoted
        from_position = None if promoted is None else 1
        held = (release.status, release.reserve_position)
        return Event(who, release.version, "drop", *held, promoted, from_position, None, *key)
    return Event(who, None, asked.action, None, None, None, None, decided.code, *key)


def _read_told(event: Mapping[str, Any], course_id: UUID) -> Told:
    """The answer that an event, stored or to be stored, stands for."""
    if event["refusal"] is not None:
        return rules.REFUSALS[event["refusal"]]
    if event["action"] == "register":
        registered = Registered(course_id=course_id, status=event["status"], reserve_position=event["reserve_position"])
        return registered.model_dump_json()
    return Dropped(
        course_id=course_id,
        dropped_status=event["status"],
        promoted_student_id=event["promoted_student_id"],
        promoted_from_position=event["promoted_from_position"],
    ).model_dump_json()
