import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import requests

from tests.conftest import Lab
from tests.integration.api.conftest import REQUEST_TIMEOUT_S, WAYS_TO_DECIDE, Campus, Student, Targets

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def unsigned(claims: dict[str, object]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "none"}, claims)]
    return b".".join((*parts, b"")).decode()


def bad_authorizations(campus: Campus, subject: UUID) -> dict[str, str]:
    sub = str(subject)
    in_an_hour = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    claims = {"sub": sub, "iss": "stampede", "aud": "registration", "exp": in_an_hour}
    tokens = {
        "garbage": "not-a-token",
        "empty": "",
        "expired": campus.token(sub=sub, exp=YESTERDAY),
        "never expires": campus.token(sub=sub, exp=None),
        "wrong issuer": campus.token(sub=sub, iss="somebody"),
        "no issuer": campus.token(sub=sub, iss=None),
        "audience of another system": campus.token(sub=sub, aud="inventory"),
        "no audience": campus.token(sub=sub, aud=None),
        "wrong secret": campus.token("another secret of at least 32 bytes", sub=sub),
        "no subject": campus.token(),
        "subject that is no id": campus.token(sub="STU10000"),
        "alg none": unsigned(claims),
    }
    bad = {what: f"Bearer {token}" for what, token in tokens.items()}
    return bad | {"other scheme": "Basic dGVzdDp0ZXN0", "token without scheme": campus.token(sub=sub)}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/semesters/{semester}/my-courses"),
        ("POST", "/courses/{course}/register"),
        ("POST", "/courses/{course}/drop"),
    ],
)
class TestProtected:
    def _ask(
        self, campus: Campus, method: str, path: str, headers: dict[str, str], course: UUID | None = None
    ) -> requests.Response:
        semester = campus.semester()
        address = campus.url + path.format(semester=semester, course=course or campus.course(semester=semester))
        return requests.request(method, address, headers=headers, timeout=REQUEST_TIMEOUT_S)

    def test_missing_header_is_forbidden(self, campus: Campus, method: str, path: str) -> None:
        answer = self._ask(campus, method, path, {})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_authenticated")

    def test_bad_token_is_unauthorized_and_changes_nothing(self, campus: Campus, method: str, path: str) -> None:
        student, course = campus.student(), campus.course()
        student.register(course)
        for what, authorization in bad_authorizations(campus, student.id).items():
            answer = self._ask(campus, method, path, {"Authorization": authorization}, course)
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token"), what
            assert answer.headers["WWW-Authenticate"] == "Bearer", what
        assert campus.places(course) == {student.id: ("ENROLLED", None)}
        assert len(campus.events(course)) == 1

    def test_scheme_is_read_in_any_case(self, campus: Campus, method: str, path: str) -> None:
        student = campus.student()
        answer = self._ask(campus, method, path, {"Authorization": f"bearer {student.token}"})
        assert answer.status_code not in {401, 403}


@pytest.mark.parametrize("locking", WAYS_TO_DECIDE)
def test_unknown_student_is_unauthorized_everywhere(lab: Lab, targets: Targets, locking: str) -> None:
    campus = Campus(lab, targets.url(locking))
    stranger = Student(uuid4(), "", campus.url)
    stranger = replace(stranger, token=campus.token(sub=str(stranger.id)))
    closed = campus.semester(closes=timedelta(hours=-1))
    courses = campus.course(), campus.course(semester=closed), uuid4()
    paths = [f"/courses/{course}/{action}" for course in courses for action in ("register", "drop")]
    asks = [("POST", path, key) for path in paths for key in (None, uuid4().hex)]
    asks += [("GET", f"/semesters/{semester}/my-courses", None) for semester in (closed, uuid4())]
    for method, path, key in asks:
        answer = stranger.ask(method, path, key)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token"), path
    for course in courses[:2]:
        assert campus.places(course) == {}
        assert campus.counters(course) == (0, 0, 0)
        assert campus.events(course) == []


def test_public_reads_need_no_token(campus: Campus) -> None:
    semester = campus.semester()
    course = campus.course(semester=semester)
    for path in ("/semesters/", f"/semesters/{semester}/courses", f"/courses/{course}"):
        assert campus.get(path).status_code == 200, path


def test_public_reads_ignore_a_bad_token(campus: Campus) -> None:
    headers = {"Authorization": "Bearer not-a-token"}
    assert requests.get(f"{campus.url}/semesters/", headers=headers, timeout=REQUEST_TIMEOUT_S).status_code == 200
