"""How a contended row is protected: one setting, `LOCKING`, and one strategy behind it."""

from collections.abc import Callable

from api.guards.contention import Strategy
from api.guards.right.batching import Batched
from api.guards.right.locking import AdvisoryLock, Atomic, Optimistic, RowLock, Serializable
from api.guards.wrong.locking import EarlyUnlock, RedisOnly, Snapshot, Unprotected

# Each is made of the URL of Redis, which one of them needs.
STRATEGIES: dict[str, Callable[[str], Strategy]] = {
    "row_lock": lambda _: RowLock(),
    "atomic": lambda _: Atomic(),
    "advisory_lock": lambda _: AdvisoryLock(),
    "serializable": lambda _: Serializable(),
    "optimistic": lambda _: Optimistic(),
    "batched": lambda _: Batched(),
    "none": lambda _: Unprotected(),
    "redis_only": RedisOnly,
    "snapshot": lambda _: Snapshot(),
    "early_unlock": lambda _: EarlyUnlock(),
}
