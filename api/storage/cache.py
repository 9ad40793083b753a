"""Answers kept in Redis for a short time; hits and misses are counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Literal, TypeAlias

import redis.asyncio
from prometheus_client import Counter
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from api import deadline
from api.deadline import Deadline
from api.problems import CACHE_UNAVAILABLE, ProblemError
from api.trace import Stage

TIMEOUT_S = 2.0
LOOK_UPS = Counter("api_cache_total", "Cache look-ups", ["cache", "result"])
Result: TypeAlias = Literal["hit", "miss"]
Look: TypeAlias = tuple[bytes, Result]


@cache
def counter(name: str, result: Result) -> Counter:
    """Look-ups of one cache that ended so; finding them by their labels costs more than counting one."""
    return LOOK_UPS.labels(name, result)


class Cache:
    """Byte strings by key; each expires a time after it began to be loaded: `ttl_s` seconds, or its own."""

    def __init__(self, url: str, ttl_s: int) -> None:
        # A command is sent again on a new connection, since Redis may have closed the idle one.
        self._redis = redis.asyncio.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
            retry_on_error=[RedisConnectionError],
        )
        self.ttl_s = ttl_s
        self._in_flight: dict[str, asyncio.Task[Look]] = {}
        self.server: dict[str, str] = {}

    async def get_or_load(self, key: str, load: Callable[[], Awaitable[bytes]], ttl_s: int | None = None) -> bytes:
        """The cached bytes, or what `load` gives, kept for the next one.

        Concurrent requests for one key share one look-up: a crowd costs one round trip, and an expired key is loaded
        once per process.

        Raises:
            ProblemError: `cache_unavailable`, or what `load` raises.
        """
        look = self._in_flight.get(key)
        if look is None:
            look = self._in_flight[key] = asyncio.create_task(self._look_up(key, load, ttl_s or self.ttl_s))
            look.add_done_callback(lambda done: self._forget_lookup(key, done))
        # Shielded: a caller that is cancelled must not cancel the shared look-up.
        async with deadline.bounded(CACHE_UNAVAILABLE):
            body, result = await asyncio.shield(look)
        counter(key.rpartition(":")[0], result).inc()
        return body

    def _forget_lookup(self, key: str, look: asyncio.Task[Look]) -> None:
        del self._in_flight[key]
        if not look.cancelled():
            look.exception()  # marks it as seen, or asyncio reports it if no caller waits any more

    async def _look_up(self, key: str, load: Callable[[], Awaitable[bytes]], ttl_s: int) -> Look:
        deadline.begin(Deadline(deadline.current().timeout_s))  # requests that join later have deadlines of their own
        try:
            with Stage("cache"):
                cached = await self._redis.get(key)
            if cached is not None:
                return bytes(cached), "hit"  # type: ignore[arg-type]  # the client does not decode
            expires_at = time.time() + ttl_s  # the answer is as old as the moment before it was loaded
            loaded = await load()
            with Stage("cache"):
                await self._redis.set(key, loaded, pxat=int(expires_at * 1000))
        except RedisError as error:
            raise ProblemError(CACHE_UNAVAILABLE) from error
        return loaded, "miss"

    async def ping(self) -> None:
        """Reach the server once, and note its name and version in `server`.

        Raises:
            ProblemError: `cache_unavailable`.
        """
        try:
            told = await self._redis.info("server")
        except RedisError as error:
            raise ProblemError(CACHE_UNAVAILABLE) from error
        # Valkey tells clients of Redis the last version of it that it is compatible with.
        name = "Valkey" if "valkey_version" in told else "Redis"
        self.server = {name: str(told[f"{name.lower()}_version"])}

    async def usage(self) -> tuple[float, int]:
        """CPU seconds that Redis used since its start, and its resident bytes.

        Raises:
            ProblemError: `cache_unavailable`.
        """
        try:
            told = await self._redis.info()
        except RedisError as error:
            raise ProblemError(CACHE_UNAVAILABLE) from error
        return told["used_cpu_sys"] + told["used_cpu_user"], told["used_memory_rss"]

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
