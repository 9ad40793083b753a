"""Facts: a flat, storable form of what an answer said."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from hashlib import sha256
from math import isfinite
from typing import Any

Fact = str | int | float | bool
Facts = dict[str, Fact]

# Longer texts are recorded as their digest.
MAX_TEXT = 1000
CACHED_NAMES = 1024
SHORT_NAME = 64
# Neither Postgres nor UTF-8 can store these.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a sorted list, `number` from 1; `size` is the most items that a page holds.

    `order` is the fact by which the list is sorted, a number: `id` ascending, `-id` descending. `total` is the length
    of the whole list, if the answer tells it and takes it from the same snapshot as the items.
    """

    number: int
    size: int
    order: str
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a read says of its items: they are `of` a sort, have the facts `where` and meet the conditions.

    `of` is the first word of their entities (`item` of `item 7`), a condition a text such as `stock <= 10`.
    `complete`: it holds every such entity, or all that belong on its page; the page's order must then be a fact that
    never changes. `mine`: it speaks of the reader's own states.
    """

    of: str
    where: Mapping[str, Any] = field(default_factory=dict)
    mine: bool = False
    conditions: tuple[str, ...] = ()
    complete: bool = True
    page: Page | None = None

    def record(self) -> dict[str, Any]:
        """The claim as it stands in the history."""
        return {
            "of": self.of,
            "mine": self.mine,
            "where": flatten(self.where),
            "conditions": list(self.conditions),
            "complete": self.complete,
            "page": self.page and asdict(self.page),
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """What a read showed: entities with their fields, totals over many entities, and how old it may be (seconds)."""

    items: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    claim: Claim | None = None
    counts: Mapping[str, float] = field(default_factory=dict)
    stale_s: float = 0

    def record(self) -> dict[str, Any]:
        """The read's answer as it stands in the history.

        Raises:
            TypeError: a count is no number.
        """
        if not all(isinstance(count, int | float) for count in self.counts.values()):
            raise TypeError("a count is no number")
        return {
            "items": [{"entity": clean(entity), "facts": flatten(facts)} for entity, facts in self.items],
            "claim": self.claim and self.claim.record(),
            "counts": dict(self.counts),
            "stale_s": self.stale_s,
        }


def clean(text: str) -> str:
    """Replace NUL and lone surrogates; a long text becomes its digest."""
    if not text.isascii() or "\0" in text:
        text = _UNSTORABLE.sub("\ufffd", text)
    return text if len(text) <= MAX_TEXT else f"sha256:{sha256(text.encode()).hexdigest()}"


def to_fact(value: Any) -> Fact:
    """One value: nested ones become canonical JSON text, None becomes `null`."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return value
    try:
        return clean("null" if value is None else _canonical(value))
    except (TypeError, ValueError, RecursionError):
        return "unreadable"


def flatten(facts: Mapping[str, Any]) -> Facts:
    """All fields as facts."""
    return {clean_name(name): to_fact(value) for name, value in facts.items()}


def clean_name(name: Any) -> str:
    """The name of a fact; there are few, and they come again and again."""
    return _clean_short(name) if isinstance(name, str) and len(name) < SHORT_NAME else clean(str(name))


def clean_args(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a write as facts; those of one entity stay together in an object."""
    return {
        clean_name(name): flatten(value) if isinstance(value, Mapping) else to_fact(value)
        for name, value in args.items()
    }


@lru_cache(CACHED_NAMES)
def _clean_short(name: str) -> str:
    return clean(name)


def take_facts(body: Any) -> Mapping[str, Any]:
    """The fields of an answer; an answer that is no object is one fact, `answer`."""
    if isinstance(body, dict):
        return body
    return {} if body is None else {"answer": body}


def fields(*names: str) -> Callable[[Any], Mapping[str, Any]]:
    """Take all fields of an answer; one of these names that it lacks is the fact `absent`."""
    missing = dict.fromkeys(names, "absent")

    def take(body: Any) -> Mapping[str, Any]:
        return {**missing, **body}

    return take
