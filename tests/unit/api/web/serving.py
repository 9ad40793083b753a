"""A system of the tests, served over HTTP by a thread of this process."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import uvicorn
from fastapi import APIRouter
from starlette.types import ASGIApp

from api.web.application import Lifespan, System
from api.web.settings import Settings
from tests.conftest import free_port, wait_until

SECRET = "a secret that is long enough for every algorithm"
SYSTEM = "shop"
REQUEST_TIMEOUT_S = 10.0


def make_settings(**changes: object) -> Settings:
    given = {"database_url": "postgresql://", "redis_url": "redis://", "jwt_secret": SECRET, "password_cost": 4}
    return Settings.model_validate({**given, **changes})


@contextmanager
def serving(router: APIRouter, lifespan: Lifespan | None = None, **parts: object) -> Iterator[str]:
    """The URL of the system with this router; `parts` are what its application's state has beside the settings."""
    app = System(SYSTEM, "Shop", "A system of the tests.", router).application()
    for name, part in {"settings": make_settings(), **parts}.items():
        setattr(app.state, name, part)
    if lifespan is not None:
        app.router.lifespan_context = lifespan
    with running(app) as url:
        yield url


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """The URL of an application, which need not start."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="on"))

    def run() -> None:
        with suppress(SystemExit):  # of an application that did not start
            server.run()

    thread = Thread(target=run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
