"""Answers kept in Redis for a short time; hits and misses are counted."""

from collections.abc import Awaitable, Callable

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from api import errors, metrics

TIMEOUT_S = 2.0


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

    async def get_or_load(self, key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        """The cached bytes, or what `load` gives, kept for the next one.

        Raises:
            ProblemError: `cache_unavailable`, or what `load` raises.
        """
        try:
            cached = await self._redis.get(key)
            metrics.cache_counter(key.rpartition(":")[0], "miss" if cached is None else "hit").inc()
            if cached is not None:
                return bytes(cached)  # type: ignore[arg-type]  # the client does not decode
            loaded = await load()
            await self._redis.set(key, loaded, ex=self._ttl_s)
        except RedisError as error:
            raise errors.ProblemError(errors.CACHE_UNAVAILABLE) from error
        return loaded

    async def ping(self) -> None:
        """Reach the server once.

        Raises:
            ProblemError: `cache_unavailable`.
        """
        try:
            await self._redis.ping()
        except RedisError as error:
            raise errors.ProblemError(errors.CACHE_UNAVAILABLE) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
