"""A write, what its client is told, and how that is stored: once for all systems.

Every system keeps its decided writes in an append-only table `events`. Beside columns of its own it has `op_id` (the
Idempotency-Key, unique by the index `events_op_id_key`), `request_hash` (what the key was first used for), `refusal`
(a problem's code) and `answer` (JSON, null for a refusal).
"""

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

from api.problems import IDEMPOTENCY_KEY_REUSED, Problem
from api.storage.session import Query, Record, id_list

# What a client is told: the JSON of what it got, or why it got nothing.
Told: TypeAlias = str | Problem


class Asked(Protocol):
    """What a client asks for, as a system understands it."""

    @property
    def purpose(self) -> str:
        """The action and what it is for, which an Idempotency-Key must be used for again."""
        ...

    @property
    def actor(self) -> UUID | None:
        """The id of the signed-in client; None in systems without sign-in."""
        ...


A = TypeVar("A", bound=Asked)


@dataclass(frozen=True)
class Write(Generic[A]):
    """One write as a client asked for it, with its body as sent. `key` is the Idempotency-Key, or None."""

    asked: A
    key: str | None
    body: bytes

    @property
    def identity(self) -> Hashable:
        """The client and the key by which its answer is found again; None without a key."""
        return (self.asked.actor, self.key) if self.key else None

    @cached_property
    def fingerprint(self) -> str | None:
        """What the key must be used for again; None without a key."""
        if self.key is None:
            return None
        return blake2b(f"{self.asked.purpose} ".encode() + self.body, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client is told; `replayed` where it was told so before."""

    told: Told
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """What the first write with a key was told, and that write's fingerprint."""

    fingerprint: str | None
    told: Told

    def replay(self, write: Write[Any]) -> Answer:
        """The first answer again, unless the key was first used for something else."""
        if self.fingerprint != write.fingerprint:
            return Answer(IDEMPOTENCY_KEY_REUSED)
        return Answer(self.told, replayed=True)


@dataclass(frozen=True, slots=True)
class Decided:
    """What one write is told, and the system's own columns of its event; None where nothing is kept."""

    told: Told
    event: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Events:
    """A system's table of decided writes: the columns of its own, and what it may refuse.

    `actor` is the column of the signed-in client, to whom a key belongs; None where a key belongs to everybody.
    """

    table: str
    columns: str
    refusals: tuple[Problem, ...]
    actor: str | None = None

    @cached_property
    def _problems(self) -> dict[str, Problem]:
        return {problem.code: problem for problem in self.refusals}

    @cached_property
    def _recall(self) -> str:
        """Lateral, so that each key is looked up by the index, also if this was planned while the table was empty."""
        asked, own = "unnest($1::text[])", ""
        if self.actor is not None:
            asked, own = "unnest($1::text[], $2::uuid[])", f" and e.{self.actor} = asked.actor"
        return f"""
select asked.place, e.request_hash, e.refusal, e.answer
from {asked} with ordinality as asked (op_id, {"actor, " if own else ""}place)
cross join lateral (
    select request_hash, refusal, answer from {self.table} e where e.op_id = asked.op_id{own} limit 1
) e
"""

    @cached_property
    def _insert(self) -> str:
        names = f"{self.columns}, refusal, op_id, request_hash, answer"
        return f"""
insert into {self.table} ({names}) select {names} from json_populate_recordset(null::{self.table}, $1::json)
"""

    def recall(self, writes: Sequence[Write[Any]]) -> Query:
        """The statement that reads what the writes' keys were told before.

        Raises:
            ValueError: a write has a signed-in client and the table no column for it, or the reverse.
        """
        if any((write.asked.actor is None) != (self.actor is None) for write in writes):
            raise ValueError(f"{self.table} must name the column of the client exactly where clients sign in.")
        actors = () if self.actor is None else (id_list(write.asked.actor for write in writes),)
        return Query(self._recall, ([write.key for write in writes], *actors))

    def stored(self, writes: Sequence[Write[Any]], found: Sequence[Record]) -> dict[Hashable, Stored]:
        """What that statement found, by the write's identity."""
        return {writes[one["place"] - 1].identity: Stored(one["request_hash"], self._read_told(one)) for one in found}

    def answer(self, found: Record, write: Write[Any]) -> Answer:
        """What a function of the database told: `refusal`, `answer`, and `request_hash` where it told so before."""
        told, stored_hash = self._read_told(found), found["request_hash"]
        return Answer(told) if stored_hash is None else Stored(stored_hash, told).replay(write)

    def insert(self, decided: Sequence[tuple[Write[Any], Decided]]) -> Query:
        """The statement that stores decided writes."""
        return Query(self._insert, (f"[{','.join(_as_json(*one) for one in decided)}]",))

    def _read_told(self, found: Record) -> Told:
        refusal = found["refusal"]
        told: Told = found["answer"] if refusal is None else self._problems[refusal]
        return told


def is_kept(write: Write[Any], decided: Decided) -> bool:
    """Whether there is an event to store. A refusal without a key is not asked for again."""
    return decided.event is not None and (write.key is not None or not isinstance(decided.told, Problem))


def _as_json(write: Write[Any], decided: Decided) -> str:
    """One row of `events`. The answer is JSON already, so it goes in as it is."""
    refusal, answer = (decided.told.code, "null") if isinstance(decided.told, Problem) else (None, decided.told)
    kept = {"refusal": refusal, "op_id": write.key, "request_hash": write.fingerprint, **(decided.event or {})}
    return f'{{"answer":{answer},{json.dumps(kept, default=str)[1:]}'
