"""Loaded by schemathesis (tests/schemathesis.toml)."""

from typing import Any
from uuid import uuid4

import schemathesis

KEY = "Idempotency-Key"
LONGEST_KEY = 128


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make each acceptable key a new one: used again for something else it is 422, whatever else fits."""
    key = (case.headers or {}).get(KEY)
    if isinstance(key, str) and 0 < len(key) <= LONGEST_KEY:
        case.headers[KEY] = uuid4().hex + key[: LONGEST_KEY - 32]
