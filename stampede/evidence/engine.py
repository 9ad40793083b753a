"""DuckDB connections with bounded memory and a temporary directory of their own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

OPERATIONS = "operations.parquet"
MEMORY_LIMIT = "320MB"
THREADS = 2
# Measured: 1 M operations (118 MB) need 300 MB, 10 M 1,600 MB. Answers that list many entities need 400 MB even if they
# are few (1 kB per operation): 2,048 of them are parsed at once.
LIMIT_MB, LIMIT_MB_PER_MB, LIMIT_MB_PER_ROW_BYTE, LIMIT_MB_AT_MOST = 145, 1.2, 0.2, 1600


@contextmanager
def engine(memory_limit: str = MEMORY_LIMIT, threads: int = THREADS) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that spills into a private temporary directory, deleted at the end.

    A database file was 10 % slower: it compresses and writes each table once more. The process needs about 150 MB
    beyond `memory_limit`.
    """
    with tempfile.TemporaryDirectory(prefix="stampede-evidence-") as folder:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": str(Path(folder) / "spill"),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            yield connection
        finally:
            connection.close()


def limit_memory(folder: Path) -> str:
    """The memory limit for auditing a folder of Parquet files, by their size and that of an operation."""
    sizes_mb = {path.name: path.stat().st_size / 1e6 for path in folder.glob("*.parquet")}
    row_bytes = 1e6 * sizes_mb.get(OPERATIONS, 0) / max(1000, _count_rows(folder / OPERATIONS))
    wanted_mb = LIMIT_MB + LIMIT_MB_PER_MB * sum(sizes_mb.values()) + LIMIT_MB_PER_ROW_BYTE * row_bytes
    return f"{min(LIMIT_MB_AT_MOST, max(300, round(wanted_mb)))}MB"


def _count_rows(file: Path) -> int:
    if not file.exists():
        return 0
    counted = duckdb.execute(f"select sum(num_rows) from parquet_file_metadata({literal(file)})").fetchone()
    return int(counted[0]) if counted else 0


def literal(value: object) -> str:
    """A text literal of SQL, for file names and JSON in statements that take no parameters."""
    return "'" + str(value).replace("'", "''") + "'"


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write a query's rows to a Parquet file and return their number; the file appears only when complete."""
    partial = path.with_suffix(".partial")
    try:
        written = connection.execute(
            f"copy ({query}) to {literal(partial)} (format parquet, compression snappy, row_group_size 30720)"
        ).fetchone()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    assert written is not None
    return int(written[0])
