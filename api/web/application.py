"""What a system gives to the target, and the sub-application made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from api.web import errors
from api.web.routes import join_methods


@dataclass(frozen=True, slots=True)
class System:
    """One system under test: the key is its URL prefix, its database schema and its token audience."""

    key: str
    title: str
    summary: str
    router: APIRouter

    def application(self) -> FastAPI:
        """A FastAPI application of its own; its resources are put into its state at start."""
        app = make_application(self.title, self.summary, self.router.routes)
        app.state.key = self.key
        return app


def make_application(title: str, description: str, routes: Sequence[BaseRoute] = ()) -> FastAPI:
    """An application that answers every error with a problem.

    Its own telemetry is off: it asks for providers at each request, and we count ourselves.
    """
    app = FastAPI(
        title=title,
        description=description,
        routes=list(routes),
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    join_methods(app.routes)
    errors.install_handlers(app)
    return app
