from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import requests
from fastapi import APIRouter, FastAPI, Request

from api import main
from api.web.application import Lifespan, System
from tests.unit.api.web.serving import REQUEST_TIMEOUT_S, SECRET, running

router = APIRouter()


@router.get("/opened")
async def read_opened(request: Request) -> list[str]:
    opened: list[str] = request.app.state.opened
    return opened


class Systems:
    """Systems with a lifespan each; `events`: what happened to them, and to the database, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[str] = []
        self._patch = monkeypatch
        for name, value in {
            "DATABASE_URL": "postgresql://",
            "REDIS_URL": "redis://127.0.0.1:9",
            "JWT_SECRET": SECRET,
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("gc.freeze", lambda: None)  # of a test process, everything

    def install(self, **lifespans: Lifespan | None) -> None:
        systems = tuple(System(key, key, key, router, lifespan) for key, lifespan in lifespans.items())
        self._patch.setattr(main, "SYSTEMS", systems)

    @asynccontextmanager
    async def lasting(self, app: FastAPI) -> AsyncIterator[None]:
        """Notes its start and its end, and when the database is closed."""
        close = app.state.database.close

        async def close_database() -> None:
            self.events.append("database closed")
            await close()

        app.state.database.close = close_database
        app.state.opened = [app.state.key]
        self.events.append(f"{app.state.key} started")
        try:
            yield
        finally:
            self.events.append(f"{app.state.key} ended")

    @asynccontextmanager
    async def failing(self, app: FastAPI) -> AsyncIterator[None]:
        raise OSError("no such queue")
        yield


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Systems:
    return Systems(monkeypatch)


def test_lifespan_of_system_opens_what_its_routes_find(systems: Systems) -> None:
    systems.install(plain=None, shop=systems.lasting)
    with running(main.create_app()) as url:
        assert requests.get(f"{url}/shop/opened", timeout=REQUEST_TIMEOUT_S).json() == ["shop"]
        assert systems.events == ["shop started"]
    assert systems.events == ["shop started", "shop ended", "database closed"]


def test_system_that_fails_at_start_is_named(systems: Systems, caplog: pytest.LogCaptureFixture) -> None:
    systems.install(first=systems.lasting, broken=systems.failing, last=systems.lasting)
    with running(main.create_app()) as url, pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/healthz", timeout=REQUEST_TIMEOUT_S)
    assert "The system broken did not start: OSError: no such queue" in caplog.text
    assert systems.events == ["first started", "first ended", "database closed"]
