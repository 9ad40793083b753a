"""The endpoints of contracts/registration.md."""

from uuid import UUID

from fastapi import Request, Response

from api.problems import CACHE_UNAVAILABLE, ProblemError
from api.registration import queries, rules, schemas, service
from api.web import errors, resources
from api.web.authentication import Subject, issue_token
from api.web.resources import Key
from api.web.routes import DirectRoute, Router

router = Router()
REFUSALS = (rules.COURSE_NOT_FOUND, rules.REGISTRATION_CLOSED)


# The writes first, since they are asked for most.
async def _decide(
    request: Request, action: rules.Action, course_id: UUID, student_id: UUID, key: str | None
) -> Response:
    asked = service.Asked(action, course_id, student_id)
    write = await resources.read_write(request, asked, key)
    return await resources.answer_write(request, service.contend(asked), write)


@router.write(
    "/courses/{course_id}/register",
    "registration",
    schemas.Registered,
    rules.ALREADY_REGISTERED,
    rules.COURSE_FULL,
    *REFUSALS,
    *errors.TOKEN_PROBLEMS,
    kind=DirectRoute,
)
async def register(request: Request, course_id: UUID, student_id: Subject, idempotency_key: Key = None) -> Response:
    """Take a seat, or a place in the reserve queue, or be refused."""
    return await _decide(request, "register", course_id, student_id, idempotency_key)


@router.write(
    "/courses/{course_id}/drop",
    "registration",
    schemas.Dropped,
    rules.NOT_REGISTERED,
    *REFUSALS,
    *errors.TOKEN_PROBLEMS,
    kind=DirectRoute,
)
async def drop(request: Request, course_id: UUID, student_id: Subject, idempotency_key: Key = None) -> Response:
    """Give up a seat, promoting the head of the queue, or a place in the queue."""
    return await _decide(request, "drop", course_id, student_id, idempotency_key)


@router.post(
    "/auth/login",
    tags=["auth"],
    response_model=schemas.Token,
    responses=errors.responses(
        errors.INVALID_CREDENTIALS, errors.SIGN_IN_BUSY, errors.BODY_TOO_LARGE, *errors.READ_PROBLEMS
    ),
)
async def login(request: Request, credentials: schemas.Credentials) -> schemas.Token:
    """Exchange a student number and password for a bearer token."""
    known = await queries.find_credentials(resources.database(request), credentials.student_number)
    password_hash = known["password_hash"] if known else None
    if not await resources.match_password(request, credentials.password, password_hash) or known is None:
        raise ProblemError(errors.INVALID_CREDENTIALS)
    token = issue_token(request.app.state.settings, known["id"], request.app.state.key)
    return schemas.Token(access_token=token)


@router.read("/semesters/", "catalogue", list[schemas.Semester])
async def list_semesters(request: Request) -> Response:
    """All semesters, the latest registration window first."""
    return await resources.answer_read(request, queries.LIST_SEMESTERS)


@router.read(
    "/semesters/{semester_id}/courses", "catalogue", list[schemas.Course], rules.SEMESTER_NOT_FOUND, CACHE_UNAVAILABLE
)
async def list_courses(request: Request, semester_id: UUID) -> Response:
    """The courses of a semester by name; cached for `CACHE_TTL_S` seconds."""
    query = queries.list_courses(semester_id)
    return await resources.answer_cached(request, f"courses:{semester_id}", query, rules.SEMESTER_NOT_FOUND)


@router.read("/courses/{course_id}", "catalogue", schemas.Course, rules.COURSE_NOT_FOUND)
async def find_course(request: Request, course_id: UUID) -> Response:
    """One course."""
    return await resources.answer_read(request, queries.find_course(course_id), rules.COURSE_NOT_FOUND)


@router.read(
    "/semesters/{semester_id}/my-courses",
    "registration",
    list[schemas.MyCourse],
    rules.SEMESTER_NOT_FOUND,
    *errors.TOKEN_PROBLEMS,
)
async def list_my_courses(request: Request, semester_id: UUID, student_id: Subject) -> Response:
    """What the signed-in student holds in a semester."""
    return resources.respond_json(await queries.list_my_courses(resources.database(request), semester_id, student_id))
