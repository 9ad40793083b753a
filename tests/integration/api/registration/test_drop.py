from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.conftest import Lab
from tests.integration.api.conftest import Campus, Student


def filled(campus: Campus, students: list[Student], capacity: int) -> UUID:
    course = campus.course(capacity, len(students) - capacity)
    for student in students:
        assert student.register(course).status_code == 200
    return course


def test_drop_promotes_first_in_queue(campus: Campus) -> None:
    students = campus.students(4)
    course = filled(campus, students, capacity=1)
    answer = students[0].drop(course)
    assert answer.status_code == 200
    assert answer.json() == {
        "course_id": str(course),
        "dropped_status": "ENROLLED",
        "promoted_student_id": str(students[1].id),
        "promoted_from_position": 1,
    }
    assert campus.places(course) == {
        students[1].id: ("ENROLLED", None),
        students[2].id: ("RESERVED", 1),
        students[3].id: ("RESERVED", 2),
    }
    assert campus.counters(course) == (1, 2, 5)


def test_drop_of_a_seat_without_a_queue_promotes_nobody(campus: Campus) -> None:
    students = campus.students(2)
    course = filled(campus, students, capacity=2)
    answer = students[0].drop(course).json()
    assert (answer["dropped_status"], answer["promoted_student_id"], answer["promoted_from_position"]) == (
        "ENROLLED",
        None,
        None,
    )
    assert campus.places(course) == {students[1].id: ("ENROLLED", None)}
    assert campus.counters(course) == (1, 0, 3)


@pytest.mark.parametrize("position", [1, 2, 3])
def test_drop_of_a_reserve_shifts_those_behind_it(campus: Campus, position: int) -> None:
    students = campus.students(4)
    course = filled(campus, students, capacity=1)
    answer = students[position].drop(course).json()
    assert (answer["dropped_status"], answer["promoted_student_id"]) == ("RESERVED", None)
    queue = [student.id for student in students[1:] if student is not students[position]]
    assert campus.places(course) == {
        students[0].id: ("ENROLLED", None),
        queue[0]: ("RESERVED", 1),
        queue[1]: ("RESERVED", 2),
    }
    assert campus.counters(course) == (1, 2, 5)


def test_drop_is_told_by_an_event(campus: Campus) -> None:
    students = campus.students(3)
    course = filled(campus, students, capacity=1)
    students[2].drop(course)
    students[0].drop(course)
    reserve, seat = campus.events(course)[3:]
    assert (reserve.version, reserve.action, reserve.status, reserve.reserve_position) == (4, "drop", "RESERVED", 2)
    assert reserve.promoted_student_id is None
    assert (seat.version, seat.action, seat.status, seat.reserve_position) == (5, "drop", "ENROLLED", None)
    assert (seat.promoted_student_id, seat.promoted_from_position) == (students[1].id, 1)


def test_drop_without_a_place_is_not_found(campus: Campus) -> None:
    students = campus.students(2)
    course = filled(campus, students[:1], capacity=1)
    for student in (students[1], students[0], students[0]):
        answer = student.drop(course)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_registered")
    assert students[1].drop(course).json()["code"] == "not_registered"
    assert campus.counters(course) == (0, 0, 2)


def test_drop_of_an_unknown_course_is_not_found(campus: Campus) -> None:
    answer = campus.student().drop(uuid4())
    assert (answer.status_code, answer.json()["code"]) == (404, "course_not_found")


def test_drop_after_the_window_closed_is_refused(lab: Lab, campus: Campus) -> None:
    semester, student = campus.semester(), campus.student()
    course = campus.course(semester=semester)
    student.register(course)
    close = "update registration.semesters set registration_end = now() - interval '1 minute' where id = :id"
    with lab.engine.begin() as connection:
        connection.execute(sa.text(close), {"id": semester})
    answer = student.drop(course)
    assert (answer.status_code, answer.json()["code"]) == (400, "registration_closed")
    assert campus.places(course) == {student.id: ("ENROLLED", None)}


def test_nobody_can_drop_another_students_place(campus: Campus) -> None:
    holder, other = campus.students(2)
    course = filled(campus, [holder], capacity=1)
    answer = other.drop(course, body=f'{{"student_id": "{holder.id}"}}'.encode())
    assert (answer.status_code, answer.json()["code"]) == (404, "not_registered")
    assert campus.places(course) == {holder.id: ("ENROLLED", None)}


def test_drop_leaves_other_courses_alone(campus: Campus) -> None:
    students = campus.students(3)
    dropped, kept = filled(campus, students, capacity=1), filled(campus, students, capacity=1)
    before = campus.places(kept)
    students[0].drop(dropped)
    assert campus.places(kept) == before
    assert campus.counters(kept) == (1, 2, 3)


def test_window_bounds_are_those_of_the_courses_own_semester(campus: Campus) -> None:
    closed = campus.course(semester=campus.semester(timedelta(days=-2), timedelta(days=-1)))
    opened = campus.course()
    student = campus.student()
    assert student.register(closed).status_code == 400
    assert student.register(opened).status_code == 200
