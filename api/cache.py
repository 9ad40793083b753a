"""Answers kept in Redis for a short time; hits and misses are counted."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from api import errors, metrics

TIMEOUT_S = 2.0
Look: TypeAlias = tuple[bytes, Literal["hit", "miss"]]


class Cache:
    """Byte strings by key, each living `ttl_s` seconds."""

    def __init__(self, url: str, ttl_s: int) -> None:
        # Once more on a fresh connection: the server may have closed one that was idle.
        self._redis = redis.asyncio.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
            retry_on_error=[RedisConnectionError],
        )
        self._ttl_s = ttl_s
        self._on_the_way: dict[str, asyncio.Task[Look]] = {}

    async def get_or_load(self, key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        """The cached bytes, or what `load` gives, kept for the next one.

        Who asks while the same key is on its way waits for that answer: a crowd costs one round
        trip, and an expired key is loaded once per process, not once per waiting request.

        Raises:
            ProblemError: `cache_unavailable`, or what `load` raises.
        """
        look = self._on_the_way.get(key)
        if look is None:
            look = self._on_the_way[key] = asyncio.create_task(self._look(key, load))
            look.add_done_callback(lambda done: self._land(key, done))
        # One who leaves does not take the answer away from the others.
        body, result = await asyncio.shield(look)
        metrics.cache_counter(key.rpartition(":")[0], result).inc()
        return body

    def _land(self, key: str, look: asyncio.Task[Look]) -> None:
        del self._on_the_way[key]
        if not look.cancelled():
            look.exception()  # whoever still waits gets it; if nobody does, it is no accident

    async def _look(self, key: str, load: Callable[[], Awaitable[bytes]]) -> Look:
        try:
            cached = await self._redis.get(key)
            if cached is not None:
                return bytes(cached), "hit"  # type: ignore[arg-type]  # the client does not decode
            loaded = await load()
            await self._redis.set(key, loaded, ex=self._ttl_s)
        except RedisError as error:
            raise errors.ProblemError(errors.CACHE_UNAVAILABLE) from error
        return loaded, "miss"

    async def ping(self) -> None:
        """Reach the server once.

        Raises:
            ProblemError: `cache_unavailable`.
        """
        try:
            await self._redis.ping()
        except RedisError as error:
            raise errors.ProblemError(errors.CACHE_UNAVAILABLE) from error

    async def usage(self) -> tuple[float, int]:
        """CPU seconds that Redis used since its start, and its resident bytes.

        Raises:
            ProblemError: `cache_unavailable`.
        """
        try:
            told = await self._redis.info()
        except RedisError as error:
            raise errors.ProblemError(errors.CACHE_UNAVAILABLE) from error
        return told["used_cpu_sys"] + told["used_cpu_user"], told["used_memory_rss"]

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
