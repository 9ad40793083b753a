"""The root application: health, readiness, metrics, and one mounted sub-application per system."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.routing import Mount, Router
from starlette.types import ASGIApp

from api import answers, errors, metrics
from api.auth import decoy_hash
from api.cache import Cache
from api.database import Database
from api.inventory.app import SYSTEM as INVENTORY
from api.locking import strategy
from api.registration.app import SYSTEM as REGISTRATION
from api.settings import Settings
from api.systems import make_application

SYSTEMS = (REGISTRATION, INVENTORY)
# What its speed depends on.
PACKAGES = {name: version(name) for name in ("fastapi", "uvicorn", "asyncpg", "psycopg")}


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


def create_app() -> ASGIApp:
    """The whole target, as each uvicorn process makes it. Settings come from the environment.

    A bare router dispatches to the applications: mounted inside the root application, every request
    would pass two stacks of middleware.
    """
    settings = Settings()
    applications = {system.key: system.application() for system in SYSTEMS}
    root = _root_application(settings)

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        database = Database(settings)
        cache = Cache(settings.redis_url, settings.cache_ttl_s)
        guard = answers.around_strategy(settings, strategy(settings))
        for part in (root, *applications.values()):
            part.state.settings = settings
            part.state.strategy = guard
            part.state.decoy_hash = decoy_hash(settings)
            part.state.database = database
            part.state.cache = cache
        # What is loaded by now stays: the collector need not look through it again at every turn.
        gc.freeze()
        tasks = [
            asyncio.create_task(metrics.beat(database, application)),
            asyncio.create_task(metrics.watch("redis", cache)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await cache.close()
            await database.close()

    mounts = [
        Mount(f"/{key}", answers.around_application(settings, application)) for key, application in applications.items()
    ]
    application = metrics.RequestMetrics(Router([*mounts, Mount("", root)], lifespan=lifespan))
    return application


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
            errors.find_problem(request.app.state.database.ping()), errors.find_problem(request.app.state.cache.ping())
        )
        processes = metrics.live_processes()
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
        )

    @app.get("/metrics", tags=["operations"], response_class=Response)
    async def read_metrics() -> Response:
        """Prometheus text format, summed over all processes."""
        body, content_type = metrics.exposition()
        return Response(body, media_type=content_type)

    return app
