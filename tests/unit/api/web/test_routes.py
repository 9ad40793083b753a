import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, BackgroundTasks, Cookie, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api.web.routes import MAX_BODY_BYTES, DirectRoute


class Model(BaseModel):
    """A body."""


Key = Annotated[str | None, Header(max_length=3)]


async def read_size(request: Request) -> int:
    return len(await request.body())


async def plain(request: Request, thing_id: int, size: Annotated[int, Depends(read_size)], key: Key = None) -> Response:
    return JSONResponse([thing_id, size, key])


async def read_twice(size: Annotated[int, Depends(read_size)]) -> int:
    return 2 * size


async def with_query(request: Request, page: Annotated[int, Query()] = 1) -> None: ...


async def with_cookie(request: Request, tracked: Annotated[str | None, Cookie()] = None) -> None: ...


async def with_body(request: Request, model: Model) -> None: ...


async def with_header_that_must_be(request: Request, key: Annotated[str, Header()]) -> None: ...


async def with_nested_dependency(request: Request, size: Annotated[int, Depends(read_twice)]) -> None: ...


async def with_dependency_that_takes_the_path(request: Request, one: Annotated[None, Depends(plain)]) -> None: ...


async def with_tasks(request: Request, tasks: BackgroundTasks) -> None: ...


async def without_request(thing_id: int) -> None: ...


def make_route(endpoint: Callable[..., Any]) -> DirectRoute:
    router = APIRouter(route_class=DirectRoute)
    router.add_api_route("/things/{thing_id}", endpoint, methods=["POST"], response_model=None)
    (route,) = router.routes
    assert isinstance(route, DirectRoute)
    return route


async def ask(body: bytes, key: bytes | None = None) -> Any:
    """What the endpoint of a direct route answers to a request."""
    headers = [] if key is None else [(b"key", key)]
    scope = {"type": "http", "method": "POST", "path_params": {"thing_id": "7"}, "headers": headers}
    pieces = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return pieces.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    await make_route(plain).handle(scope, receive, send)
    return json.loads(sent[1]["body"])


def test_endpoint_gets_what_it_declares() -> None:
    assert asyncio.run(ask(b"body", b"abc")) == [7, 4, "abc"]
    assert asyncio.run(ask(b"")) == [7, 0, None]


def test_header_that_does_not_fit_is_refused() -> None:
    with pytest.raises(RequestValidationError, match="string_too_long"):
        asyncio.run(ask(b"", b"abcd"))


def test_dependency_comes_before_what_may_not_fit() -> None:
    with pytest.raises(HTTPException):
        asyncio.run(ask(b"x" * (MAX_BODY_BYTES + 1), b"abcd"))


@pytest.mark.parametrize(
    "endpoint",
    [
        with_query, with_cookie, with_body, with_header_that_must_be, with_nested_dependency,
        with_dependency_that_takes_the_path, with_tasks, without_request,
    ],
)  # fmt: skip
def test_direct_route_refuses_at_start_what_it_would_leave_out(endpoint: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="things"):
        make_route(endpoint)
