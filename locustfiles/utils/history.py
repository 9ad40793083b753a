"""The history: every write a client sends, recorded before it is sent and again when it is answered.

One file per worker process, JSON lines, handed over to the master in gzip pieces after the run:

    ["i", op_id, attempt, actor, action, entity, args, unix time]      invoked
    ["c", op_id, attempt, outcome, status, answer, unix time]          completed

A user that is killed in between leaves an invocation without completion: an `info`, never a gap.
"""

import gzip
import json
import tempfile
import time
from collections.abc import Iterator
from typing import IO, Any

from locustfiles.utils.crowd import Crowd
from locustfiles.utils.outcome import Outcome

PIECE_LENGTH = 1 << 20


class History:
    """The writes of one worker in one run."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None
        self._prefix = ""
        self._count = 0

    def open(self, crowd: Crowd) -> None:
        """Start a new history, dropping what an earlier run left."""
        if self._file:
            self._file.close()
        self._file = tempfile.TemporaryFile("w+", prefix="stampede-history-", buffering=1 << 16)  # noqa: SIM115  # lives as long as the run
        self._prefix = f"{crowd.run_id}.{crowd.rank}"
        self._count = 0

    def invoke(self, action: str, actor: str, entity: str, args: dict[str, Any] | None = None) -> str:
        """Record that a write is about to be sent; its op_id is also its Idempotency-Key."""
        assert self._file is not None
        self._count += 1
        op_id = f"{self._prefix}.{self._count}"
        line = json.dumps(["i", op_id, 1, actor, action, entity, args, time.time()])
        self._file.write(line + "\n")
        return op_id

    def complete(self, op_id: str, outcome: Outcome) -> None:
        """Record what the client was told."""
        assert self._file is not None
        line = json.dumps(["c", op_id, 1, outcome.kind, outcome.status, outcome.answer, time.time()])
        self._file.write(line + "\n")

    @property
    def operations(self) -> int:
        """How many writes were invoked."""
        return self._count

    def pieces(self) -> Iterator[bytes]:
        """The whole file as gzip members, one after the other; joined they are one gzip file."""
        if self._file is None:
            return
        self._file.seek(0)
        while piece := self._file.read(PIECE_LENGTH):
            yield gzip.compress(piece.encode(), 1)


HISTORY = History()
