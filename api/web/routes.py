"""Routes that bound the body, know the methods of their path and document their problems; a short way for writes."""

from collections.abc import Callable, Sequence
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from api.problems import Problem
from api.web import errors

MAX_BODY_BYTES = 1 << 16
# No more than Starlette's parser keeps of a file in memory (`spool_max_size`), so no upload reaches a disk.
MAX_UPLOAD_BYTES = 1 << 20

# What FastAPI finds in a signature, by the names of its own model of it.
INPUTS = ("path_params", "header_params", "query_params", "cookie_params", "body_params")
EXTRAS = (
    "websocket_param_name",
    "http_connection_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
)


class Route(APIRoute):
    """A route whose body holds at most `max_body_bytes`, and which refuses the methods that its path does not have.

    Without it, `GET /orders/bulk` would be answered by the route of `/orders/{order_id}`, and `Allow` would name the
    methods of one route of several.
    """

    max_body_bytes = MAX_BODY_BYTES
    path_methods: frozenset[str] = frozenset()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route; a method that no route of this path takes is this route's to refuse."""
        match, child_scope = super().matches(scope)
        if match is Match.PARTIAL and scope["method"] not in self.path_methods:
            return Match.FULL, child_scope
        return match, child_scope

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse the method.

        Raises:
            HTTPException: 405 with all methods of the path.
        """
        if scope["method"] not in (self.methods or ()):
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(self.path_methods))})
        await self.answer(scope, _bounded(receive, self.max_body_bytes), send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by FastAPI's way."""
        await super().handle(scope, receive, send)


Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Router(APIRouter):
    """The routes of a system. Each says what it answers and refuses; what any read or write may meet is added."""

    def __init__(self) -> None:
        super().__init__(route_class=Route)

    def read(self, path: str, tag: str, model: Any, *problems: Problem) -> Callable[[Endpoint], Endpoint]:
        """Decorate an endpoint that only reads."""
        return self._add(path, tag, model, (*problems, *errors.READ_PROBLEMS), methods=["GET"])

    def write(
        self,
        path: str,
        tag: str,
        model: Any,
        *problems: Problem,
        method: str = "POST",
        status: int = 200,
        kind: type[Route] = Route,
    ) -> Callable[[Endpoint], Endpoint]:
        """Decorate an endpoint that writes."""
        found = (*problems, *errors.WRITE_PROBLEMS)
        return self._add(path, tag, model, found, methods=[method], status_code=status, route_class_override=kind)

    def _add(
        self, path: str, tag: str, model: Any, problems: Sequence[Problem], **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            documented = errors.responses(*problems)
            self.add_api_route(path, endpoint, tags=[tag], response_model=model, responses=documented, **options)
            return endpoint

        return add


class UploadRoute(Route):
    """A route for multipart forms with files (`UploadFile`), which are parsed while they arrive.

    A body above `MAX_UPLOAD_BYTES` is refused as soon as that much of it has come.
    """

    max_body_bytes = MAX_UPLOAD_BYTES


def join_methods(routes: Sequence[BaseRoute]) -> None:
    """Tell each route the methods of all routes with its path."""
    ours = [route for route in routes if isinstance(route, Route)]
    for route in ours:
        route.path_methods = frozenset(
            method for other in ours if other.path == route.path for method in other.methods or ()
        )


class DirectRoute(Route):
    """A route that reads path, headers and dependencies itself, as its endpoint declares them.

    Documented, and answered where something does not fit, as any other: only FastAPI's general way to the
    arguments, which costs more than deciding the request, is left out. So it knows the request, the path, headers that
    may be missing, and dependencies that take the request and nothing else; the body, which may hold
    `MAX_BODY_BYTES`, is the endpoint's to read. An application gets it in its list of routes: what a router is included
    with, it does not know. docs/decisions/0007-a-short-way-for-writes.md.

    Raises:
        TypeError: the endpoint asks for anything else.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        asked = self.dependant
        calls = {str(one.name): one.call for one in asked.dependencies if one.call and _takes_request_only(one)}
        if (
            asked.request_param_name != "request"
            or any(field.field_info.is_required() for field in asked.header_params)
            or any(getattr(asked, kind) for kind in (*INPUTS[2:], *EXTRAS))
            or len(calls) < len(asked.dependencies)
        ):
            raise TypeError(f"{self.path}: what its endpoint asks for, a direct route does not give.")
        self._calls: list[tuple[str, Callable[..., Any]]] = list(calls.items())
        self._path = [(field.name, field) for field in asked.path_params]
        self._headers = [(field.name, field, field.alias.lower().encode()) for field in asked.header_params]

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the arguments, call the endpoint, send its response."""
        request = Request(scope, receive)
        answers = {name: await call(request) for name, call in self._calls}
        response = await self.endpoint(request=request, **answers, **self._read(scope))
        await response(scope, receive, send)

    def _read(self, scope: Scope) -> dict[str, Any]:
        """The arguments from path and headers.

        Raises:
            RequestValidationError: one does not fit.
        """
        arguments: dict[str, Any] = {}
        faults: list[Any] = []
        for name, field in self._path:
            arguments[name], found = field.validate(scope["path_params"][field.alias], loc=("path", field.alias))
            faults += found
        for name, field, header in self._headers:
            given = next((value for key, value in scope["headers"] if key == header), None)
            if given is None:
                arguments[name] = field.default
                continue
            arguments[name], found = field.validate(given.decode("latin-1"), loc=("header", field.alias))
            faults += found
        if faults:
            raise RequestValidationError(faults)
        return arguments


def _takes_request_only(one: Dependant) -> bool:
    takes_more = any(getattr(one, kind) for kind in (*INPUTS, *EXTRAS, "dependencies"))
    is_async = iscoroutinefunction(one.call) or iscoroutinefunction(type(one.call).__call__)
    return one.request_param_name == "request" and is_async and not takes_more


def _bounded(receive: Receive, max_bytes: int) -> Receive:
    """The same messages, and 413 once they hold too much."""
    size = 0

    async def receive_bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > max_bytes:
            raise HTTPException(413)
        return message

    return receive_bounded
