"""The history: one JSON line per attempt, in a temporary file of the load generator.

A line is written when its attempt ends. Operations without an answer are kept in memory and written at the end as
unknown, so a killed user leaves no gap.
"""

import json
import tempfile
import zlib
from collections.abc import Iterator
from typing import Protocol

from isal import isal_zlib

# Compressed at once, by ISA-L: of a read of 40 entities that takes 1 us, zlib takes 7 (5 % of what sending it takes).
BUFFER_BYTES = 1 << 16
PIECE_BYTES = 1 << 18
FAST = 1
GZIP = zlib.MAX_WBITS | 16

# Built once: json.dumps builds an encoder for each call with such options.
encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class Attempt(Protocol):
    """An attempt of an operation: what the recorder needs of it."""

    def lost(self) -> str:
        """Its record, were it never answered."""
        ...


class Recorder:
    """The operations of one load generator in one run."""

    def __init__(self, prefix: str) -> None:
        self._file = tempfile.TemporaryFile(prefix="stampede-history-", buffering=0)  # noqa: SIM115  # closed by close()
        self._compressor = isal_zlib.compressobj(FAST, wbits=GZIP)
        self._prefix = prefix
        self._operations = 0
        self._open: dict[int, Attempt] = {}
        self._lines: list[str] = []
        self._size = 0
        self._finished = False
        self.written = 0
        self.damage: str | None = None

    def next_id(self) -> str:
        """An operation id that is unique in all runs; it is also the Idempotency-Key."""
        self._operations += 1
        return f"{self._prefix}.{self._operations}"

    def open(self, attempt: Attempt) -> None:
        """Remember an attempt that is about to be sent."""
        self._open[id(attempt)] = attempt

    def close(self, attempt: Attempt, line: str) -> None:
        """Write the record of an attempt that ended; ignored once the history is finished."""
        if self._open.pop(id(attempt), None) is not None and not self._finished:
            self._append(line)

    def finish(self) -> None:
        """Write attempts without an answer as unknown; nothing is recorded afterwards."""
        for attempt in self._open.values():
            self._append(attempt.lost())
        self._open.clear()
        self._flush()
        self._write(self._compressor.flush())
        self._finished = True

    def pieces(self) -> Iterator[bytes]:
        """The finished file, one gzip stream, in pieces."""
        self._file.seek(0)
        while piece := self._file.read(PIECE_BYTES):
            yield piece

    def close_file(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def _append(self, line: str) -> None:
        self.written += 1
        self._lines.append(line)
        self._size += len(line)
        if self._size >= BUFFER_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._lines:
            self._write(self._compressor.compress(("\n".join(self._lines) + "\n").encode()))
            self._lines.clear()
            self._size = 0

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:  # a full disk must not end the users
            self.damage = f"history not written: {error}"
