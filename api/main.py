"""The root application: health, readiness, metrics, and one mounted sub-application per system."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.routing import Mount, Router
from starlette.types import ASGIApp

from api import answers
from api.guards.locking import STRATEGIES
from api.problems import find_problem
from api.storage.cache import Cache
from api.storage.database import Database
from api.web import errors, logs, metrics
from api.web.application import System, make_application
from api.web.authentication import Passwords, decoy_hash
from api.web.settings import Settings

# Every package beside this module that has a module `app`.
SYSTEMS: tuple[System, ...] = tuple(
    import_module(f"api.{path.parent.name}.app").SYSTEM for path in sorted(Path(__file__).parent.glob("*/app.py"))
)
# What its speed depends on.
PACKAGES = {name: version(name) for name in ("fastapi", "uvicorn", "psycopg")}


class Readiness(BaseModel):
    """Whether a run may start. `processes` are those that gave a sign of life lately, of `workers` wanted."""

    status: Literal["ready", "not ready"]
    database: str
    redis: str
    locking: str
    answers: str
    processes: int
    workers: int
    systems: list[str]
    packages: dict[str, str]
    servers: dict[str, str]


def create_app() -> ASGIApp:
    """The whole target, as each uvicorn process makes it. Settings come from the environment.

    A bare router dispatches to the applications: mounted inside the root application, every request
    would pass two stacks of middleware.
    """
    settings = Settings()
    logging.basicConfig(format="%(message)s")  # to stderr
    applications = {system.key: system.application() for system in SYSTEMS}
    root = _root_application(settings)

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        async with _open_parts(settings) as parts, AsyncExitStack() as opened:
            for application in (root, *applications.values()):
                for name, part in parts.items():
                    setattr(application.state, name, part)
            for system in SYSTEMS:
                await system.start(applications[system.key], opened)
            # What is loaded by now stays: the collector need not look through it again at every turn.
            gc.freeze()
            tasks = [
                asyncio.create_task(metrics.beat(parts["database"], requests)),
                asyncio.create_task(metrics.watch("redis", parts["cache"])),
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    mounts = [Mount(f"/{key}", answers.around_application(settings, one)) for key, one in applications.items()]
    # The default takes what no mount does, such as a path with a line break, and answers with a problem.
    requests = metrics.RequestMetrics(Router(mounts, redirect_slashes=False, default=root, lifespan=lifespan))
    return logs.RequestLog(requests, settings.slow_request_s, settings.request_timeout_s)


@asynccontextmanager
async def _open_parts(settings: Settings) -> AsyncIterator[dict[str, Any]]:
    """What the routes of every application find in its state, by name."""
    redis_url = settings.redis_url.get_secret_value()
    database = Database(
        settings.database_url.get_secret_value(), settings.connections_per_process, settings.request_timeout_s
    )
    cache, passwords = Cache(redis_url, settings.cache_ttl_s), Passwords()
    parts = {
        "settings": settings,
        "strategy": answers.around_strategy(settings, STRATEGIES[settings.locking](redis_url)),
        "decoy_hash": decoy_hash(settings),
        "database": database,
        "cache": cache,
        "passwords": passwords,
    }
    try:
        yield parts
    finally:
        passwords.close()
        await cache.close()
        await database.close()


def _root_application(settings: Settings) -> FastAPI:
    """Health, readiness and metrics; its page names every system."""
    systems = "\n".join(f"- [{system.title}](/{system.key}/docs): {system.summary}" for system in SYSTEMS)
    app = make_application("Stampede target", f"Systems under test:\n\n{systems}")

    @app.get("/healthz", tags=["operations"])
    async def healthz() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["operations"], response_model=Readiness, responses={503: {"model": Readiness}})
    async def readyz(request: Request, response: Response) -> Readiness:
        """Whether database and Redis answer, which locking and answers are active, how many processes live."""
        database, redis = await asyncio.gather(
            find_problem(request.app.state.database.ping()), find_problem(request.app.state.cache.ping())
        )
        processes = await asyncio.to_thread(metrics.live_processes)
        ready = database is None and redis is None and processes >= settings.api_workers
        if not ready:
            response.status_code = 503
            response.headers["Retry-After"] = str(errors.RETRY_AFTER_S)
        return Readiness(
            status="ready" if ready else "not ready",
            database=database.code if database else "up",
            redis=redis.code if redis else "up",
            locking=settings.locking,
            answers=settings.answers,
            processes=processes,
            workers=settings.api_workers,
            systems=[system.key for system in SYSTEMS],
            packages=PACKAGES,
            servers=request.app.state.cache.server,
        )

    @app.get("/metrics", tags=["operations"], response_class=Response)
    async def read_metrics() -> Response:
        """Prometheus text format, summed over all processes."""
        body, content_type = await asyncio.to_thread(metrics.exposition)
        return Response(body, media_type=content_type)

    return app
