"""A shorter way to an endpoint, for the writes that everybody sends at once."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from api.resources import MAX_BODY_BYTES

# What FastAPI finds in a signature, by the names of its own model of it.
INPUTS = ("path_params", "header_params", "query_params", "cookie_params", "body_params")
EXTRAS = (
    "websocket_param_name",
    "http_connection_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
)


class DirectRoute(APIRoute):
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

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the arguments, call the endpoint, send its response."""
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)  # which says so
            return
        request = Request(scope, _bounded(receive))
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


def _bounded(receive: Receive) -> Receive:
    """The same messages, and 413 once they hold too much."""
    size = 0

    async def receive_bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            raise HTTPException(413)
        return message

    return receive_bounded
