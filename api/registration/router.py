"""The endpoints of contracts/registration.md."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.problems import CACHE_UNAVAILABLE, ProblemError
from api.registration import queries, rules, schemas, service
from api.web import errors, resources
from api.web.authentication import Subject, issue_token
from api.web.resources import Key
from api.web.routes import DirectRoute, Route

router = APIRouter(route_class=Route)
writes = APIRouter(route_class=DirectRoute)
REFUSALS = (rules.COURSE_NOT_FOUND, rules.REGISTRATION_CLOSED)


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
    password_hash = known["password_hash"] if known else request.app.state.decoy_hash
    if not await resources.passwords(request).match(credentials.password, password_hash) or known is None:
        raise ProblemError(errors.INVALID_CREDENTIALS)
    token = issue_token(request.app.state.settings, known["id"], request.app.state.key)
    return schemas.Token(access_token=token)


@router.get(
    "/semesters/",
    tags=["catalogue"],
    response_model=list[schemas.Semester],
    responses=errors.responses(*errors.READ_PROBLEMS),
)
async def list_semesters(request: Request) -> Response:
    """All semesters, the latest registration window first."""
    return resources.respond_json(await queries.list_semesters(resources.database(request)))


@router.get(
    "/semesters/{semester_id}/courses",
    tags=["catalogue"],
    response_model=list[schemas.Course],
    responses=errors.responses(rules.SEMESTER_NOT_FOUND, CACHE_UNAVAILABLE, *errors.READ_PROBLEMS),
)
async def list_courses(request: Request, semester_id: UUID) -> Response:
    """The courses of a semester by name; cached for `CACHE_TTL_S` seconds."""
    cache = resources.cache(request)

    async def load() -> bytes:
        return (await queries.list_courses(resources.database(request), semester_id)).encode()

    return resources.respond_json(await cache.get_or_load(f"registration:courses:{semester_id}", load))


@router.get(
    "/courses/{course_id}",
    tags=["catalogue"],
    response_model=schemas.Course,
    responses=errors.responses(rules.COURSE_NOT_FOUND, *errors.READ_PROBLEMS),
)
async def find_course(request: Request, course_id: UUID) -> Response:
    """One course."""
    return resources.respond_json(await queries.find_course(resources.database(request), course_id))


@router.get(
    "/semesters/{semester_id}/my-courses",
    tags=["registration"],
    response_model=list[schemas.MyCourse],
    responses=errors.responses(rules.SEMESTER_NOT_FOUND, *errors.TOKEN_PROBLEMS, *errors.READ_PROBLEMS),
)
async def list_my_courses(request: Request, semester_id: UUID, student_id: Subject) -> Response:
    """What the signed-in student holds in a semester."""
    return resources.respond_json(await queries.list_my_courses(resources.database(request), semester_id, student_id))


async def _decide(
    request: Request, action: rules.Action, course_id: UUID, student_id: UUID, key: str | None
) -> Response:
    asked = service.Asked(action, course_id, student_id)
    write = await resources.read_write(request, asked, key)
    return await resources.answer_write(request, service.contend(asked), write)


@writes.post(
    "/courses/{course_id}/register",
    tags=["registration"],
    response_model=schemas.Registered,
    responses=errors.responses(
        rules.ALREADY_REGISTERED, rules.COURSE_FULL, *REFUSALS, *errors.TOKEN_PROBLEMS, *errors.WRITE_PROBLEMS
    ),
)
async def register(request: Request, course_id: UUID, student_id: Subject, idempotency_key: Key = None) -> Response:
    """Take a seat, or a place in the reserve queue, or be refused."""
    return await _decide(request, "register", course_id, student_id, idempotency_key)


@writes.post(
    "/courses/{course_id}/drop",
    tags=["registration"],
    response_model=schemas.Dropped,
    responses=errors.responses(rules.NOT_REGISTERED, *REFUSALS, *errors.TOKEN_PROBLEMS, *errors.WRITE_PROBLEMS),
)
async def drop(request: Request, course_id: UUID, student_id: Subject, idempotency_key: Key = None) -> Response:
    """Give up a seat, promoting the head of the queue, or a place in the queue."""
    return await _decide(request, "drop", course_id, student_id, idempotency_key)


# First, since they are asked for most.
router.routes[:0] = writes.routes
