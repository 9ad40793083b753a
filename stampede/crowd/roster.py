"""Which share of numbered things (accounts, SKUs) belongs to which load generator."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """The part of one load generator in one run; `workers` is the number of those at the start."""

    run_id: str
    rank: int
    workers: int
    users: int

    def own(self, count: int) -> range:
        """The indices below `count` that belong to this load generator.

        One that joined later takes the share of an earlier one from its end: nothing is left for it alone.
        """
        if self.rank < self.workers:
            return range(self.rank, count, self.workers)
        return range((self.rank - self.workers) % self.workers, count, self.workers)[::-1]


class Roster:
    """Hands out the own indices of each kind, one after the other."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._shares: dict[str, Iterator[int]] = {}

    def take(self, kind: str, count: int) -> int:
        """The next own index of a kind; after the last, the first again.

        Raises:
            LookupError: no index belongs to this load generator.
        """
        share = self._shares.get(kind)
        taken = None if share is None else next(share, None)
        if taken is None:
            self._shares[kind] = share = iter(self._part.own(count))
            taken = next(share, None)
        if taken is None:
            raise LookupError(f"{count} of kind {kind} are too few for {self._part.workers} load generators")
        return taken


def read_part(data: dict[str, Any]) -> Part:
    """A part as the master sent it."""
    return Part(str(data["run_id"]), int(data["rank"]), int(data["workers"]), int(data["users"]))
