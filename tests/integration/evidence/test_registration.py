"""What the suite derives from the events must be what the target held and answered."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest

from tests.integration.api.conftest import Campus
from tests.integration.api.test_equal_decisions import COURSES, STUDENTS, Students, named, open_campus
from tests.integration.api.twins import Ask, Twin
from tests.integration.evidence.conftest import recorded, rows_of

STEPS_SEEDED, STEPS = 150, 600
HELD = "select student_id::text, status, reserve_position from registration.course_registrations where course_id = '{}'"
Standings = dict[str, tuple[str, int | None]]


@dataclass
class Past:
    """What was sent, what was answered, and who held what after each version of a course."""

    target: Twin
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    held: dict[tuple[UUID, int], Standings] = field(default_factory=dict)
    bases: dict[UUID, int] = field(default_factory=dict)

    def versions(self) -> dict[UUID, int]:
        return {row[0]: row[1] for row in self.target.read("select id, version from registration.courses")}

    def send(self, ask: Ask) -> None:
        status, _, body = self.target.send(ask)
        self.answers[str(ask.key)] = (status, body)
        for course, version in self.versions().items():
            if (course, version) not in self.held:
                self.held[course, version] = {
                    student: (standing, position)
                    for student, standing, position in self.target.read(HELD.format(course))
                }


@pytest.fixture(scope="module")
def past(target: Twin, lab: Any) -> Past:
    """Random writes; what happened in the first of them is declared to be seeded."""
    desk = replace(target, url=f"{target.url}/registration")
    open_campus(desk)
    students, past = Students(5, Campus(lab, target.url)), Past(desk)
    for step in range(STEPS_SEEDED + STEPS):
        if step == STEPS_SEEDED:
            desk.execute("delete from registration.events where version is null and id > :id", [{"id": 0}])
            desk.execute("update registration.events set seeded = true, op_id = null where id > :id", [{"id": 0}])
            past.bases, past.answers = past.versions(), {}
        past.send(replace(students.choose(), key=f"op-{step}"))
    return past


def states_at(rows: list[dict[str, Any]], version: int) -> dict[str | None, dict[str, Any]]:
    """The last row of each actor up to a version."""
    last: dict[str | None, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["version"]):
        if row["version"] <= version:
            last[row["actor"]] = row
    return last


def test_states_are_what_students_held(past: Past) -> None:
    states = [row for row in rows_of(past.target, "states", "registration") if row["aspect"] == ""]
    assert len({(row["entity"], row["actor"], row["version"]) for row in states}) == len(states)
    compared = 0
    for (course, version), held in past.held.items():
        if version < past.bases[course]:
            continue
        last = states_at([row for row in states if row["entity"] == f"course {course}"], version)
        found = {
            actor: (row["facts"]["status"], row["facts"]["reserve_position"])
            for actor, row in last.items()
            if actor is not None and row["facts"] is not None
        }
        assert found == {student: (status, place or "null") for student, (status, place) in held.items()}, version
        compared += len(found)
    assert compared > 300


def test_full_courses_allow_the_refusal(past: Past) -> None:
    limits = {
        row[0]: row[1:] for row in past.target.read("select id, max_capacity, reserve_limit from registration.courses")
    }
    states = [row for row in rows_of(past.target, "states", "registration") if not row["aspect"] and not row["actor"]]
    seen = set()
    for (course, version), held in past.held.items():
        if version < past.bases[course]:
            continue
        statuses = [status for status, _ in held.values()]
        full = (statuses.count("ENROLLED"), statuses.count("RESERVED")) == limits[course]
        row = states_at([row for row in states if row["entity"] == f"course {course}"], version)[None]
        assert row["allows"] == (["course_full on register"] if full else [])
        assert row["facts"] == {}
        seen.add(full)
    assert seen == {True, False}


def test_descriptions_are_what_reads_show(past: Past, lab: Any) -> None:
    rows = rows_of(past.target, "states", "registration")
    facts = {
        row["entity"]: row["facts"] for row in rows if row["aspect"] == "description" or "semester" in row["entity"]
    }
    listed = past.target.session.get(f"{past.target.url}/semesters/").json()
    assert {one["id"] for one in listed} == {str(named("open")), str(named("closed"))}
    for semester in listed:
        assert facts[f"semester {semester['id']}"] == semester
        for course in past.target.session.get(f"{past.target.url}/semesters/{semester['id']}/courses").json():
            assert facts[f"course {course['id']}"] == course


def test_actors_hold_what_they_read(past: Past, lab: Any) -> None:
    campus, semester = Campus(lab, past.target.url), named("open")
    rows = [row for row in rows_of(past.target, "states", "registration") if row["actor"]]
    shown = 0
    for student in STUDENTS:
        headers = {"Authorization": f"Bearer {campus.token(sub=str(student))}"}
        answer = past.target.session.get(f"{past.target.url}/semesters/{semester}/my-courses", headers=headers).json()
        last = {
            row["entity"]: row for row in sorted(rows, key=lambda row: row["version"]) if row["actor"] == str(student)
        }
        held = {entity: row["facts"] for entity, row in last.items() if row["facts"] is not None}
        assert held == {f"course {one['course_id']}": {**recorded(one), "semester_id": str(semester)} for one in answer}
        shown += len(answer)
    assert shown


def test_effects_are_the_answers(past: Past) -> None:
    effects = {row["op_id"]: row for row in rows_of(past.target, "effects", "registration") if not row["seeded"]}
    codes = set()
    for key, (status, body) in past.answers.items():
        if status == 200:
            effects[key]["answer"].pop("given_up", None)  # which no answer tells
            assert effects[key]["answer"] == recorded(body)
            assert effects[key]["version"] > 0
        elif body["code"] not in ("course_not_found", "invalid_token"):
            assert (effects[key]["refused"], effects[key]["version"]) == (body["code"], None)
            codes.add(body["code"])
    assert codes == {"registration_closed", "already_registered", "course_full", "not_registered"}
    assert set(effects) <= set(past.answers)


def test_window_bounds_the_closed_refusal(past: Past) -> None:
    rows = [row for row in rows_of(past.target, "states", "registration") if row["allows"] == ["registration_closed"]]
    start, end = past.target.read(
        "select extract(epoch from registration_start)::float8, extract(epoch from registration_end)::float8"
        " from registration.semesters order by registration_start desc"
    )[0]
    bounds = {(row["from_time"], row["until_time"]) for row in rows if row["entity"] == f"course {COURSES[0]}"}
    assert bounds == {(None, start), (end, None)}
