from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
import requests

from tests.conftest import Lab
from tests.integration.api.conftest import REQUEST_TIMEOUT_S, Campus

OPEN = "Testing Open Window"


def a_date(value: object) -> bool:
    return isinstance(value, str) and value.endswith("+00:00") and datetime.fromisoformat(value).tzinfo is not None


def an_id(value: object) -> bool:
    return isinstance(value, str) and str(UUID(value)) == value


def a_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def a_number(value: object) -> bool:
    return isinstance(value, int)


SEMESTER = {
    "id": an_id,
    "name": a_text,
    **dict.fromkeys(("registration_start", "registration_end", "created_at", "updated_at"), a_date),
}
COURSE = {
    **dict.fromkeys(("id", "semester_id"), an_id),
    **dict.fromkeys(("course_name", "professor", "schedule"), a_text),
    **dict.fromkeys(("max_capacity", "reserve_limit"), a_number),
    **dict.fromkeys(("created_at", "updated_at"), a_date),
}
MY_COURSE = {
    "course_id": an_id,
    **dict.fromkeys(("course_name", "professor", "schedule", "status"), a_text),
    "reserve_position": lambda value: value is None or a_number(value),
}


def assert_shape(item: Mapping[str, object], shape: Mapping[str, Any]) -> None:
    assert list(item) == list(shape)
    assert [name for name, fits in shape.items() if not fits(item[name])] == []


def login(campus: Campus, number: str, password: str) -> requests.Response:
    pair = {"student_number": number, "password": password}
    return requests.post(f"{campus.url}/auth/login", json=pair, timeout=REQUEST_TIMEOUT_S)


@pytest.mark.parametrize("number", ["STU10000", "STU10999", "STU001", "STU010", "TEST100000"])
def test_login_gives_a_bearer_token(campus: Campus, number: str) -> None:
    answer = login(campus, number, "test123")
    assert answer.status_code == 200
    assert list(answer.json()) == ["access_token", "token_type"]
    assert answer.json()["token_type"] == "bearer"


def test_token_of_a_login_is_accepted_and_outlives_an_hour(campus: Campus) -> None:
    token = login(campus, "STU10001", "test123").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    path = f"{campus.url}/semesters/{campus.semester()}/my-courses"
    assert requests.get(path, headers=headers, timeout=REQUEST_TIMEOUT_S).json() == []
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] > 3600


@pytest.mark.parametrize(
    ("number", "password"),
    [("STU10000", "wrong"), ("STU10000", ""), ("NOBODY", "test123"), ("NOBODY", ""), ("STU10000", "test123" * 20)],
)
def test_wrong_pair_is_unauthorized(campus: Campus, number: str, password: str) -> None:
    answer = login(campus, number, password)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


def test_login_with_a_character_that_no_name_has_is_refused(campus: Campus) -> None:
    assert login(campus, "STU\0", "test123").status_code in {401, 422}


def test_body_larger_than_any_request_needs_is_refused(campus: Campus) -> None:
    course, student = campus.course(), campus.student()
    path = f"{campus.url}/courses/{course}/register"
    headers = {"Authorization": f"Bearer {student.token}"}
    for body in (b"x" * 100_000, iter([b"x" * 50_000] * 2)):  # with its length told before, and piece by piece
        answer = requests.post(path, data=body, headers=headers, timeout=REQUEST_TIMEOUT_S)
        assert answer.status_code == 413
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert campus.places(course) == {}


def test_login_without_its_fields_is_invalid(campus: Campus) -> None:
    answer = requests.post(f"{campus.url}/auth/login", json={"student_number": "STU10000"}, timeout=REQUEST_TIMEOUT_S)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "password" in answer.json()["detail"]


def test_semesters_are_a_bare_list_without_a_redirect(campus: Campus) -> None:
    answer = requests.get(f"{campus.url}/semesters/", allow_redirects=False, timeout=REQUEST_TIMEOUT_S)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    for semester in answer.json():
        assert_shape(semester, SEMESTER)


def test_semesters_come_latest_window_first(campus: Campus) -> None:
    for age in (3, 1, 2):
        campus.semester(timedelta(days=-age), timedelta(days=age))
    starts = [datetime.fromisoformat(semester["registration_start"]) for semester in campus.get("/semesters/").json()]
    assert starts == sorted(starts, reverse=True)


def test_seeded_world_has_one_open_window_among_closed_ones(campus: Campus, lab: Lab) -> None:
    semesters = campus.get("/semesters/").json()
    (window,) = [one for one in semesters if one["name"] == OPEN]
    start, end = (datetime.fromisoformat(window[field]) for field in ("registration_start", "registration_end"))
    assert start < datetime.now(start.tzinfo) < end
    assert len({one["name"] for one in semesters} - {OPEN}) >= 8
    courses = {one["course_name"]: one for one in campus.get(f"/semesters/{window['id']}/courses").json()}
    limits = [(courses[name]["max_capacity"], courses[name]["reserve_limit"]) for name in courses if "Systems" in name]
    assert sorted(limits) == [(2, 2), (40, 10)]


