"""What a system gives to the target, and the sub-application made of it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, TypeAlias

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from api.web import errors
from api.web.authentication import BEARER, OPTIONAL_BEARER
from api.web.routes import join_methods

Lifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class StartError(Exception):
    """A system did not start; the message names it."""


@dataclass(frozen=True, slots=True)
class System:
    """One system under test: the key is its URL prefix, its database schema and its token audience.

    `lifespan`: what the system opens when the process starts, and closes when it ends. It finds the shared parts
    (settings, database, cache) in the application's state, and may add its own.
    """

    key: str
    title: str
    summary: str
    router: APIRouter
    lifespan: Lifespan | None = None

    def application(self) -> FastAPI:
        """A FastAPI application of its own; its resources are put into its state at start."""
        app = make_application(self.title, self.summary, self.router.routes)
        app.state.key = self.key
        return app

    async def start(self, app: FastAPI, opened: AsyncExitStack) -> None:
        """Enter the system's lifespan; it ends with `opened`.

        Raises:
            StartError: the lifespan failed before it yielded.
        """
        if self.lifespan is None:
            return
        try:
            await opened.enter_async_context(self.lifespan(app))
        except Exception as error:
            raise StartError(f"The system {self.key} did not start: {type(error).__name__}: {error}") from error


class Application(FastAPI):
    """Documents the credentials of an operation as all needed; FastAPI documents each as enough."""

    _corrected: dict[str, Any] | None = None

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI page."""
        page = super().openapi()
        if page is not self._corrected:  # FastAPI makes a page anew if the routes have changed
            _join_credentials(page)
            self._corrected = page
        return page


def _join_credentials(page: dict[str, Any]) -> None:
    """Correct the schemes of each operation; an optional bearer is none or the bearer."""
    schemes = page.get("components", {}).get("securitySchemes", {})
    if OPTIONAL_BEARER in schemes:
        schemes[BEARER] = schemes.pop(OPTIONAL_BEARER)
    for operation in (one for methods in page["paths"].values() for one in methods.values() if "security" in one):
        named = {name: scopes for entry in operation["security"] for name, scopes in entry.items()}
        is_optional = named.pop(OPTIONAL_BEARER, None) is not None
        operation["security"] = [named, {**named, BEARER: []}] if is_optional else [named]


def make_application(title: str, description: str, routes: Sequence[BaseRoute] = ()) -> FastAPI:
    """An application that answers every error with a problem.

    Its own telemetry is off: it asks for providers at each request, and we count ourselves.
    """
    app = Application(
        title=title,
        description=description,
        routes=list(routes),
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    join_methods(app.routes)
    errors.install_handlers(app)
    return app
