import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from api.problems import ProblemError
from api.storage.cache import Cache
from api.web import errors
from tests.conftest import Lab

ASKING = 20


async def ask_at_once(lab: Lab, load: Callable[[], Awaitable[bytes]]) -> list[bytes | BaseException]:
    cache = Cache(lab.settings.redis_url, ttl_s=60)
    key = f"test:{uuid4()}"
    try:
        return await asyncio.gather(*(cache.get_or_load(key, load) for _ in range(ASKING)), return_exceptions=True)
    finally:
        await cache.close()


def test_missing_key_is_loaded_once_for_all_who_wait(lab: Lab) -> None:
    loaded = []

    async def load() -> bytes:
        loaded.append(1)
        await asyncio.sleep(0.05)
        return b"body"

    assert asyncio.run(ask_at_once(lab, load)) == [b"body"] * ASKING
    assert loaded == [1]


def test_refusal_while_loading_reaches_all_who_wait(lab: Lab) -> None:
    async def load() -> bytes:
        raise ProblemError(errors.NOT_FOUND)

    answers = asyncio.run(ask_at_once(lab, load))
    assert [type(answer) for answer in answers] == [ProblemError] * ASKING


def test_one_who_leaves_does_not_take_the_answer_from_the_others(lab: Lab) -> None:
    async def load() -> bytes:
        await asyncio.sleep(0.05)
        return b"body"

    async def leave_one() -> bytes:
        cache, key = Cache(lab.settings.redis_url, ttl_s=60), f"test:{uuid4()}"
        first = asyncio.create_task(cache.get_or_load(key, load))
        second = asyncio.create_task(cache.get_or_load(key, load))
        await asyncio.sleep(0.02)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        try:
            return await second
        finally:
            await cache.close()

    assert asyncio.run(leave_one()) == b"body"