def test_courses_are_a_bare_list_ordered_by_name(campus: Campus) -> None:
    semester = campus.semester()
    ids = {name: campus.course(3, 2, semester, name) for name in ("Logic", "Algebra", "Optics")}
    campus.course(name="Elsewhere")
    answer = campus.get(f"/semesters/{semester}/courses")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    told = answer.json()
    assert [(course["course_name"], course["id"]) for course in told] == sorted(
        (name, str(course)) for name, course in ids.items()
    )
    for course in told:
        assert_shape(course, COURSE)
        assert (course["semester_id"], course["max_capacity"], course["reserve_limit"]) == (str(semester), 3, 2)


def test_semester_without_courses_is_an_empty_list(campus: Campus) -> None:
    assert campus.get(f"/semesters/{campus.semester()}/courses").json() == []


def test_one_course_has_the_shape_of_the_list(campus: Campus) -> None:
    semester = campus.semester()
    course = campus.course(semester=semester)
    answer = campus.get(f"/courses/{course}")
    assert answer.status_code == 200
    assert_shape(answer.json(), COURSE)
    assert [answer.json()] == campus.get(f"/semesters/{semester}/courses").json()


def test_register_and_drop_answer_with_the_contracts_fields(campus: Campus) -> None:
    course = campus.course(capacity=1, reserve=1)
    first, second = campus.students(2)
    assert first.register(course).json() == {"course_id": str(course), "status": "ENROLLED", "reserve_position": None}
    assert second.register(course).json() == {"course_id": str(course), "status": "RESERVED", "reserve_position": 1}
    fields = ["course_id", "dropped_status", "promoted_student_id", "promoted_from_position"]
    promoting, emptying = first.drop(course), second.drop(course)
    assert list(promoting.json().values()) == [str(course), "ENROLLED", str(second.id), 1]
    assert list(emptying.json().values()) == [str(course), "ENROLLED", None, None]
    for answer in (promoting, emptying):
        assert answer.status_code == 200
        assert list(answer.json()) == fields


def test_my_courses_are_those_of_the_student_in_the_semester(campus: Campus) -> None:
    semester = campus.semester()
    seat, queue = (campus.course(1, 1, semester, name) for name in ("B seat", "A queue"))
    other, student = campus.students(2)
    other.register(queue)
    for course in (seat, queue, campus.course(name="Elsewhere")):
        assert student.register(course).status_code == 200
    answer = student.ask("GET", f"/semesters/{semester}/my-courses")
    assert answer.status_code == 200
    for mine in answer.json():
        assert_shape(mine, MY_COURSE)
    told = [(mine["course_id"], mine["status"], mine["reserve_position"]) for mine in answer.json()]
    assert told == [(str(queue), "RESERVED", 1), (str(seat), "ENROLLED", None)]


def test_my_courses_follow_a_promotion_and_a_drop(campus: Campus) -> None:
    semester = campus.semester()
    course = campus.course(1, 1, semester)
    first, second = campus.students(2)
    first.register(course)
    second.register(course)
    first.drop(course)
    mine, others = (student.ask("GET", f"/semesters/{semester}/my-courses").json() for student in (second, first))
    assert [one["status"] for one in mine] == ["ENROLLED"]
    assert others == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/semesters/{unknown}/courses", "semester_not_found"),
        ("/semesters/{unknown}/my-courses", "semester_not_found"),
        ("/courses/{unknown}", "course_not_found"),
    ],
)
def test_unknown_id_is_not_found(campus: Campus, path: str, code: str) -> None:
    answer = campus.student().ask("GET", path.format(unknown=uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/courses/not-an-id", 422, "invalid_request"),
        ("GET", "/semesters/not-an-id/my-courses", 422, "invalid_request"),
        ("POST", "/courses/not-an-id/register", 422, "invalid_request"),
        ("GET", "/courses/not-an-id/register", 405, "method_not_allowed"),
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/courses/a%0Ab", 404, "not_found"),
        ("DELETE", "/semesters/", 405, "method_not_allowed"),
        ("GET", "/semesters", 404, "not_found"),
    ],
)
def test_every_error_is_a_problem_with_the_contracts_detail(
    campus: Campus, method: str, path: str, status: int, code: str
) -> None:
    answer = campus.student().ask(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert sorted(answer.json()) == ["code", "detail", "status", "title", "type"]
    assert (answer.json()["code"], answer.json()["status"]) == (code, status)
    assert a_text(answer.json()["detail"])
