"""The shapes that cross the HTTP edge, as in contracts/registration.md."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.registration.rules import Status

# Postgres takes no NUL in a text.
NO_NUL = r"^[^\x00]*$"


class Credentials(BaseModel):
    """A student number and its password."""

    student_number: Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL)]
    password: Annotated[str, Field(max_length=1024, pattern=NO_NUL)]


class Token(BaseModel):
    """A bearer token."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # no password


class Semester(BaseModel):
    """A semester and its registration window."""

    id: UUID
    name: str
    registration_start: datetime
    registration_end: datetime
    created_at: datetime
    updated_at: datetime


class Course(BaseModel):
    """A course; the contract shows no seat counts."""

    id: UUID
    semester_id: UUID
    course_name: str
    professor: str
    schedule: str
    max_capacity: int
    reserve_limit: int
    created_at: datetime
    updated_at: datetime


class MyCourse(BaseModel):
    """A live registration of the signed-in student."""

    course_id: UUID
    course_name: str
    professor: str
    schedule: str
    status: Status
    reserve_position: int | None


class Registered(BaseModel):
    """A seat, or a place in the reserve queue (1 is the head)."""

    course_id: UUID
    status: Status
    reserve_position: int | None


class Dropped(BaseModel):
    """What was given up, and who moved from the queue into the free seat."""

    course_id: UUID
    dropped_status: Status
    promoted_student_id: UUID | None
    promoted_from_position: int | None
