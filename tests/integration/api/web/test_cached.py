"""Answers from the cache, by `respond_cached`."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from itertools import count
from uuid import uuid4

import pytest
import redis
import requests
from fastapi import APIRouter, FastAPI, Request, Response

from api.problems import ProblemError
from api.storage.cache import Cache
from api.web import errors, resources
from api.web.routes import Route
from tests.conftest import Lab
from tests.unit.api.web.serving import REQUEST_TIMEOUT_S, serving

CACHE_TTL_S = 30
SHORT_TTL_S = 2

router = APIRouter(route_class=Route)
loads = count(1)


@router.get("/figures/{name}", response_model=None)
async def read_figures(request: Request, name: str, delay_s: float = 0, ttl_s: int | None = None) -> Response:
    async def load() -> bytes:
        time.sleep(delay_s)
        if name == "missing":
            raise ProblemError(errors.NOT_FOUND)
        return json.dumps({"name": name, "load": next(loads), "text": "a\nb"}, indent=1).encode()

    return await resources.respond_cached(request, f"test:figures:{name}", load, ttl_s)


@pytest.fixture(scope="module")
def urls(lab: Lab) -> Iterator[tuple[str, str]]:
    """Two processes with one Redis, as far as their caches go."""

    @asynccontextmanager
    async def open_cache(app: FastAPI) -> AsyncIterator[None]:
        app.state.cache = Cache(lab.settings.redis_url, CACHE_TTL_S)
        yield
        await app.state.cache.close()

    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(router, open_cache)) for _ in range(2))
        yield first, second


@pytest.fixture
def name() -> str:
    return uuid4().hex


def ask(url: str, name: str, **query: float) -> requests.Response:
    return requests.get(f"{url}/figures/{name}", query, timeout=REQUEST_TIMEOUT_S)


def age_s(answer: requests.Response) -> int:
    return int(answer.headers["Age"])


def test_fresh_answer_has_no_age(urls: tuple[str, str], name: str) -> None:
    began = time.time()
    answer = ask(urls[0], name)
    assert answer.json()["name"] == name
    assert 0 <= age_s(answer) <= time.time() - began
    assert answer.headers["Cache-Control"] == f"max-age={CACHE_TTL_S}"
    assert answer.headers["Content-Type"] == "application/json"


def test_every_process_tells_the_age_of_the_stored_answer(urls: tuple[str, str], name: str) -> None:
    began = time.time()
    first = ask(urls[0], name)
    time.sleep(1.1)
    for url in urls:
        later = ask(url, name)
        assert later.content == first.content
        assert 1 <= age_s(later) <= time.time() - began
        assert later.headers["Cache-Control"] == f"max-age={CACHE_TTL_S}"


def test_age_counts_from_before_the_loading(urls: tuple[str, str], name: str) -> None:
    assert age_s(ask(urls[0], name, delay_s=1.1)) >= 1


def test_answer_is_kept_for_its_own_time(lab: Lab, urls: tuple[str, str], name: str) -> None:
    first = ask(urls[0], name, ttl_s=SHORT_TTL_S)
    assert first.headers["Cache-Control"] == f"max-age={SHORT_TTL_S}"
    with redis.Redis.from_url(lab.settings.redis_url) as client:
        assert 0 < int(client.pttl(f"test:figures:{name}")) <= SHORT_TTL_S * 1000
    time.sleep(SHORT_TTL_S)
    again = ask(urls[0], name, ttl_s=SHORT_TTL_S)
    assert again.json()["load"] > first.json()["load"]
    assert again.headers["Age"] == "0"


def test_refusal_has_no_age(urls: tuple[str, str]) -> None:
    answer = ask(urls[0], "missing")
    assert answer.status_code == 404
    assert not any(header in answer.headers for header in ("Age", "Cache-Control"))
