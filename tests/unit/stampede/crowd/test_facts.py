import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampede.crowd.facts import Claim, Seen, clean, fields, flatten, to_fact
from stampede.crowd.recorder import encode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "fact"),
    [
        ("a", "a"),
        ("a\0b", "a\ufffdb"),
        ("a\ud800", "a\ufffd"),
        (None, "null"),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        (float("inf"), "Infinity"),
        ({"b": 1, "a": [None]}, '{"a":[null],"b":1}'),
        ("x" * 1000, "x" * 1000),
        ("x" * 1001, f"sha256:{sha256(b'x' * 1001).hexdigest()}"),
    ],
)
def test_value_becomes_a_storable_fact(value: Any, fact: Any) -> None:
    assert to_fact(value) == fact
    assert type(to_fact(value)) is type(fact)


@given(st.dictionaries(st.text(st.characters(codec=None)), JSON, max_size=4))
def test_any_answer_can_be_stored(answer: dict[str, Any]) -> None:
    json.loads(encode(flatten(answer)).encode())
    for name, fact in flatten(answer).items():
        assert clean(name) == name
        assert fact is not None
        assert not isinstance(fact, str) or "\0" not in fact
        str(fact).encode()


def test_field_that_an_answer_lacks_is_absent() -> None:
    take = fields("id", "price")
    assert take({"id": 1, "extra": 2}) == {"id": 1, "price": "absent", "extra": 2}


def test_read_is_recorded_with_its_claim() -> None:
    seen = Seen([("course 1", {"seats": None})], Claim("course", {"semester": 3}, mine=True), {"courses": 1}, 5)
    assert seen.record() == {
        "items": [{"entity": "course 1", "facts": {"seats": "null"}}],
        "claim": {
            "of": "course",
            "mine": True,
            "where": {"semester": 3},
            "conditions": [],
            "complete": True,
            "page": None,
        },
        "counts": {"courses": 1},
        "stale_s": 5,
    }


def test_count_that_is_no_number_is_refused() -> None:
    counts: Any = {"courses": "many"}
    with pytest.raises(TypeError):
        Seen(counts=counts).record()
